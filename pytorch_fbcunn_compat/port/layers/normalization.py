"""Layer table: batch, local response and contrast normalisation."""

from __future__ import annotations

import torch
from torch import nn

from ..spec import Layer, Spec, Weight, layer
from ..twins import shape as shape_twins
from ..twins import spatial as twins

_BATCH_NORM = {
    "nn.BatchNormalization": nn.BatchNorm1d,
    "nn.SpatialBatchNormalization": nn.BatchNorm2d,
    "nn.VolumetricBatchNormalization": nn.BatchNorm3d,
}


@layer(*_BATCH_NORM)
def batch_normalization(m: Layer) -> Spec:
    eps, momentum = m.number("eps", 1e-5), m.number("momentum", 0.1)
    weights = {"running_mean": m.buffer("running_mean"), "running_var": _running_var(m, eps)}
    affine = m.has_tensor("weight")
    if affine:
        weights["weight"] = m.weight("weight")
        weights["bias"] = m.weight("bias") if m.has_tensor("bias") else _zero_bias(m)
    kwargs: dict[str, object] = {}
    if eps != 1e-5:
        kwargs["eps"] = eps
    if momentum != 0.1:
        kwargs["momentum"] = momentum
    if not affine:
        kwargs["affine"] = False
    return Spec(_BATCH_NORM[m.typename], (m.tensor("running_mean").numel(),), kwargs, weights)


def _running_var(m: Layer, eps: float) -> Weight:
    """Version 1 kept running_std, the inverse of the standard deviation with eps inside."""
    if m.has_tensor("running_var"):
        return m.buffer("running_var")
    if m.has_tensor("running_std"):
        return m.weight("running_std", lambda tensor: tensor.pow(-2) - eps, gradient=None)
    m.fail("neither running_var nor running_std is there")


def _zero_bias(m: Layer) -> Weight:
    value = torch.zeros_like(m.tensor("weight"))
    return Weight(value, value, None, lambda tensor: tensor, m.lua, m.path)


@layer("nn.SpatialCrossMapLRN", "nn.SpatialCrossResponseNormalization")
def cross_map_lrn(m: Layer) -> Spec:
    args = (m.int("size", 5),)
    kwargs = {"alpha": m.number("alpha", 1e-4), "beta": m.number("beta", 0.75), "k": m.number("k", 1)}
    return Spec(twins.CrossMapLRN, args, kwargs, idiom=Spec(nn.LocalResponseNorm, args, dict(kwargs)))


@layer("nn.Normalize")
def normalize(m: Layer) -> Spec:
    return Spec(shape_twins.Normalize, (m.number("p", 2), m.number("eps", 1e-10)))


def _kernels(m: Layer) -> tuple[list[tuple[int, int]], dict[str, Weight]]:
    """Sizes and weights of the averaging kernels: one matrix, or a vector that is used along both axes."""
    kernel = m.tensor("kernel")
    if kernel.dim() == 2:
        layouts = [lambda tensor: tensor]
    elif kernel.dim() == 1:
        layouts = [lambda tensor: tensor[:, None], lambda tensor: tensor[None, :]]
    else:
        m.fail(f"the kernel should have 1 or 2 dimensions, not {kernel.dim()}")
    weights = {f"kernel{place}": m.weight("kernel", layout, gradient=None) for place, layout in enumerate(layouts)}
    return [tuple(weight.value.shape) for weight in weights.values()], weights


@layer("nn.SpatialSubtractiveNormalization")
def subtractive_normalization(m: Layer) -> Spec:
    sizes, weights = _kernels(m)
    return Spec(twins.SubtractiveNormalization, tuple(sizes), weights=weights)


@layer("nn.SpatialDivisiveNormalization")
def divisive_normalization(m: Layer) -> Spec:
    sizes, weights = _kernels(m)
    limit = m.number("threshold", 1e-4)
    kwargs = {"threshold": limit, "value": m.number("thresval", limit)}
    return Spec(twins.DivisiveNormalization, tuple(sizes), kwargs, weights)


@layer("nn.SpatialContrastiveNormalization")
def contrastive_normalization(m: Layer) -> Spec:
    return m.child("normalizer")
