"""Rows of the criterions."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Loss

X = "torch.randn(4, 3)"
SIGNS = "torch.randn(4, 3):sign()"
CLASSES = "torch.LongTensor{1, 3, 2, 3}"
PAIR = "{torch.randn(4, 3), torch.randn(4, 3)}"
LOGS = "nn.LogSoftMax():forward(torch.randn(4, 3)):clone()"
SHARES = "nn.SoftMax():forward(torch.randn(4, 3)):clone()"
WEIGHTS = "torch.Tensor{1, 2, 0.5}"


def simplex(c, x, t):
    return F.mse_loss(x, c.simplex[t - 1])


def distance_ratio(c, x, t):
    return -torch.stack(x).neg().log_softmax(0)[0].mean()


def hinge_embedding(c, x, t):
    return F.hinge_embedding_loss(x, t, c.margin)


def centre(c, x, t):
    return F.mse_loss(x, t[..., 1:4, 1:5])


def margin(c, x, t):
    return (c.margin - t * x).relu().mean()


LOSSES = [
    Loss("AbsCriterion", "nn.AbsCriterion()", X, X, lambda c, x, t: F.l1_loss(x, t)),
    Loss(
        "AbsCriterion", "nn.AbsCriterion(false)", X, X, lambda c, x, t: F.l1_loss(x, t, reduction="sum"), singles=False
    ),
    Loss("MSECriterion", "nn.MSECriterion()", X, X, lambda c, x, t: F.mse_loss(x, t)),
    Loss(
        "MSECriterion", "nn.MSECriterion(false)", X, X, lambda c, x, t: F.mse_loss(x, t, reduction="sum"), singles=False
    ),
    Loss("SmoothL1Criterion", "nn.SmoothL1Criterion()", X, X, lambda c, x, t: F.smooth_l1_loss(x, t)),
    Loss(
        "BCECriterion",
        f"nn.BCECriterion({WEIGHTS})",
        "torch.rand(4, 3):mul(0.8):add(0.1)",
        "torch.rand(4, 3):round()",
        lambda c, x, t: F.binary_cross_entropy(x, t, c.weights),
    ),
    Loss("ClassNLLCriterion", "nn.ClassNLLCriterion()", LOGS, CLASSES, lambda c, x, t: F.nll_loss(x, t - 1)),
    Loss(
        "ClassNLLCriterion",
        f"nn.ClassNLLCriterion({WEIGHTS}, true, 3)",
        LOGS,
        CLASSES,
        lambda c, x, t: F.nll_loss(x, t - 1, c.weights, ignore_index=2),
        singles=False,
    ),
    Loss(
        "CrossEntropyCriterion",
        f"nn.CrossEntropyCriterion({WEIGHTS})",
        X,
        CLASSES,
        lambda c, x, t: F.cross_entropy(x, t - 1, c.nll.weights),
        singles=False,
    ),
    Loss(
        "SpatialClassNLLCriterion",
        "nn.SpatialClassNLLCriterion()",
        "nn.LogSoftMax():forward(torch.randn(2, 3, 2, 2)):clone()",
        "torch.LongTensor{{{1, 2}, {3, 1}}, {{3, 3}, {2, 1}}}",
        lambda c, x, t: F.nll_loss(x, t - 1),
        singles=False,
    ),
    Loss("ClassSimplexCriterion", "nn.ClassSimplexCriterion(3)", X, CLASSES, simplex),
    Loss(
        "DistKLDivCriterion", "nn.DistKLDivCriterion()", LOGS, SHARES, lambda c, x, t: F.kl_div(x, t, reduction="mean")
    ),
    Loss("MarginCriterion", "nn.MarginCriterion(0.7)", X, SIGNS, margin),
    Loss("SoftMarginCriterion", "nn.SoftMarginCriterion()", X, SIGNS, lambda c, x, t: F.soft_margin_loss(x, t)),
    Loss(
        "MultiMarginCriterion",
        f"nn.MultiMarginCriterion(2, {WEIGHTS}, 0.8)",
        X,
        CLASSES,
        lambda c, x, t: F.multi_margin_loss(x, t - 1, 2, 0.8, c.weights),
    ),
    Loss(
        "MultiLabelMarginCriterion",
        "nn.MultiLabelMarginCriterion()",
        X,
        "torch.LongTensor{{1, 3, 0}, {2, 0, 0}, {3, 2, 0}, {1, 0, 0}}",
        lambda c, x, t: F.multilabel_margin_loss(x, t - 1),
    ),
    Loss(
        "MultiLabelSoftMarginCriterion",
        f"nn.MultiLabelSoftMarginCriterion({WEIGHTS})",
        X,
        "torch.rand(4, 3):round()",
        lambda c, x, t: F.multilabel_soft_margin_loss(x, t, c.weights),
    ),
    Loss(
        "HingeEmbeddingCriterion",
        "nn.HingeEmbeddingCriterion(0.8)",
        "torch.rand(4)",
        "torch.Tensor{1, -1, -1, 1}",
        hinge_embedding,
    ),
    Loss(
        "L1HingeEmbeddingCriterion",
        "nn.L1HingeEmbeddingCriterion(20)",
        "{torch.randn(4), torch.randn(4)}",
        "-1",
        lambda c, x, t: (c.margin - (x[0] - x[1]).abs().sum()).relu(),
        singles=False,
    ),
    Loss(
        "CosineEmbeddingCriterion",
        "nn.CosineEmbeddingCriterion(0.1)",
        PAIR,
        "torch.Tensor{1, -1, -1, 1}",
        lambda c, x, t: F.cosine_embedding_loss(*x, t, 0.1),
    ),
    Loss(
        "MarginRankingCriterion",
        "nn.MarginRankingCriterion(0.5)",
        "{torch.randn(4), torch.randn(4)}",
        "torch.Tensor{1, -1, -1, 1}",
        lambda c, x, t: F.margin_ranking_loss(*x, t, 0.5),
        singles=False,
    ),
    Loss(
        "DistanceRatioCriterion",
        "nn.DistanceRatioCriterion()",
        "{torch.rand(4), torch.rand(4)}",
        "nil",
        distance_ratio,
        singles=False,
    ),
    Loss("L1Cost", "nn.L1Cost()", X, "nil", lambda c, x, t: x.abs().sum(), singles=False),
    Loss(
        "SpatialAutoCropMSECriterion",
        "nn.SpatialAutoCropMSECriterion()",
        "torch.randn(2, 2, 3, 4)",
        "torch.randn(2, 2, 5, 7)",
        centre,
        gradient=False,  # backward wants a target of the input's size
    ),
    Loss(
        "WeightedMSECriterion",
        f"nn.WeightedMSECriterion({WEIGHTS})",
        X,
        X,
        lambda c, x, t: F.mse_loss(x, t * c.weight),
    ),
    Loss(
        "MultiCriterion",
        "nn.MultiCriterion():add(nn.MSECriterion(), 0.5):add(nn.AbsCriterion())",
        X,
        X,
        lambda c, x, t: 0.5 * F.mse_loss(x, t) + F.l1_loss(x, t),
    ),
    Loss(
        "ParallelCriterion",
        "nn.ParallelCriterion():add(nn.MSECriterion(), 0.5):add(nn.ClassNLLCriterion())",
        "{torch.randn(4, 3), torch.randn(4, 3)}",
        f"{{torch.randn(4, 3), {CLASSES}}}",
        lambda c, x, t: 0.5 * F.mse_loss(x[0], t[0]) + F.nll_loss(x[1], t[1] - 1),
    ),
    Loss(
        "ModuleCriterion",
        "nn.ModuleCriterion(nn.MSECriterion(), nn.Square(), nn.MulConstant(2))",
        X,
        X,
        lambda c, x, t: F.mse_loss(x * x, 2 * t),
    ),
]
