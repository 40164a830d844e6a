"""What a .t7 file holds besides numbers, strings and tensors: tables, objects of Torch classes, functions."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class _BooleanKey:
    """Stands for a Lua boolean used as a key: Python has ``True == 1``, Lua keeps the two apart."""

    __slots__ = ("value",)

    def __init__(self, value: bool) -> None:
        self.value = value


_TRUE, _FALSE = _BooleanKey(True), _BooleanKey(False)


def boolean_key(value: bool) -> _BooleanKey:
    """The key under which a LuaTable keeps the entry of a Lua boolean."""
    return _TRUE if value else _FALSE


class LuaTable:
    """A Lua table: ordered as in the file, compared and hashed by identity (so it can be a key itself).

    Keys are ``int``, ``float``, ``str``, ``bytes``, ``bool`` (distinct from 0 and 1), tables, tensors or objects;
    ``nil`` values do not exist. ``t["name"]`` and ``t.name`` read the same field, ``t[1]`` is the first element of an
    array, and ``len(t)`` counts all entries.

    Raises:
        KeyError, AttributeError: for an absent key, from ``t[key]`` and ``t.key``; ``t.get(key)`` gives ``None``.
    """

    __slots__ = ("__weakref__", "_entries")

    _entries: dict[Any, Any]

    def __init__(self, entries: Mapping[Any, Any] | Iterable[tuple[Any, Any]] = ()) -> None:
        object.__setattr__(self, "_entries", {})
        for key, value in entries.items() if isinstance(entries, (Mapping, LuaTable)) else entries:
            self[key] = value

    @classmethod
    def from_list(cls, values: Iterable[Any]) -> LuaTable:
        """The table ``{values[0], values[1], …}`` with keys 1, 2, …"""
        return cls(enumerate(values, 1))

    def __getitem__(self, key: Any) -> Any:
        return self._entries[boolean_key(key) if key is True or key is False else key]

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is None or isinstance(key, float) and math.isnan(key):
            raise ValueError(f"a Lua table cannot have {'nil' if key is None else 'NaN'} as a key")
        if value is None:
            self._entries.pop(boolean_key(key) if isinstance(key, bool) else key, None)
        else:
            self._entries[boolean_key(key) if isinstance(key, bool) else key] = value

    def __delitem__(self, key: Any) -> None:
        del self._entries[boolean_key(key) if isinstance(key, bool) else key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._entries[name]
        except KeyError:
            raise AttributeError(f"the table has no field {name!r}; it has {_some(self.keys())}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __contains__(self, key: Any) -> bool:
        return (boolean_key(key) if isinstance(key, bool) else key) in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __bool__(self) -> bool:
        return True  # as in Lua: an empty table is true

    def __iter__(self) -> Iterator[Any]:
        for key in self._entries:
            yield key.value if type(key) is _BooleanKey else key

    def keys(self) -> list[Any]:
        """All keys, in order."""
        return list(self)

    def values(self) -> list[Any]:
        """All values, in order."""
        return list(self._entries.values())

    def items(self) -> list[tuple[Any, Any]]:
        """All (key, value) pairs, in order."""
        return list(zip(self, self._entries.values(), strict=True))

    def get(self, key: Any, default: Any = None) -> Any:
        """The value under ``key``, or ``default``."""
        return self._entries.get(boolean_key(key) if isinstance(key, bool) else key, default)

    @property
    def is_list(self) -> bool:
        """True if the keys are exactly 1..n (an empty table counts)."""
        entries = self._entries
        return all(position in entries for position in range(1, len(entries) + 1))

    def border(self) -> int:
        """Lua's ``#table`` for an array: the largest n with keys 1..n all present."""
        n = 0
        while n + 1 in self._entries:
            n += 1
        return n

    def to_list(self) -> list[Any]:
        """The values of keys 1..n as a list; ValueError if there are other keys."""
        if not self.is_list:
            raise ValueError(f"the table is not an array: it has the keys {_some(self.keys())}")
        return [self._entries[position] for position in range(1, len(self._entries) + 1)]

    def to_dict(self) -> dict[Any, Any]:
        """A plain dict of the entries (values untouched); ValueError if a boolean key meets the number 0 or 1."""
        result = dict(self.items())
        if len(result) != len(self._entries):
            raise ValueError("boolean keys and the numbers 0 or 1 are one key in a Python dict; use items()")
        return result

    def __repr__(self) -> str:
        shown = ", ".join(f"{_brief(key)}: {_brief(value)}" for key, value in self.items()[:6])
        more = f", … {len(self)} entries" if len(self) > 6 else ""
        return f"{type(self).__name__}({{{shown}{more}}})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), self.items()

    def __setstate__(self, items: list[tuple[Any, Any]]) -> None:
        for key, value in items:
            self[key] = value


