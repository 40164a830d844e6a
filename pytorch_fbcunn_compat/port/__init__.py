"""Lua models as PyTorch modules: `load_model`, and `port_file` that writes them as source and proves them.

`layers` is the table of Torch classes; `build` makes live modules of it, `emit` source text, `verify` the proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .build import find_model, load_model, to_module
from .spec import Layer, PortError, Spec, UnknownLayer, layer

if TYPE_CHECKING:
    from .files import Ported, port_file

__all__ = [
    "Layer",
    "PortError",
    "Ported",
    "Spec",
    "UnknownLayer",
    "find_model",
    "layer",
    "load_model",
    "port_file",
    "to_module",
]


def __getattr__(name: str) -> Any:
    if name in ("Ported", "port_file"):  # with safetensors and rich, which load_model does not need
        from . import files

        return getattr(files, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
