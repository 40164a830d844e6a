"""Rows of the element-wise layers and the softmaxes."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from . import Row

ANY = "torch.randn(3, 4, 2)"
POSITIVE = "torch.rand(3, 4):add(0.5)"

ROWS = [
    Row("Abs", "nn.Abs()", ANY, lambda m, x: x.abs()),
    Row("Sqrt", "nn.Sqrt()", POSITIVE, lambda m, x: x.sqrt()),
    Row("Square", "nn.Square()", ANY, lambda m, x: x * x),
    Row("Power", "nn.Power(3)", ANY, lambda m, x: x**3),
    Row("Exp", "nn.Exp()", ANY, lambda m, x: x.exp()),
    Row("Log", "nn.Log()", POSITIVE, lambda m, x: x.log()),
    Row("Clamp", "nn.Clamp(-0.5, 1)", ANY, lambda m, x: x.clamp(-0.5, 1)),
    Row("HardTanh", "nn.HardTanh()", ANY, lambda m, x: F.hardtanh(x)),
    Row("HardTanh", "nn.HardTanh(-0.3, 2)", ANY, lambda m, x: F.hardtanh(x, -0.3, 2)),
    Row("HardShrink", "nn.HardShrink()", ANY, lambda m, x: F.hardshrink(x)),
    Row("SoftShrink", "nn.SoftShrink(0.2)", ANY, lambda m, x: F.softshrink(x, 0.2)),
    Row("TanhShrink", "nn.TanhShrink()", ANY, lambda m, x: F.tanhshrink(x)),
    Row("Tanh", "nn.Tanh()", ANY, lambda m, x: x.tanh()),
    Row("Sigmoid", "nn.Sigmoid()", ANY, lambda m, x: x.sigmoid()),
    Row("LogSigmoid", "nn.LogSigmoid()", ANY, lambda m, x: F.logsigmoid(x)),
    Row("SoftPlus", "nn.SoftPlus(2)", ANY, lambda m, x: F.softplus(x, 2)),
    Row("SoftSign", "nn.SoftSign()", ANY, lambda m, x: F.softsign(x)),
    Row("Threshold", "nn.Threshold(0.2, -1)", ANY, lambda m, x: F.threshold(x, 0.2, -1)),
    Row("ReLU", "nn.ReLU()", ANY, lambda m, x: x.relu()),
    Row("ReLU6", "nn.ReLU6()", "torch.randn(3, 4):mul(5)", lambda m, x: F.relu6(x)),
    Row("LeakyReLU", "nn.LeakyReLU()", ANY, lambda m, x: F.leaky_relu(x)),
    Row("ELU", "nn.ELU(0.7)", ANY, lambda m, x: F.elu(x, 0.7)),
    Row("CReLU", "nn.CReLU(1)", "torch.randn(3, 4)", lambda m, x: torch.cat([x, -x], 1).relu(), typed=False),
    Row(
        "CReLU",
        "nn.CReLU(3)",
        "torch.randn(2, 3, 2, 2)",
        lambda m, x: torch.cat([x, -x], 1).relu(),
        typed=False,
    ),
    Row("PReLU", "nn.PReLU()", ANY, lambda m, x: F.prelu(x, m.weight)),
    Row("PReLU", "nn.PReLU(4)", "torch.randn(3, 4, 2, 2)", lambda m, x: F.prelu(x, m.weight)),
    Row("RReLU", "nn.RReLU()", ANY, lambda m, x: torch.where(x > 0, x, x * m.noise), draws=True),
    Row("GatedLinearUnit", "nn.GatedLinearUnit()", "torch.randn(3, 6)", lambda m, x: F.glu(x)),
    Row("GatedLinearUnit", "nn.GatedLinearUnit(2)", "torch.randn(3, 6, 2)", lambda m, x: F.glu(x, 1), singles=False),
    Row("SoftMax", "nn.SoftMax()", "torch.randn(3, 4)", lambda m, x: x.softmax(1)),
    Row("SoftMax", "nn.SoftMax()", "torch.randn(2, 4, 3, 2)", lambda m, x: x.softmax(1)),
    Row("SoftMin", "nn.SoftMin()", "torch.randn(3, 4)", lambda m, x: (-x).softmax(1)),
    Row("LogSoftMax", "nn.LogSoftMax()", "torch.randn(3, 4)", lambda m, x: x.log_softmax(1)),
    Row("LogSoftMax", "nn.LogSoftMax()", "torch.randn(2, 4, 3, 2)", lambda m, x: x.log_softmax(1)),
    Row("SpatialSoftMax", "nn.SpatialSoftMax()", "torch.randn(2, 4, 3, 2)", lambda m, x: x.softmax(1)),
    Row("SpatialLogSoftMax", "nn.SpatialLogSoftMax()", "torch.randn(2, 4, 3, 2)", lambda m, x: x.log_softmax(1)),
]

#: constructors whose last argument is the in-place flag
IN_PLACE = [
    "nn.HardTanh(-1, 1, {})",
    "nn.Threshold(0.1, 0, {})",
    "nn.ReLU({})",
    "nn.ReLU6({})",
    "nn.LeakyReLU(0.1, {})",
    "nn.ELU(1, {})",
    "nn.RReLU(0.1, 0.3, {})",
    "nn.AddConstant(2, {})",
    "nn.MulConstant(2, {})",
    "nn.Dropout(0.4, false, {})",
    "nn.CReLU(1, {})",
]
