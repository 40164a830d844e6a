"""A shortcut for what large files are made of: long runs of tables with the same fields.

A shape is a `struct` layout that covers all but the strings, constants included; a table that differs in anything
is left to the general code. Where those that follow have everything at the same places, they are read many at once.
Read this way, 100,000 small tables take a quarter of the time.
"""

from __future__ import annotations

import re
import struct
from operator import itemgetter
from typing import Any

from .objects import LuaTable
from .runs import Patience, Run, walk
from .values import as_number, as_text

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
        self.order = byteorder
        self.keys = keys
        self.patience = Patience()
        layout = "idiii"  # the number under which the record stands, tag of a table, index, count
        self.places: list[tuple[Any, int, bool]] = []  # key, place of its value in the segment, is it a boolean
        constants: list[int] = [0, 2, 4]
        expected: list[Any] = [1, 3, len(keys)]
        self.segments: list[tuple[Any, int, Any, Any, list[tuple[Any, int, bool]], Any]] = []
        self.values: list[list[tuple[int, bool]]] = []  # for each segment the bytes at which numbers and booleans stand
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
            layout += "id" if kind == "d" else "ii"
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
        starts = _starts(order, layout)
        self.values.append([(starts[place], boolean) for _, place, boolean in places])
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
            lengths = []
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
                    record[key] = values[place] != 0 if boolean else as_number(values[place])
                if text_key is not None:
                    length = values[-1]
                    if not 0 <= length <= end - here:
                        break
                    start, here = here, here + length
                    lengths.append(length)
                    record[text_key] = as_text(buffer[start:here])
            else:
                number += 1
                index = fields[3]  # type: ignore[index]
                if fields[1] != number or index in objects:  # type: ignore[index]
                    break
                objects[index] = parent[number] = table = _new(LuaTable)
                _set_entries(table, record)
                size = here - position
                position = here
                left -= 1
                if self.patience.ready(left):
                    taken = self._run(buffer, position, end, size, lengths, parent, left, objects)
                    number, position, left = number + taken, position + taken * size, left - taken
                continue
            break
        self.records += start_left - left
        return position, left

    def _run(
        self,
        buffer: Any,
        position: int,
        end: int,
        size: int,
        lengths: list[int],
        parent: dict[Any, Any],
        left: int,
        objects: dict[int, Any],
    ) -> int:
        """Reads records that have strings of the same lengths as the last one into `parent`; returns how many."""
        order, columns, free, start = self.order, [], [(4, 8), (16, 4)], 0  # free: its number in the array, its index
        for number, (values, segment) in enumerate(zip(self.values, self.segments, strict=True)):
            for place, boolean in values:
                columns.append((start + place, -1 if boolean else -2))
                free.append((start + place, 4 if boolean else 8))
            start += segment[1]
            if segment[5] is not None:
                columns.append((start, lengths[number]))
                free.append((start, lengths[number]))
                start += lengths[number]

        def take(run: Run) -> int:
            first = len(parent) + 1
            run = run._replace(count=run.numbered(4, f"{order}f8", first))
            indices = run.column(16, f"{order}i4").tolist()
            if len(set(indices)) < run.count or not objects.keys().isdisjoint(indices):
                return 0
            values = [
                run.numbers(place, order)
                if length == -2
                else run.booleans(place, order)
                if length == -1
                else run.texts(place, length)
                for place, length in columns
            ]
            tables = []
            for row in zip(*values, strict=True):
                table = _new(LuaTable)
                _set_entries(table, dict(zip(self.keys, row)))  # noqa: B905 (as many as keys)
                tables.append(table)
            objects.update(zip(indices, tables, strict=True))
            parent.update(enumerate(tables, first))
            return run.count

        return self.patience.judge(walk(buffer, position, end, size, free, left, take))


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


def _starts(order: str, layout: str) -> list[int]:
    """Where each field of a `struct` layout of single letters and strings begins."""
    starts, size = [], 0
    for field in re.findall(r"\d*[a-z]", layout):
        starts.append(size)
        size += struct.calcsize(order + field)
    return starts
