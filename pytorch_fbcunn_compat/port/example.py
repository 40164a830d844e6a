"""An input to compare two models on: given by the user, shaped as the model last saw it, or found by trying."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from ..t7 import LuaTable, TorchObject, load
from .forms import input_count
from .guesses import ANY, BATCH, Indices, guesses
from .spec import PortError, Spec

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


def _random(shape: Any, dtype: torch.dtype, generator: torch.Generator) -> Any:
    if isinstance(shape, list):
        return tuple(_random(entry, dtype, generator) for entry in shape)
    if isinstance(shape, Indices):
        return torch.randint(1, shape.rows + 1, shape.size, generator=generator)
    return torch.randn(shape, dtype=torch.float64, generator=generator).to(dtype)


def _candidates(lua: TorchObject, spec: Spec) -> list[tuple[list[Any], str]]:
    found: list[tuple[list[Any], str]] = []
    stored = _stored(lua.get("gradInput"))
    if stored:
        smaller = [(min(shape[0], BATCH), *shape[1:]) if len(shape) in (2, 4, 5) else shape for shape in stored]
        origin = "the shape the model last saw"
        found += [(smaller, origin), (list(stored), origin)]
    origin = "found by trying"
    shapes = guesses(spec) or (ANY if input_count(spec) is None else [])
    return found + [(shape if isinstance(shape, list) else [shape], origin) for shape in shapes]


def _stored(value: Any) -> list[tuple[int, ...]] | None:
    """Shapes of the gradInput that a model keeps from its last backward."""
    if isinstance(value, torch.Tensor):
        return [tuple(value.shape)] if value.numel() else None
    if isinstance(value, LuaTable) and value.is_list and len(value):
        shapes = [_stored(entry) for entry in value.to_list()]
        return [shape[0] for shape in shapes if shape] if all(shapes) else None
    return None
