"""Shortcuts for what large files are made of: long runs of records with the same fields, and of alike small tensors.

Each shape is one `struct` layout that covers the object's head, constants included; an object that differs in anything
is left to the general code. Read this way, 100,000 small tables take half the time.
"""

from __future__ import annotations

import math
import struct
from operator import itemgetter
from typing import Any

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
        tensor, storage = element.tensor_class.encode(), element.storage_class.encode()
        head = f"{byteorder}ii3si{len(tensor)}si"  # index, "V 1", class, dimensions
        pick, want = [1, 2, 3, 4, 5], [3, b"V 1", len(tensor), tensor, dimensions]
        if dimensions:
            # sizes, strides, offset; tag, index, "V 1", class, count of the storage
            head += f"{2 * dimensions + 1}qiii3si{len(storage)}sq"
            after = 6 + 2 * dimensions
            pick += [after, after + 1, after + 3, after + 4, after + 5, after + 6]
            want += [1, 4, 3, b"V 1", len(storage), storage]
        else:
            head += "qi"  # offset, nil
            pick += [6, 7]
            want += [1, 0]
        layout = struct.Struct(head)
        self.unpack, self.size = layout.unpack_from, layout.size
        self.pick, self.want = itemgetter(*pick), tuple(want)
        self.element, self.dimensions = element, dimensions

    def read(
        self, buffer: Any, view: memoryview, position: int, end: int, objects: dict[int, Any], limit: int
    ) -> tuple[torch.Tensor, int] | None:
        """The tensor whose number stands at `position`, and the position behind it; None if it is of another shape."""
        start = position + self.size
        if start > end:
            return None
        fields = self.unpack(buffer, position)
        if self.pick(fields) != self.want:
            return None
        index, dimensions, element = fields[0], self.dimensions, self.element
        if index in objects:
            return None
        if not dimensions:
            objects[index] = data = torch.empty(0, dtype=element.dtype)
            return data, start
        storage_index, count = fields[8 + 2 * dimensions], fields[-1]
        after = start + count * element.size
        if storage_index in objects or index == storage_index or not start < after <= end or after - start >= limit:
            return None
        step = 1
        for place in range(5 + dimensions, 5, -1):  # the last dimension's size first
            if fields[place + dimensions] != step:
                return None
            step *= fields[place]
        if step != count:
            return None
        data = torch.frombuffer(bytearray(view[start:after]), dtype=element.dtype)
        objects[storage_index] = LuaStorage(element.storage_class, data)
        if dimensions > 1:
            data = data.view(fields[6 : 6 + dimensions])
        objects[index] = data
        return data, after