class TdsHash(LuaTable):
    """A ``tds.Hash``: a table that lived outside LuaJIT's memory; saved as one again."""

    __slots__ = ()


class TdsVec(LuaTable):
    """A ``tds.Vec``: keys 1..n; saved as one again."""

    __slots__ = ()


class TorchObject:
    """An object of a Torch class: ``typename`` (``nn.Linear``), class ``version``, and ``fields`` (a LuaTable).

    Fields read as attributes (``obj.weight``) and as items (``obj["weight"]``); ``typename``, ``version`` and
    ``fields`` are the object's own, so a Lua field of such a name is reached by ``obj.fields``.

    An object that is a model or criterion can be called: ``obj(x)`` runs ``obj.to_module()``, which is made at the
    first call and kept; changes to fields after that have no effect on it.
    """

    __slots__ = ("__weakref__", "fields", "typename", "version")

    def __init__(self, typename: str, version: int = 1, fields: LuaTable | Mapping[str, Any] | None = None) -> None:
        set_slot = object.__setattr__
        set_slot(self, "typename", typename)
        set_slot(self, "version", version)
        set_slot(self, "fields", fields if isinstance(fields, LuaTable) else LuaTable(fields or {}))

    def __getitem__(self, key: Any) -> Any:
        return self.fields[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.fields[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self.fields

    def to_module(self) -> torch.nn.Module:
        """The PyTorch module that computes what this Lua module or criterion computes, as `load_model` makes it.

        Raises:
            PortError: the class, or one inside, has no counterpart.
        """
        from ..port import to_module

        return to_module(self)

    def __call__(self, *inputs: Any) -> Any:
        module = _MODULES.get(self)
        if module is None:
            module = _MODULES[self] = self.to_module()
        return module(*inputs)

    def get(self, key: Any, default: Any = None) -> Any:
        """The field ``key``, or ``default``."""
        return self.fields.get(key, default)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in TorchObject.__slots__:
            raise AttributeError(name)
        try:
            return self.fields[name]
        except KeyError:
            known = _some(self.fields.keys())
            raise AttributeError(f"the {self.typename} has no field {name!r}; it has {known}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in TorchObject.__slots__:
            object.__setattr__(self, name, value)
        else:
            self.fields[name] = value

    def __repr__(self) -> str:
        return f"<{self.typename}: {_some(self.fields.keys())}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.typename, self.version), self.fields

    def __setstate__(self, fields: LuaTable) -> None:
        self.fields = fields


_MODULES: weakref.WeakKeyDictionary[TorchObject, torch.nn.Module] = weakref.WeakKeyDictionary()


class LuaFunction:
    """A Lua function as data; nothing of it is ever run by the reader.

    Attributes:
        bytecode: what ``string.dump`` wrote (LuaJIT or Lua 5.1/5.2 bytecode).
        upvalues: for tag 8 a table of ``{name=, id=, value=}``; for tags 6 and 7 a table of bare values.
        tag: 6, 7 or 8: how the file stores it.
    """

    __slots__ = ("__weakref__", "bytecode", "tag", "upvalues")

    def __init__(self, bytecode: bytes, upvalues: Any = None, tag: int = 8) -> None:
        self.bytecode = bytecode
        self.upvalues = LuaTable() if upvalues is None else upvalues
        self.tag = tag

    @property
    def named_upvalues(self) -> dict[str, Any]:
        """Upvalues by name; those of the old tags have no names and are called ``upvalue1``, ``upvalue2``, …"""
        named = {}
        for position, entry in self.upvalues.items():
            if self.tag == 8 and isinstance(entry, LuaTable):
                named[entry.get("name") or f"upvalue{position}"] = entry.get("value")
            else:
                named[f"upvalue{position}"] = entry
        return named

    def __repr__(self) -> str:
        return f"LuaFunction({len(self.bytecode)} bytes of bytecode, upvalues {list(self.named_upvalues)})"


def _brief(value: Any) -> str:
    if isinstance(value, LuaTable):
        return f"{type(value).__name__}({len(value)} entries)"
    if isinstance(value, (str, bytes)):
        return repr(value) if len(value) <= 40 else f"{value[:37]!r}…"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"tensor({'x'.join(map(str, value.shape))}, {value.dtype})"
    return repr(value)


def _some(keys: Iterable[Any]) -> str:
    names = [str(key) if isinstance(key, str) else _brief(key) for key in keys]
    return ", ".join(names[:12]) + (f", … ({len(names)} in all)" if len(names) > 12 else "") if names else "no fields"
