"""Shortcuts for what large files are made of: long runs of records with the same fields, and of alike small tensors.

Each shape is one `struct` layout that covers the object's head, constants included; an object that differs in anything
is left to the general code. Read this way, 100,000 small tables take half the time.
"""

from __future__ import annotations

import math
import struct
from operator import itemgetter
from typing import Any

import numpy as np
import torch

from .objects import LuaTable
from .storage import ElementType, LuaStorage

MAX_FIELDS = 32
_new = LuaTable.__new__
_set_entries = LuaTable._entries.__set__  # type: ignore[attr-defined]
_KINDS: dict[type, str] = {int: "d", float: "d", bool: "b", str: "s", bytes: "s"}


class RecordShape:
    """Tables with given keys in a given order, whose values are numbers, booleans and strings of given places.

    A record is cut into segments that end with a string's length, since what follows a string has no fixed place.
    """

    def __init__(self, byteorder: str, keys: list[int | float | str | bytes], kinds: str) -> None:
        self.tries = 0
        self.records = 0
        layout = "idiii"  # the number under which the record stands, tag of a table, index, count
        self.places: list[tuple[Any, int, bool]] = []  # key, place of its value in the segment, is it a boolean
        constants: list[int] = [0, 2, 4]
        expected: list[Any] = [1, 3, len(keys)]
        self.segments: list[tuple[Any, int, Any, Any, list[tuple[Any, int, bool]], Any]] = []
        places: list[tuple[Any, int, bool]] = []
        field = 5
        for key, kind in zip(keys, kinds, strict=True):
            if isinstance(key, (int, float)):
                layout += "id"
                constants += [field, field + 1]
                expected += [1, key]
                field += 2
            else:
                raw = key.encode() if isinstance(key, str) else key
                layout += f"ii{len(raw)}s"
                constants += [field, field + 1, field + 2]
                expected += [2, len(raw), raw]
                field += 3
            constants.append(field)
            expected.append({"d": 1, "b": 5, "s": 2}[kind])
            layout += "i" + ("i" if kind == "s" else "d" if kind == "d" else "i")
            if kind != "s":
                places.append((key, field + 1, kind == "b"))
            field += 2
            if kind == "s":
                self._segment(byteorder, layout, constants, expected, places, key)
                layout, field, constants, expected, places = "", 0, [], [], []
        if layout:
            self._segment(byteorder, layout, constants, expected, places, None)
        self.smallest = sum(size for _, size, *_ in self.segments)

    def _segment(
        self, order: str, layout: str, constants: list[int], expected: list[Any], places: list[Any], text_key: Any
    ) -> None:
        compiled = struct.Struct(order + layout)
        pick = itemgetter(*constants)
        want = tuple(expected) if len(constants) > 1 else expected[0]
        self.segments.append((compiled.unpack_from, compiled.size, pick, want, places, text_key))

    def read(
        self, buffer: Any, position: int, end: int, parent: dict[Any, Any], left: int, objects: dict[int, Any]
    ) -> tuple[int, int]:
        """Reads records into `parent`, an array, as long as they fit; returns the new position and `left`."""
        segments, smallest = self.segments, self.smallest
        self.tries += 1
        start_left, number, last_start = left, len(parent), end - smallest
        while left and position <= last_start:
            record: dict[Any, Any] = {}
            here = position
            fields = None
            for unpack, size, pick, want, places, text_key in segments:
                if here + size > end:
                    break
                values = unpack(buffer, here)
                if pick(values) != want:
                    break
                if fields is None:
                    fields = values
                here += size
                for key, place, boolean in places:
                    value = values[place]
                    if boolean:
                        value = value != 0
                    elif value.is_integer():
                        whole = int(value)
                        if -9007199254740992 <= whole <= 9007199254740992 and (whole or math.copysign(1.0, value) > 0):
                            value = whole
                    record[key] = value
                if text_key is not None:
                    length = values[-1]
                    if not 0 <= length <= end - here:
                        break
                    start, here = here, here + length
                    try:
                        record[text_key] = buffer[start:here].decode()
                    except UnicodeDecodeError:
                        record[text_key] = buffer[start:here]
            else:
                number += 1
                index = fields[3]  # type: ignore[index]
                if fields[1] != number or index in objects:  # type: ignore[index]
                    break
                objects[index] = parent[number] = table = _new(LuaTable)
                _set_entries(table, record)
                position = here
                left -= 1
                continue
            break
        self.records += start_left - left
        return position, left


