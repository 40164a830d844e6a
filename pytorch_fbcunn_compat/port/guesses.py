"""Shapes of inputs that a model may take, judged by its first layers. Whether it does is found out by trying."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch import nn

from .recurrence import without_identities
from .spec import Spec
from .twins import containers, linear, recurrent, sequences
from .twins import criterions as losses
from .twins import shape as shape_twins
from .twins import spatial as spatial_twins

BATCH = 4
STEPS = 5
# usual sizes first; a fully convolutional model takes any
_USUAL = (32, 28, 64, 224, 227, 231, 256, 299, 96, 112, 128)
SIDES = (*_USUAL, *(side for side in range(4, 64) if side not in (28, 32)), 512)
LENGTHS = (7, 10, 20, 50, 100, *(length for length in range(4, 66) if length not in (7, 10, 20, 50)))
ANY = ((BATCH, 8), (2, 3, 16, 16), (8,))  # where no layer says what it takes
_MOST = 400  # combinations for the inputs of a graph


class Indices:
    """Shape of an input of indices, and how many there are to choose from."""

    def __init__(self, rows: int, *size: int) -> None:
        self.rows, self.size = rows, size


def guesses(spec: Spec) -> list[Any]:
    """Shapes that a module may take; a list, which may nest, for one that takes a table. None if nothing is known."""
    if spec.cls is containers.ParallelTable:
        parts = [guesses(child) for child in spec.children]
        return [list(shapes) for shapes in zip(*parts, strict=False)] if all(parts) else []
    if spec.cls is containers.GraphModule:
        return _of_graph(without_identities(spec), spec.inputs or 1)
    if spec.cls is containers.Parallel:
        return [shape for inner in _first(spec.children[:1]) for shape in _with_slices(spec, inner)]
    if spec.cls in (sequences.BothWays, sequences.BothWaysShifted):
        steps = [shape for shape in _first(spec.children[:1]) if isinstance(shape, tuple) and len(shape) == 3]
        return [[shape[1:]] * shape[0] for shape in steps]
    if spec.cls is sequences.Repeated:
        return [shape[1:] for shape in _first(spec.children) if isinstance(shape, tuple) and len(shape) == 3]
    if spec.cls in sequences.SEQUENCES:
        features = _features(spec)
        return [(STEPS, BATCH - 1, features), *_first(spec.children)] if features else _first(spec.children)
    found = _of_layer(spec)
    return found or _first(spec.children)


def _of_layer(spec: Spec) -> list[Any]:
    first = spec.args[0] if spec.args else None
    if spec.cls in (nn.Linear, nn.BatchNorm1d, linear.Cosine, linear.Euclidean):
        return [(BATCH, first), (first,)]
    if spec.cls in (linear.LookupTable, linear.LookupTableMaskZero):
        rows = first - 1 if spec.cls is linear.LookupTableMaskZero else first
        return [Indices(rows, 3, length) for length in LENGTHS]
    if spec.cls is shape_twins.OneHot:
        return [Indices(first, BATCH)]
    if spec.cls is nn.ConvTranspose2d:  # a generator begins with few places, or one
        return [(2, first, side, side) for side in (1, 4, 8, *SIDES)]
    if spec.cls in (nn.Conv2d, nn.BatchNorm2d, nn.InstanceNorm2d, spatial_twins.MapConv2d, spatial_twins.SubSampling2d):
        return [(2, first, side, side) for side in SIDES]
    if spec.cls in (nn.Conv3d, nn.ConvTranspose3d, nn.BatchNorm3d):
        sides = (1, 4, 8, 16) if spec.cls is nn.ConvTranspose3d else (8, 16, 32, 64)
        return [(2, first, side, side, side) for side in sides]
    if spec.cls is spatial_twins.TemporalConvolution:
        return [(2, length, first) for length in (20, 50, 100, 10)]
    if spec.cls in _WHOLE_SEQUENCES:
        return [(STEPS, BATCH - 1, first)]
    return []


_WHOLE_SEQUENCES = (recurrent.OneBiasLSTM, recurrent.OneBiasGRU, recurrent.SequenceLSTM, recurrent.SequenceGRU,
                    recurrent.SequenceRNN, sequences.OneBiasRNN)  # fmt: skip


def _first(children: list[Spec]) -> list[Any]:
    """What the first of these that says anything takes."""
    return next((found for child in children if (found := guesses(child))), [])


def _features(spec: Spec) -> int | None:
    """The number of features of a step, said by the first Linear of a recurrent layer."""
    if spec.cls in (nn.Linear, sequences.FastLSTM):
        return spec.args[0]
    return next((found for child in spec.children if (found := _features(child)) is not None), None)


def _with_slices(spec: Spec, shape: Any) -> list[Any]:
    """The shape of what is cut into slices of a shape; images of one plane may have lost that dimension."""
    if not isinstance(shape, tuple):
        return []
    dim = spec.kwargs["input_dim"]
    shapes = [shape, (shape[0], *shape[2:])] if len(shape) == 4 and shape[1] == 1 else [shape]
    return [(*one[:dim], len(spec.children), *one[dim:]) for one in reversed(shapes)]


# ---- graphs ----


def _of_graph(graph: Spec, count: int) -> list[Any]:
    """Shapes for the entries of a graph's input; an entry of which nothing is known has the shape of a neighbour."""
    entries: Any = [_entries(graph, (0, entry)) for entry in range(count)] if count > 1 else _entries(graph, (0,))
    leaves = list(_leaves(entries))
    if len(leaves) == 1:
        return [[shape] if count > 1 else shape for shape in _of_entry(graph, leaves[0])]
    parts = [_flat(_of_entry(graph, leaf)) for leaf in leaves]
    return [_nested(entries, iter(shapes)) for shapes in islice(_combined(parts), _MOST)]


