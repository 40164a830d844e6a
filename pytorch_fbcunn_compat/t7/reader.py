"""The iterative reader of Torch7's object stream, common to binary and ascii files.

A stream is untrusted. Nothing recurses, each count and size is compared with the bytes that are left before memory is
taken for it, and tensors are checked against their storage. `BinaryReader` adds a fast lane for runs of plain tables;
it gives up on anything unusual and leaves it, and its error message, to the code here.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any, NoReturn

import torch

from .errors import T7Error, format_path
from .objects import LuaFunction, LuaTable, TorchObject, boolean_key
from .registry import READERS, new_object
from .storage import STORAGE_CLASSES, TENSOR_CLASSES, ElementType, LuaStorage, expected_span
from .values import as_number, as_text, describe, times

NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = 0, 1, 2, 3, 4, 5
FUNCTION_BARE, FUNCTION_2014, FUNCTION = 6, 7, 8

NO_KEY = object()  # the open table waits for a key
MAX_DIMENSIONS = 4096
set_entries = LuaTable._entries.__set__  # type: ignore[attr-defined]
new_table = LuaTable.__new__


class Reader:
    """Reads objects one after another; subclasses say how numbers and bytes are spelled.

    Attributes:
        position: offset of the next byte in the stream.
        objects: the tables, objects, tensors, storages and functions read so far, by the file's numbering.
    """

    min_entry = 12  # bytes that the smallest entry of a table takes: a boolean key (8) and a nil (4)
    min_object = 4

    def __init__(self, source: str, end: int, place: torch.device | None = None, functions: str = "data") -> None:
        self.source = source
        self.end = end
        self.place = place
        self.functions = functions
        self.position = 0
        self.objects: dict[int, Any] = {}
        self.index: int | None = None
        # frames of the objects that are open around the current one: (table, entries, left, key) for a table,
        # (object, None, generator or None, None) for a Torch object or function that waits for what belongs to it
        self.stack: list[tuple[Any, Any, Any, Any]] = []
        self.open: tuple[Any, Any, Any, Any] | None = None

    # ---- spelling, defined by the subclasses ----

    def int(self) -> int:
        raise NotImplementedError

    def long(self) -> int:
        raise NotImplementedError

    def double(self) -> float:
        raise NotImplementedError

    def string(self) -> bytes:
        raise NotImplementedError

    def raw(self, count: int) -> bytes:
        raise NotImplementedError

    def geometry(self, dimensions: int) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        """Sizes, strides and 1-based offset of a tensor."""
        raise NotImplementedError

    def elements(self, element: ElementType) -> torch.Tensor:
        """Length and contents of a storage, as a 1-D tensor in memory of its own."""
        raise NotImplementedError

    def plain_tables(
        self, table: Any, entries: dict[Any, Any] | None, left: Any, key: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Fast lane: reads on while entries are plain; returns the state in which the next object must be read here."""
        return table, entries, left, key

    # ---- errors ----

    def fail(self, reason: str, offset: int | None = None) -> NoReturn:
        raise T7Error(
            reason,
            source=self.source,
            offset=self.position if offset is None else offset,
            index=self.index,
            path=self.path() or None,
        )

    def path(self) -> str:
        """Where the current object belongs, such as ``model.modules[3].weight``."""
        frames = [*self.stack, self.open] if self.open else self.stack
        keys = [key.value if type(key) is type(boolean_key(True)) else key for _, _, _, key in frames]
        return format_path([key for key in keys if key is not NO_KEY and key is not None])

    def need(self, count: int, what: str) -> None:
        """Checks that `count` bytes are left."""
        left = self.end - self.position
        if count < 0 or count > left:
            self.fail(
                f"{what} needs {count} bytes, the file has {left} left" if count >= 0 else f"{what} has size {count}"
            )

    def remaining_entries(self, count: int, per_entry: int) -> None:
        """Checks that `count` entries of `per_entry` objects each can still fit into the file."""
        self.need(count * per_entry * self.min_object, f"a list of {count} entries")

    # ---- objects ----

    def object(self) -> Any:
        """The stream's next object, complete with everything below it."""
        self.stack.clear()
        self.open = None
        self.index = None
        stack = self.stack
        table: Any = None
        entries: dict[Any, Any] | None = None
        left: Any = 0
        key: Any = None
        try:
            while True:
                if entries is not None:
                    table, entries, left, key = self.plain_tables(table, entries, left, key)
                self.open = (table, entries, left, key)
                finished = False
                if entries is not None and key is NO_KEY and left == 0:
                    value, finished = table, True
                else:
                    start = self.position
                    tag = self.int()
                    if tag == NIL:
                        value = None
                    elif tag == NUMBER:
                        value = as_number(self.double())
                    elif tag == STRING:
                        value = as_text(self.string())
                    elif tag == BOOLEAN:
                        value = self.int() != 0
                    elif tag == TABLE:
                        value, count = self._table_header()
                        if count:
                            stack.append((table, entries, left, key))
                            table, entries, left, key = value, value._entries, count, NO_KEY
                            continue
                    elif tag == TORCH:
                        value, waiting = self._torch_object()
                        if waiting is not None:
                            stack.append((table, entries, left, key))
                            table, entries, left, key = value, None, waiting, None
                            continue
                    elif tag in (FUNCTION_BARE, FUNCTION_2014, FUNCTION):
                        value, fresh = self._function(tag)
                        if fresh:
                            stack.append((table, entries, left, key))
                            table, entries, left, key = value, None, _FUNCTION_UPVALUES, None
                            continue
                    else:
                        self._unknown_tag(tag, start, table)

                # hand the value to what is open around it; what that completes goes to the next one out
                while True:
                    if finished:
                        table, entries, left, key = stack.pop()
                    finished = True
                    self.open = (table, entries, left, key)
                    if entries is not None:
                        if key is NO_KEY:
                            key = self._as_key(value)
                            break
                        if value is None:
                            entries.pop(key, None)
                        else:
                            entries[key] = value
                        key, left = NO_KEY, left - 1
                        if left:
                            break
                        value = table
                    elif table is None:
                        return value
                    elif self._hand_over(table, left, value):
                        value = table
                    else:
                        break
        except T7Error as error:
            if error.source is not None:
                raise
            self.fail(error.reason)
        finally:
            self.open = None
            stack.clear()

    def _as_key(self, value: Any) -> Any:
        if isinstance(value, bool):
            return boolean_key(value)
        if value is None or isinstance(value, float) and math.isnan(value):
            self.fail(f"a table has {'nil' if value is None else 'NaN'} as a key")
        return value

    def _unknown_tag(self, tag: int, start: int, waiting: Any) -> NoReturn:
        if isinstance(waiting, TorchObject):
            self.fail(
                f"no table of fields follows the class name {waiting.typename} (object type {tag}): the class writes "
                "itself in a format of its own; describe it with pytorch_fbcunn_compat.t7.register_reader",
                start,
            )
        self.fail(
            f"unknown object type {tag} (0 to 8 exist): the file is damaged or its long size is not the assumed", start
        )

    def _table_header(self) -> tuple[LuaTable, int]:
        """The table and its number of entries still to read (0 for one that was met before)."""
        self.index = index = self.int()
        known = self.objects.get(index)
        if known is not None:
            return self._known(known, LuaTable, "table"), 0
        count = self.int()
        self.need(count * self.min_entry, f"a table of {count} entries")
        table = new_table(LuaTable)
        set_entries(table, {})
        self.objects[index] = table
        return table, count

    def _known(self, known: Any, wanted: Any, what: str) -> Any:
        if not isinstance(known, wanted):
            self.fail(f"a reference to a {what} names an object that is a {describe(known)}")
        return known

    def _class_name(self) -> tuple[str, int]:
        start = self.position
        first = self.string()
        version = 0
        if first.startswith(b"V ") and first[2:].strip().isdigit() and len(first) < 12:
            version = int(first[2:])
            first = self.string()
        if not first or len(first) > 1000 or not all(32 < byte < 127 for byte in first):
            self.fail(f"{first[:40]!r} is not a class name", start)
        return first.decode("ascii"), version

    def _torch_object(self) -> tuple[Any, Any]:
        """A Torch object and what it still waits for (None if it is complete)."""
        self.index = index = self.int()
        known = self.objects.get(index)
        if known is not None:
            if isinstance(known, LuaFunction) or type(known) is LuaTable:
                self._known(known, TorchObject, "Torch object")
            return known, None
        typename, version = self._class_name()
        element = TENSOR_CLASSES.get(typename)
        if element is not None:
            self.objects[index] = tensor = self._tensor(element)
            return tensor, None
        element = STORAGE_CLASSES.get(typename)
        if element is not None:
            self.objects[index] = storage = self._storage(element)
            return storage, None
        reader = READERS.get(typename)
        if reader is None:
            self.objects[index] = obj = TorchObject(typename, version)
            return obj, _FIELDS
        self.objects[index] = obj = new_object(typename, version)
        generator = reader(self, obj)
        return obj, None if _advance(generator, None, first=True) else generator

    def _hand_over(self, obj: Any, waiting: Any, value: Any) -> bool:
        """Gives a Torch object or function the value it waits for; True if it is complete then."""
        if waiting is _FIELDS:
            if type(value) is not LuaTable:
                self.fail(
                    f"no table of fields follows the class name {obj.typename}, but a {describe(value)}: the class "
                    "writes itself in a format of its own; describe it with pytorch_fbcunn_compat.t7.register_reader"
                )
            obj.fields = value
            return True
        if waiting is _FUNCTION_UPVALUES:
            if type(value) is not LuaTable:
                self.fail(f"the upvalues of a function are a {describe(value)}, not a table")
            obj.upvalues = value
            return True
        return _advance(waiting, value)

    def _function(self, tag: int) -> tuple[LuaFunction, bool]:
        if self.functions == "refuse":
            self.fail('the file holds a Lua function, and functions="refuse" was asked for')
        if tag == FUNCTION_BARE:
            index = None
        else:
            self.index = index = self.int()
            known = self.objects.get(index)
            if known is not None:
                return self._known(known, LuaFunction, "function"), False
        function = LuaFunction(self.string(), tag=tag)
        if index is not None:
            self.objects[index] = function
        return function, True

    # ---- tensors ----

    def _storage(self, element: ElementType) -> LuaStorage:
        return self.new_storage(element, self.elements(element))

    def new_storage(self, element: ElementType, data: torch.Tensor) -> LuaStorage:
        if self.place is not None:
            data = data.to(self.place(element) if callable(self.place) else self.place)
        return LuaStorage(element.storage_class, data)

    def _tensor(self, element: ElementType) -> torch.Tensor:
        dimensions = self.int()
        if not 0 <= dimensions <= MAX_DIMENSIONS:
            self.fail(f"a {element.tensor_class} has {dimensions} dimensions")
        size, stride, offset = self.geometry(dimensions)
        number = self.index
        tag = self.int()
        if tag == NIL:
            storage = None
        elif tag == TORCH:
            index = self.int()
            storage = self.objects.get(index)
            if storage is None:
                self.index = index
                typename, _ = self._class_name()
                if typename != element.storage_class:
                    self.fail(f"a {element.tensor_class} has a {typename} as its storage")
                self.objects[index] = storage = self._storage(element)
                self.index = number
            elif not isinstance(storage, LuaStorage) or storage.typename != element.storage_class:
                self.fail(f"a {element.tensor_class} has a {describe(storage)} as its storage")
        else:
            self.fail(f"a {element.tensor_class} has an object of type {tag} as its storage")
        return self.build_tensor(element, size, stride, offset, storage)

    def build_tensor(
        self,
        element: ElementType,
        size: tuple[int, ...],
        stride: tuple[int, ...],
        offset: int,
        storage: LuaStorage | None,
    ) -> torch.Tensor:
        """A tensor over `storage`, once its geometry is shown to stay inside."""
        if not size:
            if storage is None:
                empty = torch.empty(0, dtype=element.dtype)
                return empty if self.place is None else self.new_storage(element, empty).data
            return storage.data.as_strided((0,), (1,), 0)
        if min(size) < 0 or min(stride) < 0 or math.prod(max(length, 1) for length in size) >= 1 << 62:
            self.fail(f"a {element.tensor_class} has size {times(size)} and stride {times(stride)}")
        span = expected_span(size, stride)
        have = 0 if storage is None else len(storage)
        if span and (offset < 1 or offset - 1 + span > have):
            self.fail(
                f"size {times(size)} with stride {times(stride)} from element {offset} needs {offset - 1 + span} "
                f"elements, the storage has {have}"
            )
        if storage is None or not span:
            return (torch.empty(0, dtype=element.dtype) if storage is None else storage.data).as_strided(
                size, stride, 0
            )
        return storage.data.as_strided(size, stride, offset - 1)


_FIELDS = "fields"
_FUNCTION_UPVALUES = "upvalues"


def _advance(generator: Generator[None, Any, None], value: Any, first: bool = False) -> bool:
    """Lets a registered reader go on to its next request; True if it is done."""
    try:
        if first:
            next(generator)
        else:
            generator.send(value)
    except StopIteration:
        return True
    return False
