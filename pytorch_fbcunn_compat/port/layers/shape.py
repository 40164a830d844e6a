"""Layer table: shape, selection and reduction. Dimensions become 0-based."""

from __future__ import annotations

import torch
from torch import nn

from ...t7 import LuaTable
from ...t7.storage import TENSOR_CLASSES
from ..spec import Layer, Spec, layer
from ..twins import shape as twins


def dimension(m: Layer, name: str, default: int | None = None) -> int:
    """A 1-based dimension or index counted from 0; negative ones stay."""
    value = m.int(name, default)
    if value == 0:
        m.fail(f"the field {name!r} is 0; Torch7 counts from 1")
    return value - 1 if value > 0 else value


def sample_dimension(m: Layer, name: str, dims: str, default: int | None = None) -> tuple[int, int | None]:
    """A dimension of a sample, as a negative one where the size of a sample is known."""
    value, count = dimension(m, name, default), m.optional_int(dims)
    if value >= 0 and count is not None and count > value:
        return value - count, None
    return value, count


@layer("nn.View")
def view(m: Layer) -> Spec:
    size = m.sizes("size") if m.has("size") else [m.int("numElements")]
    dims = m.optional_int("numInputDims")
    idiom: Spec | str | None = None
    if size == [-1] and dims is None:
        idiom = "{x}.flatten()"
    elif dims is None and -1 in size:
        idiom = f"{{x}}.reshape({', '.join(map(str, size))})"
    elif dims is None or -1 not in size:
        idiom = Spec(nn.Flatten) if len(size) == 1 else f"{{x}}.reshape(-1, {', '.join(map(str, size))})"
    elif size == [-1]:
        idiom = Spec(nn.Flatten, () if dims == 1 else (-dims,))
    return Spec(twins.View, tuple(size), {} if dims is None else {"num_input_dims": dims}, idiom=idiom)


@layer("nn.Reshape")
def reshape(m: Layer) -> Spec:
    size = m.sizes("size")
    mode = None if m.lua.get("batchMode") is None else m.flag("batchMode")
    kwargs = {} if mode is None else {"batch_mode": mode}
    idiom: Spec | str = f"{{x}}.reshape({'' if mode is False else '-1, '}{', '.join(map(str, size))})"
    if len(size) == 1 and mode is not False:
        idiom = Spec(nn.Flatten)
    return Spec(twins.Reshape, tuple(size), kwargs, idiom=idiom)


@layer("nn.Collapse")
def collapse(m: Layer) -> Spec:
    return Spec(twins.Collapse, (m.int("nInputDim"),))


@layer("nn.Transpose")
def transpose(m: Layer) -> Spec:
    pairs = []
    permutations = m.lua.get("permutations")
    for entry in permutations.to_list() if isinstance(permutations, LuaTable) else ():
        first, second = (int(number) for number in entry.to_list())
        pairs.append((first - 1, second - 1))
    dims = m.optional_int("numInputDims")
    if dims is not None:
        pairs = [(first - dims, second - dims) for first, second in pairs]
    idiom = "{x}" + "".join(f".transpose({first}, {second})" for first, second in pairs)
    return Spec(twins.Transpose, tuple(pairs), idiom=idiom)


@layer("nn.Squeeze")
def squeeze(m: Layer) -> Spec:
    dims = m.optional_int("numInputDims")
    if not m.has("dim"):
        return Spec(twins.Squeeze)
    dim = dimension(m, "dim")
    kwargs = {} if dims is None else {"num_input_dims": dims}
    return Spec(twins.Squeeze, (dim,), kwargs, idiom=f"{{x}}.squeeze({dim})" if dims is None else None)


@layer("nn.Unsqueeze")
def unsqueeze(m: Layer) -> Spec:
    dims, dim = m.optional_int("numInputDims"), m.int("pos") - 1
    idiom = f"{{x}}.unsqueeze({dim if dims is None else dim - dims - 1})"
    return Spec(twins.Unsqueeze, (dim,), {} if dims is None else {"num_input_dims": dims}, idiom=idiom)


