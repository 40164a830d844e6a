"""Layer table: linear maps, distances to prototypes, lookup tables."""

from __future__ import annotations

import torch
from torch import nn

from ...t7 import LuaTable, TorchObject
from ..spec import Layer, Spec, Weight, layer, refuse
from ..twins import linear as twins
from ..twins import tables


@layer("nn.Linear", "nn.LinearNoBias")
def linear(m: Layer) -> Spec:
    out_features, in_features = _matrix(m, "weight")
    weights = {"weight": m.weight("weight")}
    if m.has_tensor("bias"):
        weights["bias"] = m.weight("bias", shape=(out_features,))
        return Spec(nn.Linear, (in_features, out_features), weights=weights)
    return Spec(nn.Linear, (in_features, out_features), {"bias": False}, weights)


def _matrix(m: Layer, name: str) -> tuple[int, int]:
    tensor = m.tensor(name)
    if tensor.dim() != 2:
        m.fail(f"the tensor {name!r} should have 2 dimensions, not {tensor.dim()}")
    return tensor.shape[0], tensor.shape[1]


@layer("nn.LinearWeightNorm")
def linear_weight_norm(m: Layer) -> Spec:
    out_features, in_features = _matrix(m, "v")
    weights = {"v": m.weight("v"), "g": m.weight("g")}
    if m.has_tensor("bias"):
        weights["bias"] = m.weight("bias")
    kwargs = {"bias": "bias" in weights, "eps": m.number("eps", 1e-16)}
    return Spec(twins.LinearWeightNorm, (in_features, out_features), kwargs, weights)


@layer("nn.WeightNorm")
def weight_norm_decorator(m: Layer) -> Spec:
    """The decorated layer with a parametrized weight."""
    inner = m.port(_with_weight(m), "modules[1]")
    shape = inner.weights["weight"].value.shape
    dim = m.int("outputDim", 1) - 1
    if dim != 0 and inner.cls not in (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d):
        m.fail(f"a weight norm along dimension {dim + 1} of a {inner.typename} is not supported")

    def from_rows(tensor: torch.Tensor) -> torch.Tensor:
        # v is stored as outputs x rest, the output dimension first
        moved = (shape[dim], *(size for axis, size in enumerate(shape) if axis != dim))
        return tensor.reshape(moved).movedim(0, dim)

    def from_scales(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.reshape([shape[dim] if axis == dim else 1 for axis in range(len(shape))])

    weights = {
        "parametrizations.weight.original0": m.weight("g", from_scales),
        "parametrizations.weight.original1": m.weight("v", from_rows),
    }
    if "bias" in inner.weights and m.has_tensor("bias"):
        weights["bias"] = m.weight("bias")
    return Spec(twins.weight_norm, kwargs={"dim": dim}, weights=weights, children=[inner])


def _with_weight(m: Layer) -> TorchObject:
    """The decorated module; the file leaves out its weight, which follows from v and g."""
    modules = m.lua.get("modules")
    if not isinstance(modules, LuaTable) or not isinstance(modules.get(1), TorchObject):
        m.fail("holds no module")
    module = modules[1]
    if module.get("weight") is not None:
        return module
    size, dim = m.sizes("weightSize"), m.int("outputDim", 1) - 1
    moved = [size[dim], *(length for axis, length in enumerate(size) if axis != dim)]
    fields = LuaTable(module.fields)
    fields["weight"] = m.tensor("v").reshape(moved).movedim(0, dim)
    return TorchObject(module.typename, module.version, fields)


@layer("nn.Bilinear")
def bilinear(m: Layer) -> Spec:
    out_features, in1_features, in2_features = m.tensor("weight").shape
    weights = {"weight": m.weight("weight")}
    if m.has_tensor("bias"):
        weights["bias"] = m.weight("bias")
    kwargs = {} if "bias" in weights else {"bias": False}
    return Spec(tables.Bilinear, (in1_features, in2_features, out_features), kwargs, weights)


@layer("nn.Cosine")
def cosine(m: Layer) -> Spec:
    out_features, in_features = _matrix(m, "weight")
    return Spec(twins.Cosine, (in_features, out_features), weights={"weight": m.weight("weight")})


@layer("nn.Euclidean")
def euclidean(m: Layer) -> Spec:
    in_features, out_features = _matrix(m, "weight")
    return Spec(twins.Euclidean, (in_features, out_features), weights={"weight": m.weight("weight", torch.t)})


@layer("nn.WeightedEuclidean")
def weighted_euclidean(m: Layer) -> Spec:
    in_features, out_features = _matrix(m, "weight")
    weights = {"weight": m.weight("weight", torch.t), "scale": m.weight("diagCov", torch.t)}
    return Spec(twins.WeightedEuclidean, (in_features, out_features), weights=weights)


@layer("nn.SparseLinear")
def sparse_linear(m: Layer) -> Spec:
    out_features, in_features = _matrix(m, "weight")
    weights = {"weight": m.weight("weight"), "bias": m.weight("bias")}
    return Spec(tables.SparseLinear, (in_features, out_features), weights=weights)


@layer("nn.PartialLinear")
def partial_linear(m: Layer) -> Spec:
    lookup = _find(m.lua.get("network"), "nn.LookupTable")
    if lookup is None:
        m.fail("the lookup table that holds the weight is missing in its network")
    owner = Layer(lookup, f"{m.path}.network", m._port)
    out_features, in_features = _matrix(owner, "weight")
    weights: dict[str, Weight] = {"weight": owner.weight("weight")}
    if m.has_tensor("bias"):
        weights["bias"] = m.weight("bias", lambda tensor: tensor.reshape(-1))
    partition = [int(column) - 1 for column in m.tensor("partition").flatten().tolist()]
    everything = partition == list(range(out_features))
    kwargs = {"bias": "bias" in weights, "partition": None if everything else partition}
    return Spec(tables.PartialLinear, (in_features, out_features), kwargs, weights)


def _find(value: object, typename: str) -> TorchObject | None:
    """The first module of a class, depth first."""
    if not isinstance(value, TorchObject):
        return None
    if value.typename == typename:
        return value
    modules = value.get("modules")
    for module in modules.values() if modules is not None else ():
        found = _find(module, typename)
        if found is not None:
            return found
    return None


@layer("nn.LookupTable", "nn.LookupTableGPU")
def lookup_table(m: Layer) -> Spec:
    rows, features = _matrix(m, "weight")
    kwargs: dict[str, object] = {}
    padding = m.int("paddingValue", 0)
    if padding > 0:
        kwargs["padding_idx"] = padding - 1
    if m.has("maxNorm"):
        kwargs |= {"max_norm": m.number("maxNorm"), "norm_type": m.number("normType", 2)}
    if m.flag("shouldScaleGradByFreq"):
        kwargs["scale_grad_by_freq"] = True
    return Spec(twins.LookupTable, (rows, features), kwargs, {"weight": m.weight("weight")})


@layer("nn.LookupTableMaskZero")
def lookup_table_mask_zero(m: Layer) -> Spec:
    rows, features = _matrix(m, "weight")
    return Spec(twins.LookupTableMaskZero, (rows, features), {"padding_idx": 0}, {"weight": m.weight("weight")})


refuse("nn.IndexLinear", "its input is a batch of key and value lists; use nn.EmbeddingBag with per_sample_weights")
refuse(
    "nn.Kmeans", "it is a clustering procedure with no gradient; run it in the bridge, or use sklearn.cluster.KMeans"
)
