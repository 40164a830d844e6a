"""Rows of criterions in other settings: sums, single samples, numbers as targets."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Loss
from .criterions import CLASSES, LOGS, SHARES, SIGNS, X

VECTORS = "{torch.randn(4), torch.randn(4)}"


def summed(make: str) -> str:
    """A criterion whose field sizeAverage is set to false after its construction."""
    return f"(function() local c = {make} c.sizeAverage = false return c end)()"


def index(number: float) -> torch.Tensor:
    """A class number of Lua as PyTorch's target."""
    return torch.tensor(int(number) - 1)


def row(name: str, make: str, feed: str, target: str, reference) -> Loss:
    return Loss(name, make, feed, target, reference, singles=False)


LOSSES = [
    row(
        "SmoothL1Criterion",
        "nn.SmoothL1Criterion(false)",
        X,
        X,
        lambda c, x, t: F.smooth_l1_loss(x, t, reduction="sum"),
    ),
    row(
        "BCECriterion",
        "nn.BCECriterion(nil, false)",
        "torch.rand(3):mul(0.8):add(0.1)",
        "torch.rand(3):round()",
        lambda c, x, t: F.binary_cross_entropy(x, t, reduction="sum"),
    ),
    row("ClassNLLCriterion", "nn.ClassNLLCriterion()", "torch.randn(3)", "2", lambda c, x, t: F.nll_loss(x, index(t))),
    row(
        "ClassNLLCriterion",
        "nn.ClassNLLCriterion(torch.Tensor{1, 2, 0.5}, false)",
        LOGS,
        CLASSES,
        lambda c, x, t: F.nll_loss(x, t - 1, c.weights, reduction="sum"),
    ),
    row(
        "CrossEntropyCriterion",
        "nn.CrossEntropyCriterion()",
        "torch.randn(1, 3)",
        "torch.Tensor{2}",
        lambda c, x, t: F.cross_entropy(x, t.long() - 1),
    ),
    row(
        "CrossEntropyCriterion",
        summed("nn.CrossEntropyCriterion()"),
        X,
        CLASSES,
        lambda c, x, t: F.cross_entropy(x, t - 1, reduction="sum"),
    ),
    row(
        "SpatialClassNLLCriterion",
        "nn.SpatialClassNLLCriterion(torch.Tensor{1, 2, 0.5}, false)",
        "torch.randn(3, 2, 2)",
        "torch.Tensor{{1, 2}, {3, 1}}",
        lambda c, x, t: F.nll_loss(x[None], t[None].long() - 1, c.weights, reduction="sum"),
    ),
    row(
        "ClassSimplexCriterion",
        "nn.ClassSimplexCriterion(3)",
        "torch.randn(3)",
        "2",
        lambda c, x, t: F.mse_loss(x, c.simplex[1]),
    ),
    row(
        "DistKLDivCriterion",
        summed("nn.DistKLDivCriterion()"),
        LOGS,
        SHARES,
        lambda c, x, t: F.kl_div(x, t, reduction="sum"),
    ),
    row("MarginCriterion", summed("nn.MarginCriterion()"), X, SIGNS, lambda c, x, t: (1 - t * x).relu().sum()),
    row(
        "SoftMarginCriterion",
        summed("nn.SoftMarginCriterion()"),
        X,
        SIGNS,
        lambda c, x, t: F.soft_margin_loss(x, t, reduction="sum"),
    ),
    row(
        "MultiMarginCriterion",
        "nn.MultiMarginCriterion()",
        "torch.randn(3)",
        "2",
        lambda c, x, t: F.multi_margin_loss(x[None], index(t)[None]),
    ),
    row(
        "MultiMarginCriterion",
        summed("nn.MultiMarginCriterion()"),
        X,
        CLASSES,
        lambda c, x, t: F.multi_margin_loss(x, t - 1, reduction="sum"),
    ),
    row(
        "MultiLabelMarginCriterion",
        summed("nn.MultiLabelMarginCriterion()"),
        "torch.randn(3)",
        "torch.Tensor{3, 1, 0}",
        lambda c, x, t: F.multilabel_margin_loss(x, t.long() - 1, reduction="sum"),
    ),
    row(
        "MultiLabelSoftMarginCriterion",
        "nn.MultiLabelSoftMarginCriterion(nil, false)",
        X,
        "torch.rand(4, 3):round()",
        lambda c, x, t: F.binary_cross_entropy_with_logits(x, t, reduction="sum"),
    ),
    row(
        "HingeEmbeddingCriterion",
        "nn.HingeEmbeddingCriterion(2)",
        "torch.rand(1)",
        "-1",
        lambda c, x, t: (2 - x).relu().sum(),
    ),
    row(
        "L1HingeEmbeddingCriterion",
        "nn.L1HingeEmbeddingCriterion(1)",
        VECTORS,
        "1",
        lambda c, x, t: (x[0] - x[1]).abs().sum(),
    ),
    row(
        "CosineEmbeddingCriterion",
        "nn.CosineEmbeddingCriterion(-1)",
        VECTORS,
        "-1",
        lambda c, x, t: F.cosine_similarity(*x, dim=0) + 1,
    ),
    # with a number the losses are added, not averaged
    row(
        "MarginRankingCriterion",
        "nn.MarginRankingCriterion(0.5)",
        VECTORS,
        "1",
        lambda c, x, t: F.margin_ranking_loss(*x, torch.ones(4, dtype=x[0].dtype), 0.5, reduction="sum"),
    ),
    row(
        "DistanceRatioCriterion",
        "nn.DistanceRatioCriterion(false)",
        VECTORS,
        "nil",
        lambda c, x, t: -torch.stack(x).neg().log_softmax(0)[0].sum(),
    ),
    row(
        "ParallelCriterion",
        "nn.ParallelCriterion(true):add(nn.MSECriterion()):add(nn.AbsCriterion(), 2)",
        "{torch.randn(4, 3), torch.randn(4, 3)}",
        X,
        lambda c, x, t: F.mse_loss(x[0], t) + 2 * F.l1_loss(x[1], t),
    ),
    row(
        "WeightedMSECriterion",
        "nn.WeightedMSECriterion(torch.rand(4, 3))",
        X,
        X,
        lambda c, x, t: F.mse_loss(x, t * c.weight),
    ),
]
