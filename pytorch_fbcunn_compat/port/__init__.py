"""Lua models as PyTorch modules: `load_model`, and `port` that writes them as source.

`layers` is the table of Torch classes; `build` makes live modules of it, `emit` source text, `verify` the proof.
"""

from __future__ import annotations

from .build import find_model, load_model, to_module
from .spec import PortError, Spec, UnknownLayer, layer

__all__ = ["PortError", "Spec", "UnknownLayer", "find_model", "layer", "load_model", "to_module"]
