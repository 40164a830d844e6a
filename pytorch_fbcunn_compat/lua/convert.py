"""Conversion of values between Python and one Lua runtime.

=================================  ===================================
Lua                                Python
=================================  ===================================
nil, boolean                       None, bool
number                             int where it is integral, else float
string                             str (any byte survives), bytes where the runtime was made with ``encoding=None``
tensor                             torch.Tensor: the same tensor, not a copy
table, function, other             LuaTable, LuaFunction, LuaObject (live)
new table (only from Python)       list, tuple, dict (copied)
function (only from Python)        any callable
=================================  ===================================

A coroutine that has not been started arrives as its function: lupa does that.

lupa hands strings over as Latin-1, one character a byte. They are decoded here as UTF-8 with ``surrogateescape``: text
comes out right, and a string that is not UTF-8 goes back to Lua as the same bytes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lupa.luajit21 import lua_type

from .objects import LuaFunction, LuaObject, LuaTable

if TYPE_CHECKING:
    from .runtime import LuaRuntime

_EXACT = 2**53  # Lua's numbers are doubles
_KINDS = {"table": LuaTable, "function": LuaFunction}


class Converter:
    """Both directions for one runtime. ``encoding``: how Lua strings are read; None for bytes."""

    def __init__(self, runtime: LuaRuntime, encoding: str | None) -> None:
        self._runtime = runtime
        self._encoding = encoding

    def to_python(self, value: Any) -> Any:
        """A value as lupa gives it, for Python."""
        if type(value) is str:
            return self.text(value)
        kind = lua_type(value)
        if kind is None:  # None, bool, number, or a Python object that only passed through Lua
            return value
        if kind == "cdata":
            address = self._runtime.raw_glue("tensor_address", value)
            if address is not None:
                from .. import _native

                return _native.handles().tensor_from_address(address)
        return _KINDS.get(kind, LuaObject)(self._runtime, value)

    def text(self, value: str) -> str | bytes:
        """A Lua string."""
        if self._encoding is None:
            return value.encode("latin-1")
        if value.isascii():
            return value
        return value.encode("latin-1").decode(self._encoding, "surrogateescape")

    def raw_text(self, value: str | bytes) -> str:
        """A Python string for lupa."""
        if isinstance(value, str):
            if value.isascii():
                return value
            value = value.encode(self._encoding or "utf-8", "surrogateescape")
        return value.decode("latin-1")

    def to_lua(self, value: Any) -> Any:
        """A Python value in the form in which lupa takes it.

        Raises OverflowError for an integer that no Lua number holds exactly, TypeError for NumPy arrays and for values
        of another runtime.
        """
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind is float:
            return value
        if kind is str or kind is bytes:
            return self.raw_text(value)
        if isinstance(value, int):
            return self._integer(int(value))
        if isinstance(value, LuaObject):
            if value._runtime is not self._runtime:
                raise TypeError(f"{value!r} belongs to another LuaRuntime; copy it with to_plain() or as a tensor")
            return value._raw
        if isinstance(value, (list, tuple, dict)):
            return self._table(value, {})
        if isinstance(value, (bytearray, memoryview)):
            return self.raw_text(bytes(value))
        if isinstance(value, (str, bytes, float)):
            return self.raw_text(value) if not isinstance(value, float) else float(value)
        return self._other(value)

    @staticmethod
    def _integer(value: int) -> int:
        if not -_EXACT <= value <= _EXACT:
            raise OverflowError(f"{value} does not fit into a Lua number exactly; pass a float or a string")
        return value

    def _other(self, value: Any) -> Any:
        torch = sys.modules.get("torch")  # nobody can have a tensor who has not imported torch
        if torch is not None and isinstance(value, torch.Tensor):
            from .. import _native

            self._runtime.use_torch()
            return self._runtime.raw_glue("tensor_at", _native.handles().address_of_new_handle(value))
        numpy = sys.modules.get("numpy")
        if numpy is not None and isinstance(value, numpy.ndarray):
            raise TypeError("a NumPy array cannot go to Lua as it is; pass torch.from_numpy(array) or array.tolist()")
        if numpy is not None and isinstance(value, numpy.generic):
            return self.to_lua(value.item())
        if isinstance(value, os.PathLike):
            return self.raw_text(os.fsencode(value))
        if callable(value):
            return self._runtime.callback(value)
        return value  # opaque for Lua

    def _table(self, value: list | tuple | dict, seen: dict[int, Any]) -> Any:
        if id(value) in seen:
            return seen[id(value)]
        table = seen[id(value)] = self._runtime.new_table()
        pairs = value.items() if isinstance(value, dict) else enumerate(value, 1)
        for key, item in pairs:
            inner = self._table(item, seen) if isinstance(item, (list, tuple, dict)) else self.to_lua(item)
            table[self.to_lua(key)] = inner
        return table

    def callback(self, function: Callable[..., Any]) -> Callable[..., tuple]:
        """What lupa calls for a Python function: ``(True, results…)``, or ``(False, message)`` when it raises."""
        runtime = self._runtime

        def invoke(*args: Any) -> tuple:
            with runtime.python_running():
                try:
                    result = function(*[self.to_python(value) for value in args])
                    results = result if isinstance(result, tuple) else (result,)
                    return (True, *[self.to_lua(value) for value in results])
                except BaseException as error:
                    return False, self.raw_text(runtime.note(error))

        return invoke