@layer("nn.Select")
def select(m: Layer) -> Spec:
    return Spec(twins.Select, (dimension(m, "dimension"), dimension(m, "index")))


@layer("nn.Narrow")
def narrow(m: Layer) -> Spec:
    args = (dimension(m, "dimension"), dimension(m, "index"), m.int("length", 1))
    dim, start, length = args
    if start < 0:
        return Spec(twins.Narrow, args)
    idiom = f"{{x}}.narrow({dim}, {start}, {length})"
    if 0 <= dim <= 3 and length < 0:
        end = "" if length == -1 else str(length + 1)
        idiom = f"{{x}}[{':, ' * dim}{start}:{end}]"
    return Spec(twins.Narrow, args, idiom=idiom if length >= 0 or 0 <= dim <= 3 else None)


@layer("nn.Replicate")
def replicate(m: Layer) -> Spec:
    dims = m.optional_int("ndim")
    kwargs = {} if dims is None else {"num_input_dims": dims}
    return Spec(twins.Replicate, (m.int("nfeatures"), m.int("dim", 1) - 1), kwargs)


@layer("nn.Padding")
def padding(m: Layer) -> Spec:
    args = (m.int("dim") - 1, m.int("pad"), m.optional_int("nInputDim"), m.number("value", 0), m.int("index", 1) - 1)
    return Spec(twins.Padding, args)


@layer("nn.Constant")
def constant(m: Layer) -> Spec:
    value = m.buffer("value")
    dims = m.optional_int("nInputDim")
    kwargs = {} if dims is None else {"num_input_dims": dims}
    return Spec(twins.Constant, tuple(value.value.shape), kwargs, {"value": value})


@layer("nn.Sum", "nn.Mean")
def summation(m: Layer) -> Spec:
    dim, dims = sample_dimension(m, "dimension", "nInputDims", 1)
    average = m.flag("sizeAverage", m.typename == "nn.Mean")
    keep = not m.flag("squeeze", True)
    # an nInputDims that no input can have (Sum(2, -1, true)) shifts nothing
    dims = dims if dims is not None and dims >= 0 else None
    kwargs: dict[str, object] = {} if dims is None else {"num_input_dims": dims}
    kwargs |= ({"average": True} if average else {}) | ({"squeeze": False} if keep else {})
    operation = "mean" if average else "sum"
    idiom = f"{{x}}.{operation}({dim}{', keepdim=True' if keep else ''})" if dims is None else None
    return Spec(twins.Sum, (dim,), kwargs, idiom=idiom)


@layer("nn.Max", "nn.Min")
def extremum(m: Layer) -> Spec:
    dim, dims = sample_dimension(m, "dimension", "nInputDims", 1)
    name = "max" if m.typename == "nn.Max" else "min"
    cls = twins.Max if name == "max" else twins.Min
    idiom = f"{{x}}.{name}({dim}).values" if dims is None else None
    return Spec(cls, (dim,), {} if dims is None else {"num_input_dims": dims}, idiom=idiom)


@layer("nn.OneHot")
def one_hot(m: Layer) -> Spec:
    """Its output has the type of the module, which class numbers do not tell."""
    element = TENSOR_CLASSES.get(m.text("_type", "torch.FloatTensor"))
    dtype = torch.float32 if element is None or not element.dtype.is_floating_point else element.dtype
    size = m.int("outputSize")
    cast = f"to({dtype})" if dtype is not torch.float32 else "float()"
    kwargs = {} if dtype is torch.float32 else {"dtype": dtype}
    return Spec(twins.OneHot, (size,), kwargs, idiom=f"nn.functional.one_hot({{x}}.long() - 1, {size}).{cast}")


@layer("nn.SplitTable")
def split_table(m: Layer) -> Spec:
    dim, _ = sample_dimension(m, "dimension", "nInputDims")
    return Spec(twins.SplitTable, (dim,))


@layer("nn.Bottle")
def bottle(m: Layer) -> Spec:
    (inner,) = m.children()
    dims = m.int("nInputDim", 2)
    kwargs = {"input_dims": dims, "output_dims": m.int("nOutputDim", dims)}
    return Spec(twins.Bottle, kwargs=kwargs, children=[inner])
