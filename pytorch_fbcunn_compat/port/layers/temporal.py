"""Layer table: layers over time, time x features."""

from __future__ import annotations

import torch

from ..spec import Layer, Spec, layer
from ..twins import spatial as twins


@layer("nn.TemporalConvolution")
def temporal_convolution(m: Layer) -> Spec:
    features_in, features_out, width = m.int("inputFrameSize"), m.int("outputFrameSize"), m.int("kW")

    def by_feature(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.reshape(features_out, width, features_in).transpose(1, 2)

    weights = {"weight": m.weight("weight", by_feature), "bias": m.weight("bias")}
    return Spec(twins.TemporalConvolution, (features_in, features_out, width, m.int("dW", 1)), weights=weights)


@layer("nn.TemporalRowConvolution")
def temporal_row_convolution(m: Layer) -> Spec:
    features, width = m.int("inputFrameSize"), m.int("kW")
    weights = {"weight": m.weight("weight", lambda tensor: tensor.reshape(features, 1, width))}
    if m.has_tensor("bias"):
        weights["bias"] = m.weight("bias")
    kwargs = {"bias": "bias" in weights, "feature_first": m.flag("featFirst")}
    return Spec(twins.TemporalRowConvolution, (features, width, m.int("dW", 1)), kwargs, weights)


@layer("nn.TemporalMaxPooling")
def temporal_max_pooling(m: Layer) -> Spec:
    width = m.int("kW")
    return Spec(twins.TemporalMaxPooling, (width, m.int("dW", width)))


@layer("nn.TemporalSubSampling")
def temporal_sub_sampling(m: Layer) -> Spec:
    weights = {"weight": m.weight("weight"), "bias": m.weight("bias")}
    return Spec(twins.TemporalSubSampling, (m.int("inputFrameSize"), m.int("kW"), m.int("dW", 1)), weights=weights)


@layer("nn.TemporalDynamicKMaxPooling")
def temporal_dynamic_k_max_pooling(m: Layer) -> Spec:
    return Spec(twins.TemporalDynamicKMaxPooling, (m.int("minK"), m.number("factor", 0)))
