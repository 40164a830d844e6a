"""Rows of convolutions, poolings, paddings, upsampling and normalisation over images."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Row

IMAGES = "torch.randn(2, 2, 6, 5)"
VOLUMES = "torch.randn(2, 2, 4, 5, 4)"
# an unpooling layer after the pooling layer that it undoes
UNPOOLED = "(function() local p = nn.{0}MaxPooling({1}) return nn.Sequential():add(p):add(nn.{0}MaxUnpooling(p)) end)()"


def conv(m, x):
    """SpatialConvolution and its relatives, whose weight may be kept as a matrix."""
    weight = m.weight.view(m.nOutputPlane, m.nInputPlane, m.kH, m.kW)
    dilation = (m.dilationH or 1, m.dilationW or 1)
    return F.conv2d(x, weight, m.bias, (m.dH, m.dW), (m.padH, m.padW), dilation)


def depth_wise(m, x):
    weight = m.weight.view(m.nOutputPlane, m.nInputPlane, 1, m.kH, m.kW).transpose(0, 1).flatten(0, 1)
    return F.conv2d(x, weight, m.bias.t().flatten(), (m.dH, m.dW), (m.padH, m.padW), groups=m.nInputPlane)


def local(m, x):
    columns = F.unfold(x, (m.kH, m.kW), 1, (m.padH, m.padW), (m.dH, m.dW))
    weight = m.weight.view(m.oH * m.oW, m.nOutputPlane, -1)
    out = torch.einsum("ncl,loc->nol", columns, weight).view(len(x), m.nOutputPlane, m.oH, m.oW)
    return out + m.bias


def over_table(m, x, full=False):
    """A convolution over a connection table as a dense one with zeros."""
    dense = x.new_zeros(m.nOutputPlane, m.nInputPlane, m.kH, m.kW)
    for (source, target), kernel in zip(m.connTable.long().tolist(), m.weight, strict=True):
        dense[target - 1, source - 1] = kernel
    if full:
        return F.conv_transpose2d(x, dense.transpose(0, 1), m.bias, (m.dH, m.dW))
    return F.conv2d(x, dense, m.bias, (m.dH, m.dW))


def conv3d(m, x):
    dilation = (m.dilationT or 1, m.dilationH or 1, m.dilationW or 1)
    return F.conv3d(x, m.weight, m.bias, (m.dT, m.dH, m.dW), (m.padT, m.padH, m.padW), dilation)


def temporal(m, x):
    weight = m.weight.view(m.outputFrameSize, m.kW, m.inputFrameSize).transpose(1, 2)
    return F.conv1d(x.mT, weight, m.bias, m.dW).mT


def rows(m, x):
    return F.conv1d(x.mT, m.weight, m.bias, m.dW, groups=m.inputFrameSize).mT


def temporal_sub(m, x):
    return m.weight * x.unfold(1, m.kW, m.dW).sum(-1) + m.bias


def spatial_sub(m, x):
    summed = F.avg_pool2d(x, (m.kH, m.kW), (m.dH, m.dW)) * m.kH * m.kW
    return m.weight.view(-1, 1, 1) * summed + m.bias.view(-1, 1, 1)


def subtractive(m, x, size=3):
    """Zero padding, with the mean taken over what lies inside."""
    planes = x.shape[1]
    kernel = x.new_full((1, planes, size, size), 1 / (planes * size * size))
    seen = F.conv2d(torch.ones_like(x[:1]), kernel, padding=size // 2)
    return x - F.conv2d(x, kernel, padding=size // 2) / seen


def divisive(m, x, size=3):
    planes = x.shape[1]
    kernel = x.new_full((1, planes, size, size), 1 / (planes * size * size))
    seen = F.conv2d(torch.ones_like(x[:1]), kernel, padding=size // 2)
    deviation = F.conv2d(x * x, kernel, padding=size // 2).sqrt() / seen
    return x / torch.where(deviation > 1e-4, deviation, 1e-4)


def feature_lp(m, x):
    return x.unfold(1, 2, 2).pow(2).sum(-1).sqrt()


def batch_norm(m, x):
    return F.batch_norm(x, None, None, m.weight, m.bias, True, eps=m.eps)


CONVOLUTIONS = [
    Row("SpatialConvolution", "nn.SpatialConvolution(2, 3, 3, 2, 2, 1, 1, 1)", IMAGES, conv),
    Row("SpatialConvolutionMM", "nn.SpatialConvolutionMM(2, 3, 3, 2, 2, 1, 1, 0)", IMAGES, conv),
    Row("SpatialDilatedConvolution", "nn.SpatialDilatedConvolution(2, 3, 2, 2, 1, 1, 1, 1, 2, 2)", IMAGES, conv),
    Row("SpatialDepthWiseConvolution", "nn.SpatialDepthWiseConvolution(2, 3, 2, 2)", IMAGES, depth_wise),
    Row("SpatialConvolutionLocal", "nn.SpatialConvolutionLocal(2, 3, 5, 6, 2, 3)", IMAGES, local),
    Row(
        "SpatialConvolutionMap",
        "nn.SpatialConvolutionMap(torch.Tensor{{1, 1}, {2, 2}, {1, 3}}, 2, 3)",
        IMAGES,
        over_table,
    ),
    Row(
        "SpatialFullConvolutionMap",
        "nn.SpatialFullConvolutionMap(nn.tables.full(2, 3), 2, 3, 2, 1)",
        "torch.randn(2, 2, 3, 3)",
        lambda m, x: over_table(m, x, full=True),
    ),
    Row(
        "SpatialFullConvolution",
        "nn.SpatialFullConvolution(2, 3, 3, 3, 2, 2, 1, 1, 1, 1)",
        "torch.randn(2, 2, 3, 4)",
        lambda m, x: F.conv_transpose2d(x, m.weight, m.bias, 2, 1, 1),
    ),
    Row("SpatialSubSampling", "nn.SpatialSubSampling(2, 2, 3, 2, 1)", IMAGES, spatial_sub),
    Row("VolumetricConvolution", "nn.VolumetricConvolution(2, 2, 2, 3, 2, 1, 1, 1, 1, 0, 1)", VOLUMES, conv3d),
    Row(
        "VolumetricDilatedConvolution",
        "nn.VolumetricDilatedConvolution(2, 1, 2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2)",
        VOLUMES,
        conv3d,
    ),
    Row(
        "VolumetricFullConvolution",
        "nn.VolumetricFullConvolution(2, 1, 2, 3, 2, 2, 1, 1, 0, 1, 0, 1, 0, 0)",
        "torch.randn(2, 2, 2, 3, 2)",
        lambda m, x: F.conv_transpose3d(x, m.weight, m.bias, (2, 1, 1), (0, 0, 1), (1, 0, 0)),
    ),
    Row("TemporalConvolution", "nn.TemporalConvolution(3, 4, 2, 2)", "torch.randn(2, 6, 3)", temporal),
    Row("TemporalRowConvolution", "nn.TemporalRowConvolution(3, 2)", "torch.randn(2, 5, 3)", rows),
    Row("TemporalSubSampling", "nn.TemporalSubSampling(3, 2, 2)", "torch.randn(2, 6, 3)", temporal_sub, singles=False),
]

POOLINGS = [
    Row(
        "SpatialMaxPooling",
        "nn.SpatialMaxPooling(3, 2, 2, 2, 1, 1)",
        IMAGES,
        lambda m, x: F.max_pool2d(x, (2, 3), 2, 1),
    ),
    Row(
        "SpatialMaxPooling",
        "nn.SpatialMaxPooling(2, 2):ceil()",
        IMAGES,
        lambda m, x: F.max_pool2d(x, 2, ceil_mode=True),
    ),
    Row(
        "SpatialDilatedMaxPooling",
        "nn.SpatialDilatedMaxPooling(2, 2, 1, 1, 0, 0, 2, 2)",
        IMAGES,
        lambda m, x: F.max_pool2d(x, 2, 1, 0, 2),
    ),
    Row(
        "SpatialAveragePooling",
        "nn.SpatialAveragePooling(3, 2, 2, 2, 1, 1)",
        IMAGES,
        lambda m, x: F.avg_pool2d(x, (2, 3), 2, 1),
    ),
    Row(
        "SpatialAveragePooling",
        "nn.SpatialAveragePooling(3, 3, 1, 1, 1, 1):setCountExcludePad()",
        IMAGES,
        lambda m, x: F.avg_pool2d(x, 3, 1, 1, count_include_pad=False),
    ),
    Row(
        "SpatialAdaptiveMaxPooling",
        "nn.SpatialAdaptiveMaxPooling(2, 3)",
        IMAGES,
        lambda m, x: F.adaptive_max_pool2d(x, (3, 2)),
    ),
    Row(
        "SpatialAdaptiveAveragePooling",
        "nn.SpatialAdaptiveAveragePooling(2, 3)",
        IMAGES,
        lambda m, x: F.adaptive_avg_pool2d(x, (3, 2)),
    ),
    Row(
        "SpatialLPPooling",
        "nn.SpatialLPPooling(2, 2, 2, 2)",
        IMAGES,
        lambda m, x: F.lp_pool2d(x, 2, 2),
    ),
    Row(
        "SpatialFractionalMaxPooling",
        "nn.SpatialFractionalMaxPooling(2, 2, 3, 3)",
        IMAGES,
        lambda m, x: F.fractional_max_pool2d(x, 2, 3, _random_samples=m.randomSamples),
        draws=True,
    ),
    Row(
        "SpatialMaxUnpooling",
        UNPOOLED.format("Spatial", "2, 2"),
        IMAGES,
        lambda m, x: F.max_unpool2d(*F.max_pool2d(x, 2, return_indices=True), 2, output_size=x.shape[2:]),
    ),
    Row(
        "VolumetricMaxUnpooling",
        UNPOOLED.format("Volumetric", "2, 2, 2"),
        VOLUMES,
        lambda m, x: F.max_unpool3d(*F.max_pool3d(x, 2, return_indices=True), 2, output_size=x.shape[2:]),
    ),
    Row("FeatureLPPooling", "nn.FeatureLPPooling(2, 2, 2, true)", "torch.randn(2, 6, 3)", feature_lp, singles=False),
    Row(
        "VolumetricMaxPooling",
        "nn.VolumetricMaxPooling(2, 3, 2, 1, 2, 2)",
        VOLUMES,
        lambda m, x: F.max_pool3d(x, (2, 2, 3), (1, 2, 2)),
    ),
    Row(
        "VolumetricDilatedMaxPooling",
        "nn.VolumetricDilatedMaxPooling(2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 2, 2)",
        VOLUMES,
        lambda m, x: F.max_pool3d(x, 2, 1, 0, 2),
    ),
    Row(
        "VolumetricAveragePooling",
        "nn.VolumetricAveragePooling(2, 2, 3)",
        VOLUMES,
        lambda m, x: F.avg_pool3d(x, (2, 3, 2)),
    ),
    Row(
        "VolumetricFractionalMaxPooling",
        "nn.VolumetricFractionalMaxPooling(2, 2, 2, 2, 3, 2)",
        VOLUMES,
        None,
        draws=True,
    ),
    Row(
        "TemporalMaxPooling",
        "nn.TemporalMaxPooling(2, 2)",
        "torch.randn(2, 6, 3)",
        lambda m, x: F.max_pool1d(x.mT, 2).mT,
    ),
    Row(
        "TemporalDynamicKMaxPooling",
        "nn.TemporalDynamicKMaxPooling(2, 0.5)",
        "torch.randn(2, 6, 3)",
        lambda m, x: x.gather(1, x.topk(3, 1)[1].sort(1)[0]),
    ),
]

PADDINGS = [
    Row("SpatialZeroPadding", "nn.SpatialZeroPadding(1, 2, 0, -1)", IMAGES, lambda m, x: F.pad(x, (1, 2, 0, -1))),
    Row(
        "SpatialReflectionPadding",
        "nn.SpatialReflectionPadding(1, 2, 0, 1)",
        IMAGES,
        lambda m, x: F.pad(x, (1, 2, 0, 1), "reflect"),
    ),
    Row(
        "SpatialReplicationPadding",
        "nn.SpatialReplicationPadding(1, 2, 0, 1)",
        IMAGES,
        lambda m, x: F.pad(x, (1, 2, 0, 1), "replicate"),
    ),
    Row(
        "VolumetricReplicationPadding",
        "nn.VolumetricReplicationPadding(1, 2, 0, 1, 2, 1)",
        VOLUMES,
        lambda m, x: F.pad(x, (1, 2, 0, 1, 2, 1), "replicate"),
    ),
    Row(
        "SpatialUpSamplingNearest",
        "nn.SpatialUpSamplingNearest(2)",
        IMAGES,
        lambda m, x: F.interpolate(x, scale_factor=2),
    ),
    Row(
        "SpatialUpSamplingBilinear",
        "nn.SpatialUpSamplingBilinear(2)",
        IMAGES,
        lambda m, x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True),
    ),
    Row(
        "UpSampling",
        "nn.UpSampling({odepth = 5, oheight = 7, owidth = 6}, 'trilinear')",
        VOLUMES,
        lambda m, x: F.interpolate(x, (5, 7, 6), mode="trilinear", align_corners=True),
        singles=False,
    ),
    Row("UpSampling", "nn.UpSampling(2)", IMAGES, lambda m, x: F.interpolate(x, scale_factor=2), singles=False),
]

NORMALIZATIONS = [
    Row("BatchNormalization", "nn.BatchNormalization(3)", "torch.randn(4, 3)", batch_norm, singles=False),
    Row("SpatialBatchNormalization", "nn.SpatialBatchNormalization(2)", IMAGES, batch_norm, singles=False),
    Row("VolumetricBatchNormalization", "nn.VolumetricBatchNormalization(2)", VOLUMES, batch_norm, singles=False),
    Row(
        "SpatialCrossMapLRN",
        "nn.SpatialCrossMapLRN(3, 0.1, 0.75, 2)",
        "torch.randn(2, 5, 3, 2)",
        lambda m, x: F.local_response_norm(x, 3, 0.1, 0.75, 2),
    ),
    Row(
        "SpatialSubtractiveNormalization",
        "nn.SpatialSubtractiveNormalization(2, torch.ones(3, 3))",
        IMAGES,
        subtractive,
    ),
    Row("SpatialDivisiveNormalization", "nn.SpatialDivisiveNormalization(2, torch.ones(3, 3))", IMAGES, divisive),
    Row(
        "SpatialContrastiveNormalization",
        "nn.SpatialContrastiveNormalization(2, torch.ones(3, 3))",
        IMAGES,
        lambda m, x: divisive(m, subtractive(m, x)),
    ),
]

ROWS = CONVOLUTIONS + POOLINGS + PADDINGS + NORMALIZATIONS
