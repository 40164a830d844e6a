"""Layer table: containers and decorators."""

from __future__ import annotations

import dataclasses

from torch import nn

from ..spec import Layer, Spec, layer, refuse
from ..twins import containers as twins
from ..twins.base import TableTwin
from ..twins.tables import Bilinear, SubtractByElement


def takes_table(spec: Spec) -> bool:
    """Whether the module's input is, or may be, a table."""
    if spec.cls in (nn.Sequential, twins.Sequential):
        return any(takes_table(child) for child in spec.children[:1])
    if spec.cls in (twins.ConcatTable, twins.Concat, twins.DepthConcat):
        return any(takes_table(child) for child in spec.children)
    return isinstance(spec.cls, type) and issubclass(
        spec.cls, (TableTwin, Bilinear, twins.ParallelTable, twins.MapTable, twins.GraphModule)
    )


@layer("nn.Sequential", "nn.CReLU", "nn.Maxout", "nn.SpatialLPPooling")
def sequential(m: Layer) -> Spec:
    children = m.children()
    plain = not children or not takes_table(children[0])
    return Spec(nn.Sequential if plain else twins.Sequential, children=children)


@layer("nn.LayerNormalization")
def layer_normalization(m: Layer) -> Spec:
    """In a batch its Replicate gives the means transposed; Torch7 subtracts them element by element all the same."""
    spec = sequential(m)
    for position, child in enumerate(spec.children):
        if child.typename == "nn.CSubTable":
            spec.children[position] = dataclasses.replace(child, cls=SubtractByElement)
    return spec


@layer("nn.ConcatTable")
def concat_table(m: Layer) -> Spec:
    return Spec(twins.ConcatTable, children=m.children())


@layer("nn.ParallelTable")
def parallel_table(m: Layer) -> Spec:
    return Spec(twins.ParallelTable, children=m.children())


@layer("nn.MapTable")
def map_table(m: Layer) -> Spec:
    """All its modules share the parameters of the first."""
    children = m.children()
    if not children:
        m.fail("holds no module")
    return Spec(twins.MapTable, children=children[:1])


@layer("nn.Concat", "nn.DepthConcat", "inn.DepthConcat")
def concat(m: Layer) -> Spec:
    cls = twins.Concat if m.typename == "nn.Concat" else twins.DepthConcat
    dim = m.int("dimension")
    return Spec(cls, kwargs={"dim": dim - 1 if dim > 0 else dim}, children=m.children())


@layer("nn.Parallel")
def parallel(m: Layer) -> Spec:
    dims = {"input_dim": m.int("inputDimension"), "output_dim": m.int("outputDimension")}
    kwargs = {name: dim - 1 if dim > 0 else dim for name, dim in dims.items()}
    return Spec(twins.Parallel, kwargs=kwargs, children=m.children())


@layer("nn.Decorator", "nn.DontCast", "nn.GPU", "nn.NaN", "nn.Profile")
def decorator(m: Layer) -> Spec:
    """What they add (a device, a check, a clock, replicas) is no part of the function."""
    children = m.children()
    if not children:
        m.fail("holds no module")
    return children[0]


refuse("nn.Convert", "it chooses its steps at its first input; write x.permute(...) or x.flatten(...) instead")
refuse("nn.StochasticGradient", "it is a training loop; port its module and criterion, and train with torch.optim.SGD")
