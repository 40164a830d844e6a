"""A shortcut for long runs of small tensors of one class and number of dimensions.

A shape is one `struct` layout over the heads of the tensor and its storage, constants included; a tensor that differs
in anything is left to the general code. Where those that follow have the same sizes, they are read many at once.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import torch

from .runs import Patience, Run, walk
from .storage import ElementType, LuaStorage


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
        self.order = byteorder
        self.patience = Patience()
        # in an entry: its number, the tensor's index, and the storage's index
        self.storage_index = 16 + 4 + len(self.head) + 8 * (2 * dimensions + 1) + 4
        self.free = [(4, 8), (16, 4), (self.storage_index, 4)]

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
            whole = found[1] - position
            parent[number], position = found
            left -= 1
            if self.dimensions and self.patience.ready(left):
                taken = self._run(buffer, view, position, end, whole, parent, left, objects)
                number, position, left = number + taken, position + taken * whole, left - taken
        return position, left

    def _run(
        self,
        buffer: Any,
        view: memoryview,
        position: int,
        end: int,
        size: int,
        parent: dict[Any, Any],
        left: int,
        objects: dict[int, Any],
    ) -> int:
        """Reads tensors of the same size as the last one into `parent`; returns how many."""
        order, typename, dtype = self.order, self.element.storage_class, self.element.dtype
        last = parent[len(parent)]
        shape = tuple(last.shape)

        def take(run: Run) -> int:
            first = len(parent) + 1
            run = run._replace(count=run.numbered(4, f"{order}f8", first))
            indices = run.column(16, f"{order}i4").tolist()
            storages = run.column(self.storage_index, f"{order}i4").tolist()
            both = {*indices, *storages}
            if len(both) < 2 * run.count or not objects.keys().isdisjoint(both):
                return 0
            starts = range(run.position + self.entry_size, run.position + run.count * size, size)
            if len(shape) == 1:
                made = [torch.frombuffer(bytearray(view[at : at + data]), dtype=dtype) for at in starts]
            else:
                made = [_array(shape, self.element.code, view[at : at + data]) for at in starts]
            objects.update(zip(indices, made, strict=True))
            objects.update(zip(storages, [LuaStorage(typename, tensor) for tensor in made], strict=True))
            parent.update(enumerate(made, first))
            return run.count

        data = size - self.entry_size
        return self.patience.judge(walk(buffer, position, end, size, [*self.free, (self.entry_size, data)], left, take))

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
        else:
            data = _array(fields[2 : 2 + dimensions], element.code, view[start:after])
        objects[storage_index] = LuaStorage(element.storage_class, data)
        objects[index] = data
        return data, after


def _array(shape: tuple[int, ...], code: str, memory: memoryview) -> torch.Tensor:
    """A copy of `memory`; NumPy gives it a size faster than torch's view does."""
    return torch.from_numpy(np.ndarray(shape, code, bytearray(memory)))
