"""Constructors of nn modules and criterions as PyTorch constructors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from ..twins import containers, criterions, linear, pointwise, shape, tables
from .source import Untranslated, arguments, unwrap
from .values import Code, minus_one

if TYPE_CHECKING:
    from .translator import Translator

Values = list[Code]
# settings at which PyTorch has its own default
_DEFAULTS = {"stride": "1", "padding": "0", "output_padding": "0", "dilation": "1", "groups": "1"}
_ACTIVATIONS = {
    "ReLU": "nn.ReLU()", "Tanh": "nn.Tanh()", "Sigmoid": "nn.Sigmoid()", "LogSoftMax": "nn.LogSoftmax(dim={dim})",
    "SoftMax": "nn.Softmax(dim={dim})", "LogSigmoid": "nn.LogSigmoid()", "SoftSign": "nn.Softsign()",
    "TanhShrink": "nn.Tanhshrink()", "ReLU6": "nn.ReLU6()", "Identity": "nn.Identity()",
    "SpatialSoftMax": "nn.Softmax(dim=-3)", "SpatialLogSoftMax": "nn.LogSoftmax(dim=-3)",
}  # fmt: skip
_PLAIN: dict[str, tuple[str, str]] = {
    "Linear": ("nn.Linear", "**"), "Bilinear": ("nn.Bilinear", "**"), "Dropout": ("nn.Dropout", "*"),
    "SpatialDropout": ("nn.Dropout2d", "*"), "ELU": ("nn.ELU", "*"), "LeakyReLU": ("nn.LeakyReLU", "*"),
    "SoftPlus": ("nn.Softplus", "*"), "HardShrink": ("nn.Hardshrink", "*"), "SoftShrink": ("nn.Softshrink", "*"),
    "PixelShuffle": ("nn.PixelShuffle", "*"), "HardTanh": ("nn.Hardtanh", "*"),
}  # fmt: skip
# classes of torch.nn do not have these; the class is written into the script
_TWINS: dict[str, type] = {
    "MulConstant": pointwise.MulConstant, "AddConstant": pointwise.AddConstant, "Abs": pointwise.Abs,
    "Exp": pointwise.Exp, "Log": pointwise.Log, "Square": pointwise.Square, "Sqrt": pointwise.Sqrt,
    "Power": pointwise.Power, "CAddTable": tables.CAddTable, "CMulTable": tables.CMulTable,
    "CSubTable": tables.CSubTable, "CDivTable": tables.CDivTable, "DotProduct": tables.DotProduct,
    "CosineDistance": tables.CosineDistance, "FlattenTable": tables.FlattenTable,
    "PairwiseDistance": tables.PairwiseDistance, "LookupTable": linear.LookupTable,
}  # fmt: skip
_INDEXED: dict[str, type] = {"SelectTable": tables.SelectTable, "SplitTable": shape.SplitTable,
                             "JoinTable": tables.JoinTable}  # fmt: skip
_CONTAINERS: dict[str, type] = {"ConcatTable": containers.ConcatTable, "ParallelTable": containers.ParallelTable,
                                "Concat": containers.Concat}  # fmt: skip
_LOSSES: dict[str, str] = {
    "ClassNLLCriterion": "nn.NLLLoss", "CrossEntropyCriterion": "nn.CrossEntropyLoss", "MSECriterion": "nn.MSELoss",
    "AbsCriterion": "nn.L1Loss", "SmoothL1Criterion": "nn.SmoothL1Loss", "BCECriterion": "nn.BCELoss",
    "SoftMarginCriterion": "nn.SoftMarginLoss", "MultiMarginCriterion": "nn.MultiMarginLoss",
    "MultiLabelMarginCriterion": "nn.MultiLabelMarginLoss", "SpatialClassNLLCriterion": "nn.NLLLoss",
}  # fmt: skip
# losses whose targets are class numbers, which Lua counts from 1
CLASS_TARGETS = {"nn.NLLLoss", "nn.CrossEntropyLoss", "nn.MultiMarginLoss", "nn.MultiLabelMarginLoss"}
_LOSS_TWINS: dict[str, type] = {"MarginCriterion": criterions.MarginCriterion,
                                "CosineEmbeddingCriterion": criterions.CosineEmbeddingCriterion,
                                "DistKLDivCriterion": criterions.DistKLDivCriterion,
                                "HingeEmbeddingCriterion": criterions.HingeEmbeddingCriterion}  # fmt: skip


def _setting(values: Values, place: int, default: str) -> str:
    return values[place].text if place < len(values) and values[place].kind != "nil" else default


def _pair(height: str, width: str) -> str:
    return height if height == width else f"({height}, {width})"


def _source(name: str, positional: list[str], **named: str) -> str:
    kept = [f"{key}={value}" for key, value in named.items() if _DEFAULTS.get(key) != value]
    return f"{name}({', '.join([*positional, *kept])})"


def _spatial(values: Values, first: int, strides: tuple[str, str]) -> tuple[str, str, str]:
    """Kernel, stride and padding of settings in the order kW, kH, dW, dH, padW, padH."""
    kernel = _pair(_setting(values, first + 1, "?"), _setting(values, first, "?"))
    stride = _pair(_setting(values, first + 3, strides[1]), _setting(values, first + 2, strides[0]))
    pad = _setting(values, first + 4, "0")
    return kernel, stride, _pair(_setting(values, first + 5, pad), pad)


def _convolution(values: Values) -> str:
    kernel, stride, padding = _spatial(values, 2, ("1", "1"))
    settings = {"stride": stride, "padding": padding, "groups": _setting(values, 8, "1")}
    return _source("nn.Conv2d", [values[0].text, values[1].text, kernel], **settings)


def _dilated(values: Values) -> str:
    kernel, stride, padding = _spatial(values, 2, ("1", "1"))
    dilation = _pair(_setting(values, 9, "1"), _setting(values, 8, "1"))
    return _source("nn.Conv2d", [values[0].text, values[1].text, kernel], stride=stride, padding=padding,
                   dilation=dilation)  # fmt: skip


def _full_convolution(values: Values) -> str:
    kernel, stride, padding = _spatial(values, 2, ("1", "1"))
    more = _pair(_setting(values, 9, "0"), _setting(values, 8, "0"))
    return _source("nn.ConvTranspose2d", [values[0].text, values[1].text, kernel], stride=stride, padding=padding,
                   output_padding=more)  # fmt: skip


def _pooling(name: str) -> Callable[[Values], str]:
    def make(values: Values) -> str:
        kernel, stride, padding = _spatial(values, 0, (_setting(values, 0, "?"), _setting(values, 1, "?")))
        return _source(name, [kernel] if stride == kernel else [kernel, stride], padding=padding)

    return make


def _max_pooling_1d(values: Values) -> str:
    raise Untranslated("TemporalMaxPooling takes time x features, nn.MaxPool1d features x time")


def _batch_norm(name: str) -> Callable[[Values], str]:
    def make(values: Values) -> str:
        named = {}
        for key, place, default in (("eps", 1, "1e-5"), ("momentum", 2, "0.1"), ("affine", 3, "True")):
            if (value := _setting(values, place, default)) != default:
                named[key] = value
        return _source(name, [values[0].text], **named)

    return make


def _view(values: Values) -> str:
    if values and values[-1].kind == "bool":
        values = values[:-1]
    if any(value.kind not in ("int", "") for value in values):
        raise Untranslated("a View or Reshape with sizes in a table")
    if len(values) == 1:
        return "nn.Flatten()"
    if any(value.text == "-1" for value in values):
        sizes = ", ".join(value.text for value in values[1:])
        if values[0].text == "-1" and len(values) == 2:
            return "nn.Flatten()"
        raise Untranslated(f"a View of a whole batch; write x.reshape(-1, {sizes}) in a forward")
    return f"nn.Unflatten(1, ({', '.join(value.text for value in values)}))"


def _threshold(values: Values) -> str:
    low, value = _setting(values, 0, "1e-6"), _setting(values, 1, "0")
    return "nn.ReLU()" if (low, value) == ("0", "0") else f"nn.Threshold({low}, {value})"


def _zero_padding(values: Values) -> str:
    left = values[0].text
    sides = [_setting(values, place, left) for place in range(4)]
    return f"nn.ZeroPad2d({left if len(set(sides)) == 1 else '(' + ', '.join(sides) + ')'})"


def _up_sampling(values: Values) -> str:
    return f'nn.Upsample(scale_factor={values[0].text}, mode="nearest")'


# how the constructor is written, and the class as a reader would name it
_MADE: dict[str, tuple[Callable[[Values], str], str]] = {
    "SpatialConvolution": (_convolution, "nn.Conv2d"), "SpatialConvolutionMM": (_convolution, "nn.Conv2d"),
    "SpatialDilatedConvolution": (_dilated, "nn.Conv2d"),
    "SpatialFullConvolution": (_full_convolution, "nn.ConvTranspose2d"),
    "SpatialMaxPooling": (_pooling("nn.MaxPool2d"), "nn.MaxPool2d"),
    "SpatialAveragePooling": (_pooling("nn.AvgPool2d"), "nn.AvgPool2d"),
    "BatchNormalization": (_batch_norm("nn.BatchNorm1d"), "nn.BatchNorm1d"),
    "SpatialBatchNormalization": (_batch_norm("nn.BatchNorm2d"), "nn.BatchNorm2d"),
    "VolumetricBatchNormalization": (_batch_norm("nn.BatchNorm3d"), "nn.BatchNorm3d"),
    "View": (_view, "nn.Flatten, nn.Unflatten"), "Reshape": (_view, "nn.Flatten, nn.Unflatten"),
    "Threshold": (_threshold, "nn.ReLU, nn.Threshold"), "SpatialZeroPadding": (_zero_padding, "nn.ZeroPad2d"),
    "SpatialUpSamplingNearest": (_up_sampling, "nn.Upsample"),
    "TemporalMaxPooling": (_max_pooling_1d, "nn.MaxPool1d over the other dimension"),
}  # fmt: skip


def construct(t: Translator, node: Node, name: str) -> Code:
    """``nn.Class(…)``."""
    short = name.split(".")[1]
    values = [t.expression(argument) for argument in arguments(node)]
    made = _construct(t, node, name, short, values)
    t.fresh = t.fresh or made.text.startswith(WEIGHTED)
    return made


# whose initial weights `Torch7Random.reset` draws
WEIGHTED = ("nn.Linear(", "nn.Conv", "nn.BatchNorm", "LookupTable(")


def _construct(t: Translator, node: Node, name: str, short: str, values: Values) -> Code:
    if short == "Dropout" and t.seeded:
        random = t.random()
        share = values[0].text if values else "0.5"
        return Code(f"{t.helper('Dropout')}({share}, {random})", "model")
    if short == "Sequential":
        return Code("nn.Sequential()", "model")
    if short in _LOSSES:
        return _criterion(short, arguments(node), values)
    if short in _LOSS_TWINS:
        return Code(f"{t.twin(_LOSS_TWINS[short])}({', '.join(value.text for value in values)})", "criterion")
    if short in _CONTAINERS:
        dim = f"dim={minus_one(values[0]).text}" if short == "Concat" else ""
        return Code(f"{t.twin(_CONTAINERS[short])}({dim})", "model")
    if short in _ACTIVATIONS:
        return Code(_ACTIVATIONS[short].format(dim=1), "model")
    if short in _PLAIN:
        return Code(f"{_PLAIN[short][0]}({', '.join(value.text for value in values if value.kind != 'bool')})", "model")
    if short in _MADE:
        return Code(_MADE[short][0](values), "model")
    if short in _TWINS:
        kept = [value.text for value in values if value.kind != "bool"]
        return Code(f"{t.twin(_TWINS[short])}({', '.join(kept)})", "model")
    if short in _INDEXED:
        if len(values) > 1:
            raise Untranslated(f"{name} with the number of dimensions of a sample")
        return Code(f"{t.twin(_INDEXED[short])}({minus_one(values[0]).text})", "model")
    raise Untranslated(f"{name}: {advice(name)}")


def _criterion(short: str, nodes: list[Node], values: Values) -> Code:
    cls = _LOSSES[short]
    named = {}
    if short in ("ClassNLLCriterion", "CrossEntropyCriterion", "BCECriterion", "SpatialClassNLLCriterion"):
        if values and values[0].kind != "nil":
            named["weight"] = values[0].text
        values, nodes = values[1:], nodes[1:]
    elif short == "MultiMarginCriterion":
        raise Untranslated("MultiMarginCriterion; use nn.MultiMarginLoss and subtract 1 from the targets")
    if values and unwrap(nodes[0]).type == "false":
        named["reduction"] = '"sum"'
    return Code(_source(cls, [], **named), "criterion", info=cls)


def advice(name: str) -> str:
    """What to do about a module whose constructor has no translation here."""
    from ..spec import REFUSED, TABLE

    if name in REFUSED:
        return REFUSED[name]
    if name in TABLE:
        return "save the model with torch.save and port the .t7 file, which knows this class"
    return "no PyTorch counterpart is known"


def known(name: str) -> str | None:
    """The PyTorch class of a Lua class as a reader would name it, or None."""
    package, _, short = name.rpartition(".")
    if package not in ("nn", "cudnn"):
        return None
    if short == "Sequential":
        return "nn.Sequential"
    if short in _LOSSES:
        return _LOSSES[short]
    if short in _ACTIVATIONS:
        return re.sub(r"\(.*", "", _ACTIVATIONS[short])
    if short in _PLAIN:
        return _PLAIN[short][0]
    if short in _MADE:
        return _MADE[short][1]
    for twins in (_TWINS, _INDEXED, _CONTAINERS, _LOSS_TWINS):
        if short in twins:
            return f"a class {twins[short].__name__}"
    return None