def record_kinds(entries: dict[Any, Any]) -> tuple[tuple[Any, ...], str] | None:
    """The keys and value kinds of a finished table, or None if it is not a plain record."""
    if len(entries) > MAX_FIELDS:
        return None
    kinds = _KINDS
    try:
        text = "".join([kinds[type(value)] for value in entries.values()])
    except KeyError:
        return None
    keys = tuple(entries)
    for key in keys:
        if type(key) not in kinds:
            return None
    return keys, text


class TensorShape:
    """Contiguous tensors of one class and number of dimensions that cover a new storage exactly; or empty ones."""

    def __init__(self, byteorder: str, element: ElementType, dimensions: int) -> None:
        def constant(*parts: int | bytes) -> bytes:
            return b"".join(part if type(part) is bytes else struct.pack(byteorder + "i", part) for part in parts)

        tensor, storage = element.tensor_class.encode(), element.storage_class.encode()
        # what stands between the numbers that differ is compared as bytes
        self.head = constant(3, b"V 1", len(tensor), tensor, dimensions)
        self.middle = constant(3, b"V 1", len(storage), storage)
        longs = f"i{len(self.head)}s{2 * dimensions + 1}qi"  # index, head; sizes, strides, offset; tag of the storage
        if dimensions:
            longs += f"i{len(self.middle)}sq"  # index, middle, count
        layout, entry = struct.Struct(byteorder + longs), struct.Struct(f"{byteorder}idi{longs}")
        self.unpack, self.size = layout.unpack_from, layout.size
        self.unpack_entry, self.entry_size = entry.unpack_from, entry.size
        self.element, self.dimensions = element, dimensions
        self.sizes = range(1 + dimensions, 1, -1)  # their places, the last dimension's first

    def read(
        self, buffer: Any, view: memoryview, position: int, end: int, objects: dict[int, Any], limit: int
    ) -> tuple[torch.Tensor, int] | None:
        """The tensor whose number stands at `position`, and the position behind it; None if it is of another shape."""
        start = position + self.size
        if start > end:
            return None
        return self._tensor(self.unpack(buffer, position), view, start, end, objects, limit)

    def read_entries(
        self,
        buffer: Any,
        view: memoryview,
        position: int,
        end: int,
        parent: dict[Any, Any],
        left: int,
        objects: dict[int, Any],
        limit: int,
    ) -> tuple[int, int]:
        """Reads entries of an array into `parent` as long as they fit; returns the new position and `left`."""
        unpack, size, tensor = self.unpack_entry, self.entry_size, self._tensor
        number, last_start = len(parent), end - size
        while left and position <= last_start:
            fields = unpack(buffer, position)
            number += 1
            if fields[1] != number or fields[0] != 1 or fields[2] != 4:
                break
            found = tensor(fields[3:], view, position + size, end, objects, limit)
            if found is None:
                break
            parent[number], position = found
            left -= 1
        return position, left

    def _tensor(
        self, fields: tuple[Any, ...], view: memoryview, start: int, end: int, objects: dict[int, Any], limit: int
    ) -> tuple[torch.Tensor, int] | None:
        """The tensor of these fields, whose elements are at `start`, and the position behind it."""
        index, dimensions, element = fields[0], self.dimensions, self.element
        if fields[1] != self.head or index in objects or fields[2 + 2 * dimensions] != 1:
            return None
        if not dimensions:
            if fields[3]:
                return None
            objects[index] = data = torch.empty(0, dtype=element.dtype)
            return data, start
        tag, storage_index, middle, count = fields[-4:]
        after = start + count * element.size
        if tag != 4 or middle != self.middle or storage_index in objects or index == storage_index:
            return None
        if not start < after <= end or after - start >= limit:
            return None
        step = 1
        for place in self.sizes:
            if fields[place + dimensions] != step:
                return None
            step *= fields[place]
        if step != count:
            return None
        if dimensions == 1:
            data = torch.frombuffer(bytearray(view[start:after]), dtype=element.dtype)
        else:  # NumPy gives a size to memory faster than torch's view does
            array = np.ndarray(fields[2 : 2 + dimensions], element.code, bytearray(view[start:after]))
            data = torch.from_numpy(array)
        objects[storage_index] = LuaStorage(element.storage_class, data)
        objects[index] = data
        return data, after
