"""Layer table: criterions. Class numbers in targets stay 1-based."""

from __future__ import annotations

from torch import nn

from ...t7 import LuaTable
from ..spec import Layer, Spec, Weight, layer
from ..twins import criterions as twins


def reduction(m: Layer) -> dict[str, object]:
    return {} if m.flag("sizeAverage", True) else {"reduction": "sum"}


def average(m: Layer) -> dict[str, object]:
    return {} if m.flag("sizeAverage", True) else {"size_average": False}


def class_weights(m: Layer) -> dict[str, Weight]:
    return {"weight": m.buffer("weights")} if m.has_tensor("weights") else {}


_REDUCED: dict[str, type] = {
    "nn.AbsCriterion": nn.L1Loss,
    "nn.MSECriterion": nn.MSELoss,
    "nn.SmoothL1Criterion": nn.SmoothL1Loss,
    "nn.SoftMarginCriterion": nn.SoftMarginLoss,
    "nn.MultiLabelMarginCriterion": twins.MultiLabelMarginCriterion,
}
_AVERAGED: dict[str, type] = {
    "nn.DistKLDivCriterion": twins.DistKLDivCriterion,
    "nn.DistanceRatioCriterion": twins.DistanceRatioCriterion,
    "nn.SpatialAutoCropMSECriterion": twins.SpatialAutoCropMSECriterion,
}
_MARGIN: dict[str, tuple[type, float]] = {
    "nn.CosineEmbeddingCriterion": (twins.CosineEmbeddingCriterion, 0),
    "nn.HingeEmbeddingCriterion": (twins.HingeEmbeddingCriterion, 1),
    "nn.MarginCriterion": (twins.MarginCriterion, 1),
    "nn.MarginRankingCriterion": (twins.MarginRankingCriterion, 1),
}


@layer(*_REDUCED)
def reduced(m: Layer) -> Spec:
    return Spec(_REDUCED[m.typename], kwargs=reduction(m))


@layer(*_AVERAGED)
def averaged(m: Layer) -> Spec:
    return Spec(_AVERAGED[m.typename], kwargs=average(m))


@layer(*_MARGIN)
def with_margin(m: Layer) -> Spec:
    cls, default = _MARGIN[m.typename]
    return Spec(cls, (m.number("margin", default),), average(m))


@layer("nn.BCECriterion", "nn.MultiLabelSoftMarginCriterion")
def bce(m: Layer) -> Spec:
    weights = class_weights(m)
    cls = twins.WeightedBCE if m.typename == "nn.BCECriterion" else twins.MultiLabelSoftMarginCriterion
    return Spec(cls, tuple(weights["weight"].value.shape) if weights else (), average(m), weights)


@layer("nn.ClassNLLCriterion", "nn.SpatialClassNLLCriterion")
def class_nll(m: Layer) -> Spec:
    cls = twins.ClassNLLCriterion if m.typename == "nn.ClassNLLCriterion" else twins.SpatialClassNLLCriterion
    return _nll(m, cls, reduction(m))


def _nll(m: Layer, cls: type, kwargs: dict[str, object]) -> Spec:
    ignored = m.int("ignoreIndex", -100)
    if ignored != -100:
        kwargs["ignore_index"] = ignored - 1
    weights = class_weights(m)
    if weights:
        kwargs["weight"] = weights["weight"].value
    return Spec(cls, kwargs=kwargs, weights=weights)


@layer("nn.CrossEntropyCriterion")
def cross_entropy(m: Layer) -> Spec:
    inner = Layer(m.lua.get("nll"), f"{m.path}.nll", m._port) if m.has("nll") else m
    return _nll(inner, twins.CrossEntropyCriterion, reduction(m))


@layer("nn.ClassSimplexCriterion")
def class_simplex(m: Layer) -> Spec:
    return Spec(twins.ClassSimplexCriterion, (m.int("nClasses"),), average(m), {"simplex": m.buffer("simplex")})


@layer("nn.WeightedMSECriterion")
def weighted_mse(m: Layer) -> Spec:
    weight = m.buffer("weight")
    return Spec(twins.WeightedMSE, tuple(weight.value.shape), average(m), {"weight": weight})


@layer("nn.L1Cost")
def l1_cost(m: Layer) -> Spec:
    return Spec(twins.L1Cost)


@layer("nn.L1HingeEmbeddingCriterion")
def l1_hinge_embedding(m: Layer) -> Spec:
    return Spec(twins.L1HingeEmbeddingCriterion, (m.number("margin", 1),))


@layer("nn.MultiMarginCriterion")
def multi_margin(m: Layer) -> Spec:
    weights = class_weights(m)
    kwargs = reduction(m) | {"p": m.int("p", 1), "margin": m.number("margin", 1)}
    if weights:
        kwargs["weight"] = weights["weight"].value
    return Spec(twins.MultiMarginCriterion, kwargs=kwargs, weights=weights)


@layer("nn.MultiCriterion", "nn.ParallelCriterion")
def several(m: Layer) -> Spec:
    children = m.children("criterions")
    stored = m.lua.get("weights")
    factors = stored.to_list() if isinstance(stored, LuaTable) else stored.tolist()
    kwargs: dict[str, object] = {"weights": tuple(factors)}
    if m.typename == "nn.MultiCriterion":
        return Spec(twins.MultiCriterion, kwargs=kwargs, children=children)
    if m.flag("repeatTarget"):
        kwargs["repeat_target"] = True
    return Spec(twins.ParallelCriterion, kwargs=kwargs, children=children)


@layer("nn.CriterionTable", "nn.ModuleFromCriterion")
def criterion_table(m: Layer) -> Spec:
    criterion = m.child("criterion")
    criterion.path = ""  # it keeps its gradient without the factor that it is given from outside
    return Spec(twins.CriterionTable, children=[criterion])


@layer("nn.ModuleCriterion")
def module_criterion(m: Layer) -> Spec:
    if not m.has("inputModule") or not m.has("targetModule"):
        m.fail("a ModuleCriterion without inputModule or targetModule is not supported; use an nn.Identity")
    children = [m.child(name) for name in ("criterion", "inputModule", "targetModule")]
    return Spec(twins.ModuleCriterion, children=children)
