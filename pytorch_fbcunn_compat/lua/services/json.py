"""JSON text to Lua values and back, for Lua packages such as cjson."""

from __future__ import annotations

import json
from typing import Any

from ..objects import LuaTable

__all__ = ["decode", "encode"]


def _replace(value: Any, old: Any, new: Any) -> Any:
    if isinstance(value, dict):
        return {key: _replace(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replace(item, old, new) for item in value]
    return new if value is old or (not isinstance(value, (str, int, float)) and value == old) else value


def decode(text: str, null: Any = None) -> Any:
    """The value of a JSON text; ``null`` stands for JSON's null (nil would vanish from tables).

    Raises ValueError with line and column for text that is not JSON.
    """
    return _replace(json.loads(text), None, null)


def encode(value: Any, null: Any = None) -> str:
    """JSON text of a Lua value. A table with keys 1 to n is a list, every other one an object.

    Raises ValueError for NaN and infinities, TypeError for functions, tensors and keys that are tables.
    """
    plain = value.to_plain() if isinstance(value, LuaTable) else value
    if null is not None:
        plain = _replace(plain, null, None)
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
