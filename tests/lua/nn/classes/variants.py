"""Rows of classes in other settings: without bias, affine or scale, with other ranks, flags and kernels."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Row
from .windows import IMAGES, VOLUMES, conv, conv3d, depth_wise, rows, subtractive


def separable(m, x):
    """Subtractive normalisation with a 1-D kernel of ones is the one with a square of ones."""
    return subtractive(m, x)


def looked_up(m, x):
    return F.embedding(x - 1, m.weight)


ROWS = [
    Row("SpatialConvolution", "nn.SpatialConvolution(2, 3, 3, 3, 1, 1, 1):noBias()", IMAGES, conv),
    Row("SpatialConvolution", "nn.SpatialConvolution(2, 3, 1, 1)", IMAGES, conv),
    Row("SpatialConvolutionMM", "nn.SpatialConvolutionMM(2, 3, 5, 6):noBias()", IMAGES, conv),
    Row(
        "SpatialDilatedConvolution", "nn.SpatialDilatedConvolution(2, 1, 2, 3, 2, 1, 0, 1, 3, 1):noBias()", IMAGES, conv
    ),
    Row(
        "SpatialDepthWiseConvolution",
        "nn.SpatialDepthWiseConvolution(2, 1, 3, 3, 2, 2, 1)",
        IMAGES,
        depth_wise,
    ),
    Row(
        "SpatialFullConvolution",
        "nn.SpatialFullConvolution(2, 3, 2, 3, 2, 1):noBias()",
        "torch.randn(2, 2, 3, 4)",
        lambda m, x: F.conv_transpose2d(x, m.weight, None, (1, 2)),
    ),
    Row(
        "SpatialFullConvolution",
        "nn.SpatialFullConvolution(2, 1, 2, 2, 2, 2)",
        "{torch.randn(2, 2, 3, 3), torch.randn(2, 1, 7, 6)}",
        lambda m, x: F.conv_transpose2d(x[0], m.weight, m.bias, 2, 0, (1, 0)),
        gradient=False,  # the target, which only lends its size, gets a single zero
        singles=False,
    ),
    Row("VolumetricConvolution", "nn.VolumetricConvolution(2, 3, 2, 2, 2, 2, 2, 2, 1):noBias()", VOLUMES, conv3d),
    Row(
        "TemporalRowConvolution",
        "nn.TemporalRowConvolution(3, 2, 2, true):noBias()",
        "torch.randn(2, 3, 6)",
        lambda m, x: rows(m, x.mT).mT,
    ),
    Row("TemporalConvolution", "nn.TemporalConvolution(3, 4, 1)", "torch.randn(2, 6, 3)", None),
    Row(
        "SpatialSubSampling",
        "nn.SpatialSubSampling(2, 3, 3)",
        IMAGES,
        lambda m, x: m.weight.view(-1, 1, 1) * F.avg_pool2d(x, 3, 1) * 9 + m.bias.view(-1, 1, 1),
    ),
    Row(
        "SpatialAveragePooling",
        "nn.SpatialAveragePooling(2, 2, 2, 2):ceil()",
        IMAGES,
        lambda m, x: F.avg_pool2d(x, 2, 2, ceil_mode=True),
    ),
    Row("SpatialAveragePooling", "nn.SpatialAveragePooling(2, 2)", IMAGES, lambda m, x: F.avg_pool2d(x, 2, 1)),
    Row(
        "VolumetricAveragePooling",
        "nn.VolumetricAveragePooling(2, 2, 2, 1, 1, 1, 1, 1, 1):setCountExcludePad()",
        VOLUMES,
        lambda m, x: F.avg_pool3d(x, 2, 1, 1, count_include_pad=False),
    ),
    Row(
        "VolumetricMaxPooling",
        "nn.VolumetricMaxPooling(3, 2, 2, 2, 2, 2, 1, 1, 1):ceil()",
        VOLUMES,
        lambda m, x: F.max_pool3d(x, (3, 2, 2), 2, 1, ceil_mode=True),
    ),
    Row("SpatialMaxPooling", "nn.SpatialMaxPooling(2, 3, 1, 2)", IMAGES, lambda m, x: F.max_pool2d(x, (3, 2), (2, 1))),
    Row(
        "SpatialLPPooling",
        "nn.SpatialLPPooling(2, 3, 2, 2, 1, 1)",
        "torch.rand(2, 2, 4, 4):add(0.1)",
        lambda m, x: F.lp_pool2d(x, 3, 2, 1),
    ),
    Row(
        "FeatureLPPooling",
        "nn.FeatureLPPooling(3, 2, 3, true)",
        "torch.rand(2, 7, 2, 3):add(0.1)",
        lambda m, x: x.unfold(1, 3, 2).pow(3).sum(-1).pow(1 / 3),
        singles=False,
    ),
    Row(
        "TemporalMaxPooling",
        "nn.TemporalMaxPooling(3, 1)",
        "torch.randn(2, 6, 3)",
        lambda m, x: F.max_pool1d(x.mT, 3, 1).mT,
    ),
    Row(
        "VolumetricFullConvolution",
        "nn.VolumetricFullConvolution(2, 1, 2, 2, 2, 2, 2, 2)",
        "{torch.randn(2, 2, 2, 2, 2), torch.randn(2, 1, 5, 4, 5)}",
        lambda m, x: F.conv_transpose3d(x[0], m.weight, m.bias, 2, 0, (1, 0, 1)),
        gradient=False,
        singles=False,
    ),
    Row(
        "SpatialUpSamplingBilinear",
        "nn.SpatialUpSamplingBilinear({oheight = 3, owidth = 9})",
        IMAGES,
        lambda m, x: F.interpolate(x, (3, 9), mode="bilinear", align_corners=True),
    ),
    Row(
        "UpSampling",
        "nn.UpSampling(2, 'bilinear')",
        IMAGES,
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
        singles=False,
    ),
    Row("UpSampling", "nn.UpSampling(3)", VOLUMES, lambda m, x: F.interpolate(x, scale_factor=3), singles=False),
    Row("SpatialZeroPadding", "nn.SpatialZeroPadding(-1, 1, 2, 0)", IMAGES, lambda m, x: F.pad(x, (-1, 1, 2, 0))),
    Row(
        "BatchNormalization",
        "nn.BatchNormalization(3, 1e-2, 0.5, false)",
        "torch.randn(4, 3)",
        lambda m, x: F.batch_norm(x, None, None, None, None, True, eps=1e-2),
        singles=False,
    ),
    Row("SpatialSubtractiveNormalization", "nn.SpatialSubtractiveNormalization(2, torch.ones(3))", IMAGES, separable),
    Row(
        "SpatialCrossMapLRN",
        "nn.SpatialCrossMapLRN(5)",
        "torch.randn(2, 4, 2, 2)",
        lambda m, x: F.local_response_norm(x, 5),
    ),
    Row("Normalize", "nn.Normalize(1)", "torch.randn(3, 4)", lambda m, x: F.normalize(x, 1)),
    Row("Normalize", "nn.Normalize(1.5)", "torch.randn(3, 4)", lambda m, x: F.normalize(x, 1.5)),
    Row("Dropout", "nn.Dropout(0.4, true)", "torch.randn(3, 4)", lambda m, x: x * m.noise, draws=True),
    Row("Dropout", "nn.Dropout(0)", "torch.randn(3, 4)", lambda m, x: x),
    Row(
        "LookupTable",
        "nn.LookupTable(5, 3, 2)",
        "torch.LongTensor{1, 2, 2, 5}",
        looked_up,
        singles=False,  # a list of words has no batch
        gradient=False,
        parameters=False,
    ),
    Row(
        "LookupTable",
        "nn.LookupTable(5, 3, 0, 0.5)",
        "torch.LongTensor{{1, 2}, {5, 1}}",
        looked_up,
        gradient=False,
        parameters=False,
    ),
    Row("Bilinear", "nn.Bilinear(2, 3, 4, false)", "{torch.randn(3, 2), torch.randn(3, 3)}", None, singles=False),
    Row("LinearWeightNorm", "nn.LinearWeightNorm(4, 3, false)", "torch.randn(2, 4)", None),
    Row("CMul", "nn.CMul(torch.LongStorage{4})", "torch.randn(3, 4)", lambda m, x: x * m.weight),
    Row("CAdd", "nn.CAdd(1)", "torch.randn(3, 1)", lambda m, x: x + m.bias),
    Row(
        "MM", "nn.MM(false, true)", "{torch.randn(3, 4), torch.randn(5, 4)}", lambda m, x: x[0] @ x[1].mT, singles=False
    ),
    Row("MM", "nn.MM(true)", "{torch.randn(4, 3), torch.randn(4, 5)}", lambda m, x: x[0].mT @ x[1], singles=False),
    Row("MV", "nn.MV()", "{torch.randn(3, 4), torch.randn(4)}", lambda m, x: x[0] @ x[1], singles=False),
    Row(
        "PairwiseDistance",
        "nn.PairwiseDistance(3)",
        "{torch.randn(3, 4), torch.randn(3, 4)}",
        lambda m, x: (x[0] - x[1]).norm(3, dim=1),
    ),
    Row("Sum", "nn.Sum(-1)", "torch.randn(2, 3, 4)", lambda m, x: x.sum(2)),
    Row("Sum", "nn.Sum()", "torch.randn(5)", lambda m, x: x.sum().view(1), singles=False),
    Row("Mean", "nn.Mean(-2)", "torch.randn(2, 3, 4)", lambda m, x: x.mean(1), singles=False),
    Row("Max", "nn.Max()", "torch.randn(5)", lambda m, x: x.max().view(1), singles=False),
    Row(
        "Padding",
        "nn.Padding(1, 1, 1, 9, 2)",
        "torch.randn(2, 3)",
        lambda m, x: torch.cat([x[:, :2], x[:, 2:] * 0 + 9, x[:, 2:]], 1),
    ),
    Row(
        "Replicate",
        "nn.Replicate(2, 3)",
        "torch.randn(2, 3)",
        lambda m, x: x[:, :, None].expand(2, 3, 2),
        singles=False,
    ),
    Row("JoinTable", "nn.JoinTable(-1)", "{torch.randn(2, 3), torch.randn(2, 1)}", lambda m, x: torch.cat(x, 1)),
    Row("Concat", "nn.Concat(1):add(nn.Linear(4, 3)):add(nn.Linear(4, 2))", "torch.randn(4)", None, singles=False),
    Row("MapTable", "nn.MapTable(nn.Linear(4, 3), false)", "{torch.randn(2, 4), torch.randn(2, 4)}", None),
    Row("Bottle", "nn.Bottle(nn.SpatialConvolution(1, 2, 2, 2), 4)", "torch.randn(2, 3, 1, 3, 3)", None, strided=False),
    Row(
        "Sequential",
        "nn.Sequential():add(nn.Linear(4, 3)):add(nn.BatchNormalization(3)):add(nn.ReLU(true)):add(nn.Linear(3, 2))",
        "torch.randn(5, 4)",
        None,
        singles=False,
    ),
    Row(
        "ConcatTable",
        "nn.Sequential():add(nn.ConcatTable():add(nn.Linear(3, 3)):add(nn.Identity()))"
        ":add(nn.CAddTable(true)):add(nn.ReLU(true))",
        "torch.randn(2, 3)",
        None,
    ),
]
