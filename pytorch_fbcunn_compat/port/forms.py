"""How a layer is written: in which form, under which name, with how many inputs."""

from __future__ import annotations

import re
from typing import Any

from torch import nn

from .spec import Spec
from .twins import containers
from .twins import shape as shape_twins
from .twins import tables as table_twins
from .twins.base import TableTwin
from .twins.sequences import SEQUENCES

_ROLES: list[tuple[type, str]] = [
    (nn.Linear, "fc"),
    (nn.modules.conv._ConvTransposeNd, "deconv"),
    (nn.modules.conv._ConvNd, "conv"),
    (nn.modules.batchnorm._NormBase, "norm"),
    (nn.modules.pooling._MaxPoolNd, "pool"),
    (nn.modules.pooling._AvgPoolNd, "pool"),
    (nn.modules.padding._ReflectionPadNd, "pad"),
    (nn.modules.padding._ReplicationPadNd, "pad"),
    (nn.modules.padding._ConstantPadNd, "pad"),
    (nn.Embedding, "embedding"),
    (nn.modules.dropout._DropoutNd, "dropout"),
    (table_twins.CAddTable, "total"),
    (table_twins.CMulTable, "product"),
    (table_twins.CSubTable, "difference"),
    (table_twins.CDivTable, "ratio"),
    (table_twins.JoinTable, "joined"),
    (shape_twins.SplitTable, "part"),
    (shape_twins.View, "viewed"),
    (shape_twins.Reshape, "reshaped"),
    (nn.Sigmoid, "gate"),
]


def chosen(spec: Spec) -> Spec:
    """The form that is written: what a person would write for a batch, if the table has it."""
    return spec.idiom if isinstance(spec.idiom, Spec) else spec


def exact(spec: Spec) -> Spec:
    """The same model written with the forms that do what Lua does for single samples too."""
    spec.idiom = None
    for child in spec.children:
        exact(child)
    return spec


def role(spec: Spec) -> str:
    """A name for a submodule, from what it is."""
    best = chosen(spec)
    if best.cls in (nn.Sequential, containers.Sequential):
        inside = [chosen(child).cls for child in spec.children]
        if any(isinstance(cls, type) and issubclass(cls, nn.modules.conv._ConvNd) for cls in inside):
            return "features"
        return "classifier" if nn.LogSoftmax in inside or nn.Softmax in inside or nn.Flatten in inside else "block"
    for base, name in _ROLES:
        if isinstance(best.cls, type) and issubclass(best.cls, base):
            return name
    name = best.cls.__name__
    if best.cls.__module__.startswith("torch.nn."):
        return name.lower()
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def takes_sequence(spec: Spec) -> bool:
    """Whether a model takes the steps of a sequence: as one tensor, or as one tuple of tensors."""
    if spec.cls in (nn.Sequential, containers.Sequential):
        return bool(spec.children) and takes_sequence(spec.children[0])
    return spec.cls in SEQUENCES


def as_arguments(spec: Spec, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs as a model's forward takes them."""
    return (inputs,) if len(inputs) > 1 and takes_sequence(spec) else inputs


def input_count(spec: Spec) -> int | None:
    """Number of inputs of a model: None for one that takes a tensor, 0 for a table of unknown length."""
    if spec.inputs is not None:
        return spec.inputs
    if spec.cls in (nn.Sequential, containers.Sequential):
        return input_count(spec.children[0]) if spec.children else None
    if spec.cls is containers.ParallelTable:
        return len(spec.children)
    if spec.cls in (containers.ConcatTable, containers.Concat):
        counts = [input_count(child) for child in spec.children]
        known = [count for count in counts if count]
        return max(known) if known else 0 if 0 in counts else None
    two = (table_twins.CSubTable, table_twins.CDivTable, table_twins.Bilinear, table_twins.DotProduct,
           table_twins.CosineDistance, table_twins.PairwiseDistance, table_twins.MatMul, table_twins.MatVec,
           table_twins.Index, table_twins.MaskedSelect)  # fmt: skip
    if spec.cls in two:
        return 2
    return 0 if isinstance(spec.cls, type) and issubclass(spec.cls, (TableTwin, containers.MapTable)) else None
