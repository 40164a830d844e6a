"""Activations of exponentials on floats: doubles between two roundings, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime

INPUTS = [-90.0, -7.25, -1.0, -0.3, -1e-4, 0.0, 1e-4, 0.3, 1.0, 7.25, 19.5, 25.0, 90.0]
GRADIENTS = [0.7 * (i % 5) - 1.1 for i in range(len(INPUTS))]


def single(value: float) -> float:
    return float(np.float32(value))


def elu(x: float) -> float:
    return x if x > 0 else (math.exp(x) - 1) * single(0.7)


def elu_slope(x: float, y: float) -> float:
    return 1.0 if y > 0 else single(y + single(0.7))


def softplus(x: float) -> float:
    scaled = single(x * 1.5)
    return x if scaled > 20 else math.log1p(math.exp(scaled)) / 1.5


def softplus_gradient(x: float, y: float, g: float) -> float:
    scaled = single(y * 1.5)
    if scaled > 20:
        return g
    power = single(math.exp(scaled))
    return g * (power - 1) / power


def log_sigmoid_sum(x: float) -> float:
    most = max(0.0, -x)
    return single(math.exp(-most) + math.exp(single(-x - most)))


def log_sigmoid(x: float) -> float:
    return -(max(0.0, -x) + math.log(log_sigmoid_sum(x)))


def log_sigmoid_gradient(x: float, y: float, g: float) -> float:
    share = (log_sigmoid_sum(x) - 1) / log_sigmoid_sum(x)
    return single(1 - share if x < 0 else share) * g


@pytest.mark.parametrize(
    ("module", "value", "gradient"),
    [
        ("nn.ELU(0.7)", elu, lambda x, y, g: g * elu_slope(x, y)),
        ("nn.SoftPlus(1.5)", softplus, softplus_gradient),
        ("nn.LogSigmoid()", log_sigmoid, log_sigmoid_gradient),
    ],
)
def test_floats_are_rounded_where_they_were(
    lua: LuaRuntime, module: str, value: Callable[[float], float], gradient: Callable[[float, float, float], float]
) -> None:
    inputs, gradients = [single(x) for x in INPUTS], [single(g) for g in GRADIENTS]
    lua.execute("require 'nn'")
    run = lua.eval(
        f"""function(inputs, gradients)
          local module = {module}:float()
          local x, g = torch.FloatTensor(inputs), torch.FloatTensor(gradients)
          return module:forward(x):totable(), module:backward(x, g):totable()
        end"""
    )
    outputs, slopes = run(lua.table(inputs), lua.table(gradients))
    for i, (x, g) in enumerate(zip(inputs, gradients, strict=True), 1):
        y = single(value(x))
        assert outputs[i] == y
        assert slopes[i] == single(gradient(x, y, g))