def _entries(graph: Spec, place: tuple[int, ...]) -> Any:
    """An entry of a graph's input, or a list of those inside where nothing takes it whole."""
    uses = list(_leaves([*graph.kwargs["steps"], graph.kwargs["outputs"]]))
    inside = [use[len(place)] for use in uses if len(use) > len(place) and use[: len(place)] == place]
    if place in uses or not inside:
        return place
    return [_entries(graph, (*place, number)) for number in range(max(inside) + 1)]


def _leaves(wanted: Any) -> Iterator[tuple[int, ...]]:
    if isinstance(wanted, list):
        for entry in wanted:
            yield from _leaves(entry)
    else:
        yield wanted


def _nested(entries: Any, shapes: Iterator[Any]) -> Any:
    return [_nested(entry, shapes) for entry in entries] if isinstance(entries, list) else next(shapes)


def _combined(parts: list[list[Any]]) -> Iterator[list[Any]]:
    """One shape an entry: the first of each, then others of the entry that has most to choose from."""
    longest = max(range(len(parts)), key=lambda place: len(parts[place]))
    for choice in parts[longest] or [None]:
        firsts = [choice if place == longest else part[0] if part else None for place, part in enumerate(parts)]
        sizes = list(dict.fromkeys(first for first in firsts if isinstance(first, tuple)))
        after = [next((other for other in firsts[place:] if isinstance(other, tuple)), None)
                 for place in range(len(firsts))]  # fmt: skip
        found = [[first or other for first, other in zip(firsts, after, strict=True)]]
        found += [[first or size for first in firsts] for size in sizes]
        yield from (shapes for shapes in found if None not in shapes)


def _flat(shapes: list[Any]) -> list[Any]:
    """Those of one tensor; indices also without a dimension for time, which a step of a sequence has not."""
    plain = [shape for shape in shapes if not isinstance(shape, list)]
    if not plain or not isinstance(plain[0], Indices):
        return plain
    rows = plain[0].rows
    return [Indices(rows, BATCH), *(Indices(rows, BATCH, length) for length in LENGTHS)]


def _of_entry(graph: Spec, entry: tuple[int, ...]) -> list[Any]:
    """Shapes for one entry of a graph's input, judged by the modules that take it, or take what others make of it."""
    places: set[Any] = {entry}
    for number, (child, step) in enumerate(zip(graph.children, graph.kwargs["steps"], strict=True), 1):
        if isinstance(step, tuple) and step in places:
            found = guesses(child)
            if found:
                return found
            places.add((number,))
        if isinstance(step, list) and child.cls is losses.CriterionTable and step[1:] == [entry]:
            return [Indices(2, BATCH)] if child.children[0].cls in _OF_CLASSES else []
    return []


_OF_CLASSES = (losses.ClassNLLCriterion, losses.CrossEntropyCriterion)
