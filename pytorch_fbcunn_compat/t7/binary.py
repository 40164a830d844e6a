"""Binary Torch7 streams: either byte order, 4- or 8-byte longs, storages mapped from the file where that pays."""

from __future__ import annotations

import mmap
import platform
import struct
import sys
from typing import Any, BinaryIO

import numpy as np
import torch

from .objects import LuaTable
from .reader import NO_KEY, Reader, new_table, set_entries
from .record_shape import RecordShape, record_kinds
from .storage import ElementType
from .tensor_shape import TensorShape
from .values import as_number, as_text

# Smaller storages are copied: a copy costs less than a page table entry and does not keep the file mapped.
MAP_FROM = 1 << 20
# Data inside a .t7 is seldom aligned to its element size. These processors do not mind.
UNALIGNED_READS = platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")
_NATIVE = "<" if sys.byteorder == "little" else ">"


class BinaryReader(Reader):
    """Reads a binary stream from a buffer.

    Args:
        buffer: the whole stream: bytes, or an mmap of the file.
        byteorder: "<" or ">".
        long_size: 4 or 8, or None to find out at the first tensor.
        mapped: hand out large storages as views of `buffer`, which is then a copy-on-write mmap.
        file: where `buffer` was mapped from, for reading large storages without touching the mapping.
    """

    def __init__(
        self,
        buffer: bytes | mmap.mmap,
        source: str,
        *,
        byteorder: str = "<",
        long_size: int | None = None,
        mapped: bool = False,
        file: BinaryIO | None = None,
        **options: Any,
    ) -> None:
        super().__init__(source, len(buffer), **options)
        self.buffer = buffer
        self.view = memoryview(buffer)
        self.byteorder = byteorder
        self.long_size = long_size
        self.long_size_guessed = False
        self.mapped = mapped and UNALIGNED_READS and byteorder == _NATIVE
        self.file = file
        self._int = struct.Struct(byteorder + "i").unpack_from
        self._two_ints = struct.Struct(byteorder + "ii").unpack_from
        self._double = struct.Struct(byteorder + "d").unpack_from
        self._entry = struct.Struct(byteorder + "idi").unpack_from
        self._class_head = struct.Struct(byteorder + "ii3si").unpack_from
        self._key_names: dict[bytes, str | bytes] = {}
        self._records: dict[Any, RecordShape] = {}
        self._alike: ElementType | None = None
        self._dimensions_at = 0
        self._tensor_shapes: dict[Any, TensorShape] = {}

    def int(self) -> int:
        self.need(4, "an integer")
        (value,) = self._int(self.buffer, self.position)
        self.position += 4
        return value

    def double(self) -> float:
        self.need(8, "a number")
        (value,) = self._double(self.buffer, self.position)
        self.position += 8
        return value

    def long(self) -> int:
        size = self.long_size or self._find_long_size(())
        self.need(size, "a long")
        (value,) = struct.unpack_from(self.byteorder + ("q" if size == 8 else "i"), self.buffer, self.position)
        self.position += size
        return value

    def string(self) -> bytes:
        return self.raw(self.int())

    def raw(self, count: int) -> bytes:
        self.need(count, "a string")
        start = self.position
        self.position = start + count
        return self.buffer[start : start + count]

    def geometry(self, dimensions: int) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        long_size = self.long_size or self._find_long_size((dimensions,))
        self.need((2 * dimensions + 1) * long_size, f"a tensor of {dimensions} dimensions")
        letter = "q" if long_size == 8 else "i"
        numbers = struct.unpack_from(f"{self.byteorder}{2 * dimensions + 1}{letter}", self.buffer, self.position)
        self.position += (2 * dimensions + 1) * long_size
        return numbers[:dimensions], numbers[dimensions:-1], numbers[-1]

    def elements(self, element: ElementType) -> torch.Tensor:
        start = self.position
        if self.long_size is None:
            self._find_long_size((), element)
        count = self.long()
        width = 4 if element.code == "i8" and self.long_size == 4 else element.size
        if count < 0 or count * width > self.end - self.position:
            self.fail(
                f"a {element.storage_class} of {count} elements needs {count * width} bytes, "
                f"the file has {self.end - self.position} left",
                start,
            )
        return self._data(element, count, width)

    def _data(self, element: ElementType, count: int, width: int) -> torch.Tensor:
        """The next `count` elements of `width` bytes as a tensor with a storage of its own."""
        if count == 0:
            return torch.empty(0, dtype=element.dtype)
        start, size = self.position, count * width
        self.position = start + size
        if width != element.size:
            narrow = np.frombuffer(self.view[start : start + size], f"{self.byteorder}i4")
            return torch.from_numpy(narrow.astype(np.int64))
        if size >= MAP_FROM:
            if self.mapped:
                return torch.frombuffer(self.buffer, dtype=element.dtype, count=count, offset=start)
            target = np.empty(count, element.code)  # NumPy asks the system for huge pages, torch does not
            data = torch.from_numpy(target)
            if self.file is not None:
                self.file.seek(start)
                if self.file.readinto(memoryview(target).cast("B")) != size:
                    self.fail("the file became shorter while it was read", start)
            else:
                target.view(np.uint8)[:] = np.frombuffer(self.view[start : start + size], np.uint8)
        else:
            data = torch.frombuffer(bytearray(self.view[start : start + size]), dtype=element.dtype)
        if self.byteorder != _NATIVE and element.size > 1:
            data.numpy().byteswap(inplace=True)
        return data

    # ---- 4- or 8-byte longs ----

    def _find_long_size(self, dimensions: tuple[int, ...], element: ElementType | None = None) -> int:
        """Decides at the first long: what follows must make sense with the size that is chosen."""
        for size in (8, 4):
            if self._makes_sense(size, dimensions[0] if dimensions else None, element):
                self.long_size = size
                return size
        self.long_size = 8
        self.long_size_guessed = True
        return 8

    def _makes_sense(self, size: int, dimensions: int | None, element: ElementType | None) -> bool:
        letter = "q" if size == 8 else "i"
        count = 1 if dimensions is None else 2 * dimensions + 1
        after = self.position + count * size
        if after > self.end:
            return False
        numbers = struct.unpack_from(f"{self.byteorder}{count}{letter}", self.buffer, self.position)
        if min(numbers) < 0:
            return False
        if dimensions is None:  # a storage, or the number of entries of a tds object
            width = 1 if element is None else min(size, element.size) if element.code == "i8" else element.size
            after += numbers[0] * width if element is not None else 0
            return numbers[0] * width <= self.end - self.position and self.looks_like_object(after)
        # a tensor: its storage follows
        if numbers[-1] < 1 or after + 4 > self.end:
            return False
        (tag,) = self._int(self.buffer, after)
        if tag == 4 and after + 12 <= self.end:
            _, index = self._two_ints(self.buffer, after)
            return index in self.objects or self.buffer[after + 12 : after + 15] in (b"V 1", b"V 0", b"tor")
        return tag == 0

    def looks_like_object(self, offset: int) -> bool:
        """Whether the file ends at `offset` or goes on with an object's type."""
        return offset == self.end or (offset + 4 <= self.end and 0 <= self._int(self.buffer, offset)[0] <= 8)

    # ---- fast lanes ----

    def _class_name(self) -> tuple[str, int]:
        # the usual "V 1" and a short name, in one step
        start = self.position
        if start + 64 <= self.end:
            _, length, version, name_length = self._class_head(self.buffer, start - 4)
            if length == 3 and version[:2] == b"V " and version[2:].isdigit() and 0 < name_length <= 49:
                end = start + 11 + name_length
                name = self.buffer[start + 11 : end]
                if name.isascii() and name.isalnum() or all(32 < byte < 127 for byte in name):
                    self.position = end
                    return name.decode(), version[2] - 48
        return super()._class_name()

    def _tensor(self, element: ElementType) -> torch.Tensor:
        if self._alike is not element and self.long_size == 8 and self.place is None and self.byteorder == _NATIVE:
            self._alike = element
            self._dimensions_at = 15 + len(element.tensor_class)
        return super()._tensor(element)

    def _tensor_shape(self, position: int) -> TensorShape | None:
        """The shape of the object numbered at `position`, should it be a tensor of the same class as the one before."""
        place = position + self._dimensions_at
        if place + 16 > self.end:
            return None
        (dimensions,) = self._int(self.buffer, place)
        shape = self._tensor_shapes.get((self._alike, dimensions))
        if shape is None:
            if not 0 <= dimensions <= 8:
                return None
            shape = TensorShape(self.byteorder, self._alike, dimensions)  # type: ignore[arg-type]
            self._tensor_shapes[self._alike, dimensions] = shape
        return shape

    def _record_shape(self, table: LuaTable) -> RecordShape | None:
        """The shape of a table that was just read, if tables of this shape were worth a try so far."""
        found = record_kinds(table._entries)
        if found is None:
            return None
        shape = self._records.get(found)
        if shape is None:
            shape = self._records[found] = RecordShape(self.byteorder, list(found[0]), found[1])
        return shape if shape.tries < 8 or shape.records >= shape.tries else None

    def plain_tables(
        self, table: Any, entries: dict[Any, Any] | None, left: Any, key: Any
    ) -> tuple[Any, Any, Any, Any]:
        """Reads table entries whose key is a number or a string and whose value is a number, string, boolean or table.

        Anything else, and anything wrong, is left in place for the general code.
        """
        buffer, end, stack, objects, names = self.buffer, self.end, self.stack, self.objects, self._key_names
        read_entry, read_double, read_int, read_two = self._entry, self._double, self._int, self._two_ints
        position, min_entry = self.position, self.min_entry
        if key is not NO_KEY:
            return table, entries, left, key
        while True:
            if not left:
                if not stack or stack[-1][1] is None or stack[-1][3] is NO_KEY:
                    break  # it completes a Torch object, or is itself a key
                value = table
                table, entries, left, key = stack.pop()
                entries[key] = value  # type: ignore[index]
                left -= 1
                if left > 3 and type(key) is int and (shape := self._record_shape(value)) is not None:
                    position, left = shape.read(buffer, position, end, entries, left, objects)  # type: ignore[arg-type]
                continue
            if position + 24 > end:
                break
            tag, number, value_tag = read_entry(buffer, position)
            if tag == 1:
                key = len(entries) + 1  # type: ignore[arg-type]
                if number != key:
                    key = as_number(number)
                    if key != key:
                        break  # NaN
                position += 16
            elif tag == 2:
                (length,) = read_int(buffer, position + 4)
                if not 0 <= length <= end - position - 24:
                    break
                raw = buffer[position + 8 : position + 8 + length]
                key = names.get(raw)
                if key is None:
                    names[raw] = key = as_text(raw)
                (value_tag,) = read_int(buffer, position + 8 + length)
                position += 12 + length
            else:
                break
            if value_tag == 1:
                value = as_number(read_double(buffer, position)[0])
                position += 8
            elif value_tag == 2:
                (length,) = read_int(buffer, position)
                if not 0 <= length <= end - position - 4:
                    self.position = position - 4
                    return table, entries, left, key
                position += 4
                value = as_text(buffer[position : position + length])
                position += length
            elif value_tag == 3:
                index, count = read_two(buffer, position)
                value = objects.get(index)
                if value is None:
                    if not 0 < count * min_entry <= end - position - 8:
                        self.position = position - 4
                        return table, entries, left, key
                    objects[index] = value = new_table(LuaTable)
                    stack.append((table, entries, left, key))
                    table, left = value, count
                    entries = {}
                    set_entries(table, entries)
                    position += 8
                    continue
                if type(value) is not LuaTable:
                    self.position = position - 4
                    return table, entries, left, key
                position += 4
            elif value_tag == 5:
                value = read_int(buffer, position)[0] != 0
                position += 4
            elif (
                value_tag == 4
                and self._alike is not None
                and (shape := self._tensor_shape(position)) is not None
                and (found := shape.read(buffer, self.view, position, end, objects, MAP_FROM)) is not None
            ):
                value, position = found
                if left > 3 and type(key) is int:
                    entries[key] = value  # type: ignore[index]
                    position, left = shape.read_entries(
                        buffer, self.view, position, end, entries, left - 1, objects, MAP_FROM
                    )  # type: ignore[arg-type]
                    continue
            else:
                self.position = position - 4
                return table, entries, left, key
            entries[key] = value  # type: ignore[index]
            left -= 1
        self.position = position
        return table, entries, left, NO_KEY
