"""Lua Torch and fbcunn on today's PyTorch.

* ``load`` / ``save``: ``.t7`` files as plain Python objects; ``load_model``: as a ``torch.nn.Module``.
* ``LuaRuntime``: an embedded LuaJIT with torch, nn, optim, … that runs legacy scripts.
* ``nn``, ``ops``, ``functional``: the fbcunn modules and operators for Python programs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .lua import LuaError as LuaError
    from .lua import LuaRuntime as LuaRuntime
    from .port import load_model as load_model
    from .t7 import load as load
    from .t7 import save as save

__version__ = "0.1.0"

# Loaded on first use: `th` and the .t7 reader must not pay for what they do not need.
_HOMES = {
    "LuaError": ".lua",
    "LuaRuntime": ".lua",
    "load": ".t7",
    "load_model": ".port",
    "save": ".t7",
}
_SUBMODULES = ("functional", "lua", "nn", "ops", "port", "t7")

__all__ = [*_HOMES, *_SUBMODULES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name], __name__), name)
    elif name in _SUBMODULES:
        value = importlib.import_module(f".{name}", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
