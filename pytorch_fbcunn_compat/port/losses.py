"""Criterions: inputs and targets to compare two of them on, and the comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from ..t7 import LuaTable, TorchObject
from .reference import Reference
from .spec import PortError, Spec
from .twins import criterions as twins
from .twins import masking
from .verify import TOLERANCE, Difference, Proof, Row, difference, leaves_of, tensors

SAMPLES, CLASSES = 4, 5
Pair = tuple[Any, Any]


def is_criterion(lua: TorchObject) -> bool:
    """Whether an object takes an input and a target."""
    return lua.typename.endswith(("Criterion", "Cost"))


def make_pair(lua: TorchObject, spec: Spec, dtype: torch.dtype) -> tuple[Pair, str]:
    """A random input and target that a criterion accepts, and where their sizes come from.

    Raises:
        PortError: nothing is known of what the criterion takes.
    """
    generator = torch.Generator().manual_seed(1)
    stored = lua.get("gradInput")
    if isinstance(stored, LuaTable):
        stored = next((entry for entry in stored.values() if isinstance(entry, torch.Tensor)), None)
    known = isinstance(stored, torch.Tensor) and stored.numel() > 1
    size = tuple(stored.shape) if known else None
    origin = "the size the criterion last saw" if known else "sizes that it takes"
    return _pair(
        spec, size, lambda *shape: torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)
    ), origin


Draw = Callable[..., torch.Tensor]


def _pair(spec: Spec, size: tuple[int, ...] | None, draw: Draw) -> Pair:
    cls = spec.cls
    if cls is twins.MultiCriterion:
        return _pair(spec.children[0], size, draw)
    if cls is twins.ParallelCriterion:
        pairs = [_pair(child, None, draw) for child in spec.children]
        repeated = spec.kwargs.get("repeat_target", False)
        return tuple(pair[0] for pair in pairs), pairs[0][1] if repeated else tuple(pair[1] for pair in pairs)
    if cls is masking.MaskZeroCriterion:
        input, target = _pair(spec.children[0], size, draw)
        masking.first(input)[0] = 0  # an empty sample
        return input, target
    if cls is twins.SequencerCriterion:
        steps = [_pair(spec.children[0], size, draw) for _ in range(3)]
        once = spec.kwargs.get("repeat_target", False)
        return tuple(input for input, _ in steps), steps[0][1] if once else tuple(target for _, target in steps)
    make = next((make for classes, make in _MAKERS if cls in classes), None)
    if make is None:
        raise PortError(f"{spec.path} ({spec.typename}): give an input and a target with --input and --target")
    weight = spec.weights.get("weight") or spec.weights.get("simplex")
    if size is None:
        width = weight.value.shape[-1] if weight is not None else CLASSES
        size = (2, width, 6, 5) if cls in _PLACES else (SAMPLES, width)
    return make(size, draw)


def _regression(size: tuple[int, ...], draw: Draw) -> Pair:
    return draw(*size), draw(*size)


def _distribution(size: tuple[int, ...], draw: Draw) -> Pair:
    return draw(*size).log_softmax(-1), draw(*size).softmax(-1)


def _probability(size: tuple[int, ...], draw: Draw) -> Pair:
    return draw(*size).sigmoid(), (draw(*size) > 0).to(draw(1).dtype)


def _marks(values: torch.Tensor) -> torch.Tensor:
    """1 and -1."""
    return torch.where(values > 0, 1.0, -1.0).to(values.dtype)


def _two_sides(size: tuple[int, ...], draw: Draw) -> Pair:
    return draw(*size), _marks(draw(*size))


def _distance(size: tuple[int, ...], draw: Draw) -> Pair:
    return draw(*size).abs(), _marks(draw(*size))


def _classes(size: tuple[int, ...], draw: Draw) -> Pair:
    """Scores with the classes along dimension 1 (0 of a single sample), and class numbers from 1."""
    scores = draw(*size)
    dim = 1 if scores.dim() > 1 else 0
    target = draw(*size).argmax(dim) + 1
    return scores.log_softmax(dim), target if target.dim() else target.item()


def _labels(size: tuple[int, ...], draw: Draw) -> Pair:
    """Two labels for each sample, ended by 0."""
    ranked = draw(*size).argsort(-1) + 1
    ranked[..., 2:] = 0
    return draw(*size), ranked


def _pair_of_vectors(size: tuple[int, ...], draw: Draw) -> Pair:
    return (draw(*size), draw(*size)), _marks(draw(size[0]))


def _pair_and_mark(size: tuple[int, ...], draw: Draw) -> Pair:
    return (draw(size[-1]), draw(size[-1])), -1


def _ranking(size: tuple[int, ...], draw: Draw) -> Pair:
    return (draw(size[0]), draw(size[0])), _marks(draw(size[0]))


def _ratio(size: tuple[int, ...], draw: Draw) -> Pair:
    return (draw(size[0]).abs(), draw(size[0]).abs()), None


_PLACES = (twins.SpatialClassNLLCriterion, twins.PlacewiseCrossEntropy, twins.SpatialAutoCropMSECriterion)
_MAKERS: list[tuple[tuple[type, ...], Callable[[tuple[int, ...], Draw], Pair]]] = [
    ((nn.L1Loss, nn.MSELoss, nn.SmoothL1Loss, twins.WeightedMSE, twins.SpatialAutoCropMSECriterion), _regression),
    ((twins.DistKLDivCriterion,), _distribution),
    ((twins.WeightedBCE, twins.MultiLabelSoftMarginCriterion), _probability),
    ((nn.SoftMarginLoss, twins.MarginCriterion), _two_sides),
    ((twins.HingeEmbeddingCriterion,), _distance),
    ((twins.ClassNLLCriterion, twins.CrossEntropyCriterion, twins.SpatialClassNLLCriterion, twins.PlacewiseCrossEntropy,
      twins.MultiMarginCriterion, twins.ClassSimplexCriterion), _classes),
    ((twins.MultiLabelMarginCriterion,), _labels),
    ((twins.CosineEmbeddingCriterion,), _pair_of_vectors),
    ((twins.L1HingeEmbeddingCriterion,), _pair_and_mark),
    ((twins.MarginRankingCriterion,), _ranking),
    ((twins.DistanceRatioCriterion,), _ratio),
    ((twins.L1Cost,), lambda size, draw: (draw(*size), None)),
]  # fmt: skip


def prove_loss(
    reference: Reference, criterion: nn.Module, spec: Spec, pair: Pair, tolerance: float | None = None
) -> list[Proof]:
    """Compares the loss and the gradient of its input; a criterion has no modes, so there is one proof.

    Raises:
        PortError: the original fails, or sizes differ.
    """
    theirs = reference.loss(*pair)
    leaves = leaves_of(pair[0])
    ours = criterion(leaves, pair[1])
    ours.backward()
    dtype = next((value.dtype for value in tensors(leaves) if value.is_floating_point()), torch.float32)
    row = Row(
        "", spec.path, spec.typename, difference(ours.reshape(1), torch.tensor([theirs], dtype=torch.float64), "loss")
    )
    for leaf, other in zip(tensors(leaves), tensors(reference.loss_gradient(*pair)), strict=False):
        if leaf.requires_grad and other.numel() == leaf.numel():
            mine = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            row.gradient = difference(mine, other, "gradient of the input").merged(row.gradient)
    if row.gradient is None:
        row.gradient = Difference(float("inf"), float("inf"))
    return [Proof(False, tolerance or TOLERANCE[dtype], [row], [])]
