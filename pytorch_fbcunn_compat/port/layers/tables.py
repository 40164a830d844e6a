"""Layer table: layers that take or give tables."""

from __future__ import annotations

from ..spec import Layer, Spec, layer
from ..twins import tables as twins
from .shape import dimension, sample_dimension

_PLAIN: dict[str, type] = {
    "nn.CAddTable": twins.CAddTable,
    "nn.CAddTensorTable": twins.CAddTensorTable,
    "nn.CDivTable": twins.CDivTable,
    "nn.CMaxTable": twins.CMaxTable,
    "nn.CMinTable": twins.CMinTable,
    "nn.CMulTable": twins.CMulTable,
    "nn.CSubTable": twins.CSubTable,
    "nn.CosineDistance": twins.CosineDistance,
    "nn.DotProduct": twins.DotProduct,
    "nn.FlattenTable": twins.FlattenTable,
    "nn.MaskedSelect": twins.MaskedSelect,
    "nn.ZipTable": twins.ZipTable,
    "nn.ZipTableOneToMany": twins.ZipTableOneToMany,
}


@layer(*_PLAIN)
def plain(m: Layer) -> Spec:
    return Spec(_PLAIN[m.typename])


@layer("nn.JoinTable")
def join_table(m: Layer) -> Spec:
    dim, _ = sample_dimension(m, "dimension", "nInputDims")
    return Spec(twins.JoinTable, (dim,))


@layer("nn.SelectTable")
def select_table(m: Layer) -> Spec:
    if isinstance(m.lua.get("index"), str):
        m.fail("selects an entry by name; tables become tuples in PyTorch, so only positions can be selected")
    return Spec(twins.SelectTable, (dimension(m, "index"),))


@layer("nn.NarrowTable")
def narrow_table(m: Layer) -> Spec:
    return Spec(twins.NarrowTable, (dimension(m, "offset"), m.int("length", 1)))


@layer("nn.PairwiseDistance")
def pairwise_distance(m: Layer) -> Spec:
    return Spec(twins.PairwiseDistance, (m.number("norm", 2),))


@layer("nn.MM")
def mm(m: Layer) -> Spec:
    return Spec(twins.MatMul, (m.flag("transA"), m.flag("transB")))


@layer("nn.MV")
def mv(m: Layer) -> Spec:
    return Spec(twins.MatVec, (m.flag("trans"),))


@layer("nn.Index")
def index(m: Layer) -> Spec:
    return Spec(twins.Index, (dimension(m, "dimension"),))


@layer("nn.MixtureTable")
def mixture_table(m: Layer) -> Spec:
    dim = m.optional_int("dim")
    return Spec(twins.MixtureTable, () if dim is None else (dim - 1,))
