"""Small conversions that the readers share."""

from __future__ import annotations

import math
from typing import Any

import torch

from .objects import LuaFunction, LuaTable, TorchObject
from .storage import LuaStorage


def as_number(value: float) -> int | float:
    """Lua has only doubles; those that hold a whole number become int (but not -0.0, nor beyond 2^53)."""
    if -9007199254740992.0 <= value <= 9007199254740992.0:
        whole = int(value)
        if whole == value and (whole or math.copysign(1.0, value) > 0):
            return whole
    return value


def as_text(value: bytes) -> str | bytes:
    """Text as str, anything that is not UTF-8 as bytes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def times(numbers: tuple[int, ...]) -> str:
    return "x".join(map(str, numbers[:8])) + ("x…" if len(numbers) > 8 else "")


def describe(value: Any) -> str:
    if isinstance(value, (TorchObject, LuaStorage)):
        return value.typename
    if isinstance(value, torch.Tensor):
        return f"tensor of {value.dtype}"
    return {type(None): "nil", LuaTable: "table", LuaFunction: "function"}.get(type(value), type(value).__name__)
