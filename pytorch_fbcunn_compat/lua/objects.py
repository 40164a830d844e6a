"""Lua values that stay in Lua: tables, functions and everything else without a Python counterpart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .runtime import LuaRuntime


class LuaObject:
    """A live reference to a Lua value. Fields are read as attributes or with ``[]``, methods called with `invoke`."""

    __slots__ = ("_raw", "_runtime")

    def __init__(self, runtime: LuaRuntime, raw: Any) -> None:
        object.__setattr__(self, "_runtime", runtime)
        object.__setattr__(self, "_raw", raw)

    @property
    def typename(self) -> str | None:
        """Name of the Torch class of the value, e.g. ``nn.Linear``; None for other values."""
        return self._runtime.glue("typename", self)

    def invoke(self, method: str, *args: Any) -> Any:
        """Calls ``object:method(args…)``. Raises LuaError."""
        return self._runtime.call(self[method], self, *args)

    def get(self, key: Any, default: Any = None) -> Any:
        """The field, or ``default`` where it is nil. Raises LuaError for values that cannot be indexed."""
        value = self._runtime.glue("get", self, key)
        return default if value is None else value

    def __getitem__(self, key: Any) -> Any:
        value = self._runtime.glue("get", self, key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._runtime.glue("set", self, key, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        value = self._runtime.glue("get", self, name)
        if value is None:
            raise AttributeError(f"{self!r} has no field {name!r}")
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __len__(self) -> int:
        return self._runtime.glue("length", self)

    def __bool__(self) -> bool:
        return True

    def __call__(self, *args: Any) -> Any:
        return self._runtime.call(self, *args)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LuaObject) or other._runtime is not self._runtime:
            return NotImplemented
        return self._runtime.glue("same", self, other)

    def __hash__(self) -> int:
        return hash(self._runtime.glue("identity", self))

    def __str__(self) -> str:
        return self._runtime.call(self._runtime.globals["tostring"], self)

    def __repr__(self) -> str:
        return f"<Lua {self._raw!r}>"


class LuaFunction(LuaObject):
    """A Lua function. Calling it returns None, its result, or the tuple of its results."""

    __slots__ = ()


class LuaTable(LuaObject):
    """A Lua table. Indices are Lua's own: the first element of a list is ``table[1]``."""

    __slots__ = ()

    def items(self) -> Iterator[tuple[Any, Any]]:
        """Keys and values as ``pairs`` gives them, collected before the first is handed out."""
        keys, values, count = self._runtime.glue("items", self)
        raw_keys, raw_values, convert = keys._raw, values._raw, self._runtime.to_python
        for index in range(1, count + 1):
            yield convert(raw_keys[index]), convert(raw_values[index])

    def keys(self) -> Iterator[Any]:
        return (key for key, _ in self.items())

    def values(self) -> Iterator[Any]:
        return (value for _, value in self.items())

    def __iter__(self) -> Iterator[Any]:
        return self.keys()

    def __contains__(self, key: Any) -> bool:
        return self.get(key) is not None

    def to_list(self, deep: bool = True) -> list[Any]:
        """Elements 1 to ``#table``; tables inside become lists or dicts when ``deep``."""
        return self._list({}) if deep else [self.get(index) for index in range(1, len(self) + 1)]

    def to_dict(self, deep: bool = True) -> dict[Any, Any]:
        """All keys and values; tables inside become lists (keys 1 to n) or dicts when ``deep``."""
        return self._dict({}) if deep else dict(self.items())

    def to_plain(self) -> Any:
        """The table and all tables in it as lists (keys 1 to n, not empty) or dicts; cycles are kept."""
        return self._plain({})

    def _list(self, seen: dict[LuaTable, Any]) -> list[Any]:
        result = seen[self] = []
        result += [_plain(self.get(index), seen) for index in range(1, len(self) + 1)]
        return result

    def _dict(self, seen: dict[LuaTable, Any]) -> dict[Any, Any]:
        result = seen[self] = {}
        result.update((key, _plain(value, seen)) for key, value in self.items())
        return result

    def _plain(self, seen: dict[LuaTable, Any]) -> Any:
        count, is_list = 0, True
        for key in self.keys():
            count += 1
            is_list = is_list and isinstance(key, int) and key >= 1
        if count and is_list and len(self) == count:
            return self._list(seen)
        return self._dict(seen)


def _plain(value: Any, seen: dict[LuaTable, Any]) -> Any:
    if not isinstance(value, LuaTable):
        return value
    return seen[value] if value in seen else value._plain(seen)
