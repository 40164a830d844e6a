"""Layer table: spatial and volumetric convolutions."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from ..spec import Layer, Spec, Weight, layer
from ..twins import spatial as twins

Layout = Callable[[torch.Tensor], torch.Tensor]


def pair(first: int, second: int) -> int | tuple[int, int]:
    """A 2-D setting as PyTorch users write it: one number if both are equal."""
    return first if first == second else (first, second)


def triple(first: int, second: int, third: int) -> int | tuple[int, int, int]:
    return first if first == second == third else (first, second, third)


def settings(**values: object) -> dict[str, object]:
    """Keyword arguments without those at PyTorch's defaults."""
    defaults = {"stride": 1, "padding": 0, "output_padding": 0, "dilation": 1, "groups": 1, "bias": True}
    return {name: value for name, value in values.items() if defaults.get(name, object()) != value}


def spatial_padding(m: Layer) -> tuple[int, int]:
    """(padH, padW); files of 2014 have one field `padding`."""
    both = m.int("padding", 0)
    return m.int("padH", both), m.int("padW", both)


def with_bias(m: Layer, weight: Weight, layout: Layout | None = None) -> dict[str, Weight]:
    return {"weight": weight} | ({"bias": m.weight("bias", layout)} if m.has_tensor("bias") else {})


@layer("nn.SpatialConvolution", "nn.SpatialConvolutionMM", "nn.SpatialDilatedConvolution")
def spatial_convolution(m: Layer) -> Spec:
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    height, width, groups = m.int("kH"), m.int("kW"), m.int("groups", 1)
    shape = (planes_out, planes_in // groups, height, width)
    # SpatialConvolutionMM, and files older than 2015, keep the weight as a matrix
    weights = with_bias(m, m.weight("weight", lambda tensor: tensor.reshape(shape), shape=shape))
    kwargs = settings(
        stride=pair(m.int("dH", 1), m.int("dW", 1)),
        padding=pair(*spatial_padding(m)),
        dilation=pair(m.int("dilationH", 1), m.int("dilationW", 1)),
        groups=groups,
        bias="bias" in weights,
    )
    return Spec(nn.Conv2d, (planes_in, planes_out, pair(height, width)), kwargs, weights)


@layer("nn.SpatialFullConvolution")
def spatial_full_convolution(m: Layer) -> Spec:
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    height, width = m.int("kH"), m.int("kW")
    weights = with_bias(m, m.weight("weight", shape=(planes_in, planes_out, height, width)))
    kwargs = settings(
        stride=pair(m.int("dH", 1), m.int("dW", 1)),
        padding=pair(m.int("padH", 0), m.int("padW", 0)),
        output_padding=pair(m.int("adjH", 0), m.int("adjW", 0)),
        bias="bias" in weights,
    )
    return Spec(nn.ConvTranspose2d, (planes_in, planes_out, pair(height, width)), kwargs, weights)


@layer("nn.SpatialDepthWiseConvolution")
def depthwise_convolution(m: Layer) -> Spec:
    planes, multiplier = m.int("nInputPlane"), m.int("nOutputPlane")
    height, width = m.int("kH"), m.int("kW")

    def by_plane(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.reshape(multiplier, planes, height, width).transpose(0, 1).reshape(-1, 1, height, width)

    weights = with_bias(m, m.weight("weight", by_plane), lambda tensor: tensor.t().reshape(-1))
    kwargs = settings(
        stride=pair(m.int("dH", 1), m.int("dW", 1)),
        padding=pair(m.int("padH", 0), m.int("padW", 0)),
        groups=planes,
        bias="bias" in weights,
    )
    return Spec(nn.Conv2d, (planes, planes * multiplier, pair(height, width)), kwargs, weights)


@layer("nn.SpatialConvolutionLocal")
def local_convolution(m: Layer) -> Spec:
    size, kernel = (m.int("oH"), m.int("oW")), (m.int("kH"), m.int("kW"))
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    kwargs = {"stride": (m.int("dH", 1), m.int("dW", 1)), "padding": (m.int("padH", 0), m.int("padW", 0))}
    weights = {"weight": m.weight("weight", lambda tensor: tensor.reshape(*size, planes_out, planes_in, *kernel))}
    weights["bias"] = m.weight("bias")
    return Spec(twins.LocalConv2d, (planes_in, planes_out, size, kernel), kwargs, weights)


@layer("nn.SpatialConvolutionMap", "nn.SpatialFullConvolutionMap")
def map_convolution(m: Layer) -> Spec:
    table = [(int(source) - 1, int(target) - 1) for source, target in m.tensor("connTable").tolist()]
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    if any(not (0 <= source < planes_in and 0 <= target < planes_out) for source, target in table):
        m.fail(f"connTable names planes outside {planes_in} inputs and {planes_out} outputs")
    stride = (m.int("dH", 1), m.int("dW", 1))
    kwargs = {"stride": stride, "transposed": m.typename == "nn.SpatialFullConvolutionMap"}
    weights = {"weight": m.weight("weight"), "bias": m.weight("bias")}
    return Spec(twins.MapConv2d, (planes_in, planes_out, table, (m.int("kH"), m.int("kW"))), kwargs, weights)


def volume(m: Layer, prefix: str, default: int) -> int | tuple[int, int, int]:
    return triple(*(m.int(f"{prefix}{axis}", default) for axis in "THW"))


@layer("nn.VolumetricConvolution", "nn.VolumetricDilatedConvolution")
def volumetric_convolution(m: Layer) -> Spec:
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    kernel = tuple(m.int(f"k{axis}") for axis in "THW")
    shape = (planes_out, planes_in, *kernel)
    weights = with_bias(m, m.weight("weight", lambda tensor: tensor.reshape(shape), shape=shape))
    kwargs = settings(
        stride=volume(m, "d", 1), padding=volume(m, "pad", 0), dilation=volume(m, "dilation", 1), bias="bias" in weights
    )
    return Spec(nn.Conv3d, (planes_in, planes_out, triple(*kernel)), kwargs, weights)


@layer("nn.VolumetricFullConvolution")
def volumetric_full_convolution(m: Layer) -> Spec:
    planes_in, planes_out = m.int("nInputPlane"), m.int("nOutputPlane")
    kernel = tuple(m.int(f"k{axis}") for axis in "THW")
    weights = with_bias(m, m.weight("weight", lambda tensor: tensor.reshape(planes_in, planes_out, *kernel)))
    kwargs = settings(
        stride=volume(m, "d", 1),
        padding=volume(m, "pad", 0),
        output_padding=volume(m, "adj", 0),
        bias="bias" in weights,
    )
    return Spec(nn.ConvTranspose3d, (planes_in, planes_out, triple(*kernel)), kwargs, weights)
