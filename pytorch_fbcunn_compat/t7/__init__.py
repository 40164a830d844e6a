"""Torch7 files (.t7) in Python: `load`, `save`, `iter_objects`, and the types they deal in."""

from __future__ import annotations

from .api import iter_objects, load
from .errors import T7Error
from .objects import LuaFunction, LuaTable, TdsHash, TdsVec, TorchObject
from .registry import register_reader, register_writer
from .storage import LuaStorage
from .writer import save

__all__ = [
    "LuaFunction",
    "LuaStorage",
    "LuaTable",
    "T7Error",
    "TdsHash",
    "TdsVec",
    "TorchObject",
    "iter_objects",
    "load",
    "register_reader",
    "register_writer",
    "save",
]
