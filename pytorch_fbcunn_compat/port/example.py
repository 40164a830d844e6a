"""An input to compare two models on: given by the user, shaped as the model last saw it, or found by trying."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from ..t7 import LuaTable, TorchObject, load
from .recurrence import without_identities
from .spec import PortError, Spec
from .twins import containers, linear
from .twins import shape as shape_twins
from .twins import spatial as spatial_twins

BATCH = 4
# usual sizes first; a fully convolutional model takes any
SIDES = (
    32,
    28,
    64,
    224,
    227,
    231,
    256,
    299,
    96,
    112,
    128,
    *(side for side in range(4, 64) if side not in (28, 32)),
    512,
)
Inputs = tuple[torch.Tensor, ...]


def read_inputs(paths: list[str], dtype: torch.dtype) -> Inputs:
    """Inputs from .npy, .npz or .t7 files, tables as tuples; floating-point ones become `dtype`."""
    found: list[Any] = []
    for path in paths:
        if path.endswith(".t7"):
            value = load(path)
            entries = value.to_list() if isinstance(value, LuaTable) else [value]
        else:
            data = np.load(path, allow_pickle=False)
            entries = [torch.from_numpy(data[name]) for name in data.files] if hasattr(data, "files") else [
                torch.from_numpy(data)
            ]  # fmt: skip
        found += [_read(entry, path, dtype) for entry in entries]
    return tuple(found)


def _read(entry: Any, path: str, dtype: torch.dtype) -> Any:
    if isinstance(entry, LuaTable) and entry.is_list:
        return tuple(_read(inner, path, dtype) for inner in entry.to_list())
    if not isinstance(entry, torch.Tensor):
        raise PortError(f"{path}: an input should be a tensor or a table of tensors, not {entry!r:.60}")
    return entry.to(dtype) if entry.is_floating_point() else entry


def make_inputs(lua: TorchObject, spec: Spec, model: nn.Module, dtype: torch.dtype) -> tuple[Inputs, str]:
    """Random inputs that the model accepts, and where their shape comes from.

    Raises:
        PortError: no shape could be found.
    """
    generator = torch.Generator().manual_seed(1)
    for shapes, origin in _candidates(lua, spec):
        inputs = tuple(_random(shape, dtype, generator) for shape in shapes)
        try:
            with torch.no_grad():
                run(model, inputs)
        except (RuntimeError, ValueError, IndexError, TypeError, ZeroDivisionError):
            continue
        return inputs, origin
    raise PortError(
        "no input could be found that the model accepts (the file has been cleared of buffers, or the model takes a "
        "table); give one with --input FILE.npy"
    )


def run(model: nn.Module, inputs: Inputs) -> Any:
    """The model's output in evaluation mode, the model left in its mode."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        return model.eval()(*inputs)
    finally:
        for module, training in modes:
            module.training = training


def _random(shape: Any, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
    if isinstance(shape, _Indices):
        return torch.randint(1, shape.rows + 1, shape.size, generator=generator)
    return torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)


class _Indices:
    """Shape of an input of indices, and how many there are to choose from."""

    def __init__(self, rows: int, *size: int) -> None:
        self.rows, self.size = rows, size


def _candidates(lua: TorchObject, spec: Spec) -> list[tuple[list[Any], str]]:
    found: list[tuple[list[Any], str]] = []
    stored = _stored(lua.get("gradInput"))
    if stored:
        smaller = [(min(shape[0], BATCH), *shape[1:]) if len(shape) in (2, 4, 5) else shape for shape in stored]
        origin = "the shape the model last saw"
        found += [(smaller, origin), (list(stored), origin)]
    origin = "found by trying"
    return found + [([shape] if not isinstance(shape, list) else shape, origin) for shape in _guesses(spec)]


def _stored(value: Any) -> list[tuple[int, ...]] | None:
    """Shapes of the gradInput that a model keeps from its last backward."""
    if isinstance(value, torch.Tensor):
        return [tuple(value.shape)] if value.numel() else None
    if isinstance(value, LuaTable) and value.is_list and len(value):
        shapes = [_stored(entry) for entry in value.to_list()]
        return [shape[0] for shape in shapes if shape] if all(shapes) else None
    return None


def _guesses(spec: Spec) -> list[Any]:
    """Shapes that a module may take, judged by the first layer that says so."""
    if spec.cls is containers.ParallelTable:
        parts = [_guesses(child) for child in spec.children]
        return [[part[0] for part in parts]] if all(parts) else []
    if spec.cls is containers.GraphModule:
        return _guesses_of_graph(without_identities(spec), spec.inputs or 1)
    first = spec.args[0] if spec.args else None
    if spec.cls in (nn.Linear, nn.BatchNorm1d, linear.Cosine, linear.Euclidean):
        return [(BATCH, first), (first,)]
    if spec.cls in (linear.LookupTable, linear.LookupTableMaskZero):
        return [_Indices(first, 3, length) for length in (7, 10, 20, 50, 100)]
    if spec.cls is shape_twins.OneHot:
        return [_Indices(first, BATCH)]
    if spec.cls is nn.ConvTranspose2d:  # a generator begins with few places, or one
        return [(2, first, side, side) for side in (1, 4, 8, *SIDES)]
    if spec.cls in (
        nn.Conv2d,
        nn.BatchNorm2d,
        spatial_twins.MapConv2d,
        spatial_twins.SubSampling2d,
    ):
        return [(2, first, side, side) for side in SIDES]
    if spec.cls in (nn.Conv3d, nn.ConvTranspose3d, nn.BatchNorm3d):
        sides = (1, 4, 8, 16) if spec.cls is nn.ConvTranspose3d else (8, 16, 32, 64)
        return [(2, first, side, side, side) for side in sides]
    if spec.cls is spatial_twins.TemporalConvolution:
        return [(2, length, first) for length in (20, 50, 100, 10)]
    for child in spec.children:
        found = _guesses(child)
        if found:
            return found
    return []


def _guesses_of_graph(graph: Spec, count: int) -> list[Any]:
    """Shapes for the entries of a graph's input; an entry of which nothing is known has the shape of a neighbour."""
    parts = [_guesses_of_entry(graph, entry if count > 1 else None) for entry in range(count)]
    if count == 1:
        return parts[0]
    firsts: list[Any] = [_Indices(part[0].rows, BATCH) if part and isinstance(part[0], _Indices) else
                         part[0] if part else None for part in parts]  # fmt: skip
    sizes = list(dict.fromkeys(first for first in firsts if isinstance(first, tuple)))
    after = [next((other for other in firsts[place:] if isinstance(other, tuple)), None) for place in range(count)]
    found = [[first or other for first, other in zip(firsts, after, strict=True)]]
    found += [[first or size for first in firsts] for size in sizes]
    return [shapes for shapes in found if None not in shapes]


def _guesses_of_entry(graph: Spec, entry: int | None) -> list[Any]:
    """Shapes for one entry of a graph's input (None: all of it), judged by the modules that take it as it is."""
    for child, step in zip(graph.children, graph.kwargs["steps"], strict=True):
        if step == ((0,) if entry is None else (0, entry)):
            found = _guesses(child)
            if found:
                return found
    return []
