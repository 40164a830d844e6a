"""Layer table: activations, arithmetic with constants, dropout, softmax."""

from __future__ import annotations

from torch import nn

from ...t7.storage import TENSOR_CLASSES
from ..spec import Layer, Spec, layer
from ..twins import pointwise as twins

_PLAIN: dict[str, type] = {
    "nn.Abs": twins.Abs,
    "nn.Exp": twins.Exp,
    "nn.Log": twins.Log,
    "nn.LogSigmoid": nn.LogSigmoid,
    "nn.ReLU6": nn.ReLU6,
    "nn.Sigmoid": nn.Sigmoid,
    "nn.SoftSign": nn.Softsign,
    "nn.Square": twins.Square,
    "nn.Tanh": nn.Tanh,
    "nn.TanhShrink": nn.Tanhshrink,
    "nn.ZeroGrad": twins.ZeroGrad,
}


@layer(*_PLAIN)
def plain(m: Layer) -> Spec:
    return Spec(_PLAIN[m.typename])


@layer("nn.Identity", "nn.Contiguous", "nn.PrintSize", "nn.CopyGrad")
def identity(m: Layer) -> Spec:
    return Spec(nn.Identity)


@layer("nn.Copy")
def copy(m: Layer) -> Spec:
    outtype = m.text("outtype", m.text("_type", "torch.DoubleTensor"))
    if outtype not in TENSOR_CLASSES:
        m.fail(f"copies to {outtype}, which is no tensor class")
    return Spec(twins.Cast, (TENSOR_CLASSES[outtype].dtype,))


@layer("nn.ReLU", "nn.Threshold")
def threshold(m: Layer) -> Spec:
    limit, value = m.number("threshold", 0 if m.typename == "nn.ReLU" else 1e-6), m.number("val", 0)
    return Spec(nn.ReLU) if limit == 0 == value else Spec(nn.Threshold, (limit, value))


@layer("nn.HardTanh", "nn.Clamp")
def hard_tanh(m: Layer) -> Spec:
    low, high = m.number("min_val", -1), m.number("max_val", 1)
    return Spec(nn.Hardtanh) if (low, high) == (-1, 1) else Spec(nn.Hardtanh, (low, high))


@layer("nn.HardShrink")
def hard_shrink(m: Layer) -> Spec:
    return Spec(nn.Hardshrink, (m.number("lambda", 0.5),))


@layer("nn.SoftShrink")
def soft_shrink(m: Layer) -> Spec:
    return Spec(nn.Softshrink, (m.number("lambda", 0.5),))


@layer("nn.SoftPlus")
def soft_plus(m: Layer) -> Spec:
    beta, limit = m.number("beta", 1), m.number("threshold", 20)
    return Spec(nn.Softplus, kwargs={} if (beta, limit) == (1, 20) else {"beta": beta, "threshold": limit})


@layer("nn.ELU")
def elu(m: Layer) -> Spec:
    alpha = m.number("alpha", 1)
    return Spec(nn.ELU, kwargs={} if alpha == 1 else {"alpha": alpha})


@layer("nn.LeakyReLU")
def leaky_relu(m: Layer) -> Spec:
    return Spec(nn.LeakyReLU, (m.number("negval", 0.01),))


@layer("nn.PReLU")
def prelu(m: Layer) -> Spec:
    weight = m.weight("weight", lambda tensor: tensor.reshape(-1))
    count = weight.value.numel()
    return Spec(nn.PReLU, (count,) if count != 1 else (), weights={"weight": weight})


@layer("nn.RReLU")
def rrelu(m: Layer) -> Spec:
    return Spec(nn.RReLU, (m.number("lower", 1 / 8), m.number("upper", 1 / 3)), random=True)


@layer("nn.Power")
def power(m: Layer) -> Spec:
    return Spec(twins.Power, (m.number("pow"),))


@layer("nn.Sqrt")
def sqrt(m: Layer) -> Spec:
    return Spec(twins.Sqrt, (m.number("eps", 0),))


@layer("nn.AddConstant")
def add_constant(m: Layer) -> Spec:
    return Spec(twins.AddConstant, (m.number("constant_scalar"),))


@layer("nn.MulConstant")
def mul_constant(m: Layer) -> Spec:
    return Spec(twins.MulConstant, (m.number("constant_scalar"),))


@layer("nn.Add", "nn.CAdd")
def add(m: Layer) -> Spec:
    bias = m.weight("bias")
    return Spec(twins.Add, tuple(bias.value.shape), weights={"bias": bias})


@layer("nn.Mul", "nn.CMul")
def mul(m: Layer) -> Spec:
    weight = m.weight("weight")
    return Spec(twins.Mul, tuple(weight.value.shape), weights={"weight": weight})


@layer("nn.GradientReversal")
def gradient_reversal(m: Layer) -> Spec:
    factor = 1 if m.lua.version < 2 and not m.has("lambda") else m.number("lambda", 1)
    return Spec(twins.GradientReversal, (factor,))


@layer("nn.L1Penalty")
def l1_penalty(m: Layer) -> Spec:
    return Spec(twins.L1Penalty, (m.number("l1weight"), m.flag("sizeAverage"), m.flag("provideOutput", True)))


@layer("nn.SoftMax")
def soft_max(m: Layer) -> Spec:
    return Spec(twins.SoftMax, idiom=Spec(nn.Softmax, kwargs={"dim": 1}))


@layer("nn.LogSoftMax")
def log_soft_max(m: Layer) -> Spec:
    return Spec(twins.LogSoftMax, idiom=Spec(nn.LogSoftmax, kwargs={"dim": 1}))


@layer("nn.SoftMin")
def soft_min(m: Layer) -> Spec:
    return Spec(twins.SoftMin, idiom=Spec(nn.Softmin, kwargs={"dim": 1}))


@layer("nn.SpatialSoftMax")
def spatial_soft_max(m: Layer) -> Spec:
    return Spec(nn.Softmax, kwargs={"dim": -3})


@layer("nn.SpatialLogSoftMax")
def spatial_log_soft_max(m: Layer) -> Spec:
    return Spec(nn.LogSoftmax, kwargs={"dim": -3})


@layer("nn.GatedLinearUnit")
def gated_linear_unit(m: Layer) -> Spec:
    dim = m.optional_int("dim")
    return Spec(nn.GLU, kwargs={"dim": -1 if dim is None else dim - 1})


@layer("nn.Dropout")
def dropout(m: Layer) -> Spec:
    p = m.number("p", 0.5)
    if m.flag("stochastic_inference"):
        return Spec(twins.AlwaysDropout, (p,), random=True)
    if m.flag("v2"):
        return Spec(nn.Dropout, (p,), random=p > 0)
    return Spec(twins.UnscaledDropout, (p,), random=p > 0)


@layer("nn.SpatialDropout", "nn.VolumetricDropout")
def spatial_dropout(m: Layer) -> Spec:
    p = m.number("p", 0.5)
    if m.flag("stochastic_inference"):
        m.fail("stochastic_inference is not supported; set it to false before saving")
    return Spec(
        twins.SpatialDropout if m.typename == "nn.SpatialDropout" else twins.VolumetricDropout, (p,), random=p > 0
    )


@layer("nn.WhiteNoise")
def white_noise(m: Layer) -> Spec:
    return Spec(twins.WhiteNoise, (m.number("mean", 0), m.number("std", 0.1)), random=True)
