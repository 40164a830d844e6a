"""`save`: writes Python values as a Torch7 file that the real Torch7 reads."""

from __future__ import annotations

import contextlib
import math
import os
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np
import torch

from .errors import T7Error, format_path
from .objects import LuaFunction, LuaTable, TdsHash, TdsVec, TorchObject
from .reader import BOOLEAN, FUNCTION_BARE, NIL, NUMBER, STRING, TABLE, TORCH
from .registry import WRITERS
from .sinks import AsciiSink, BinarySink
from .storage import BY_DTYPE, ElementType, LuaStorage

_MAX_INT = 2**31 - 1


def save(file: str | os.PathLike[str] | BinaryIO, obj: Any, *, ascii: bool = False) -> None:
    """Writes `obj` as ``torch.save`` would; Lua's ``torch.load`` and our `load` read it back.

    Args:
        file: a path (written to a temporary sibling and renamed, so that no half-written file is ever seen under the
            name), or a binary file object.
        obj: anything `load` returns, and what corresponds to it: None, bool, int, float, str, bytes, dict (a table),
            list and tuple (a table with keys 1..n), torch.Size (a LongStorage), NumPy arrays and scalars, torch tensors
            (strides and shared storages kept; Cuda tensors as torch.Cuda*Tensor; 0-dimensional as one element).
        ascii: write Torch7's text format.

    Raises:
        T7Error: a value that has no counterpart in Torch7; says where it is.
        OSError: the file cannot be written.
    """
    if isinstance(file, (str, os.PathLike)):
        with _aside(os.fspath(file)) as handle:
            _write(handle, obj, ascii)
    else:
        _write(file, obj, ascii)


@contextlib.contextmanager
def _aside(path: str) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place once everything was written."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        if os.path.isdir(target):
            raise IsADirectoryError(f"{path} is a directory")
        with open(target, "wb") as handle:  # a device or a pipe: nothing to rename
            yield handle
        return
    temporary = f"{target}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "xb") as handle:
            yield handle
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.remove(temporary)
        raise


def _write(handle: BinaryIO, obj: Any, ascii: bool) -> None:
    sink = AsciiSink(handle) if ascii else BinarySink(handle)
    Writer(sink).write(obj)
    sink.flush()


class Writer:
    """Writes objects one after another into one stream; objects that were written before become references.

    Works through an explicit stack of generators, each of which yields the values to be written in its place.
    """

    def __init__(self, sink: BinarySink | AsciiSink) -> None:
        self.sink = sink
        self.indices: dict[Any, int] = {}
        self.alive: list[Any] = []  # keeps ids from being used again
        self.keys: list[Any] = []

    def write(self, obj: Any) -> None:
        """Writes `obj` and everything below it."""
        stack: list[Iterator[tuple[Any, Any]]] = [iter([(None, obj)])]
        self.keys = []
        while stack:
            try:
                key, value = next(stack[-1])
            except StopIteration:
                stack.pop()
                if self.keys:
                    self.keys.pop()
                continue
            self.keys.append(key)
            children = self._one(value)
            if children is None:
                self.keys.pop()
            else:
                stack.append(children)

    def _fail(self, reason: str) -> T7Error:
        return T7Error(reason, path=format_path([key for key in self.keys if key is not None]) or None)

    def _one(self, value: Any) -> Iterator[tuple[Any, Any]] | None:
        """Writes a value; returns the values inside it that are still to be written."""
        sink = self.sink
        if value is None:
            sink.int(NIL)
        elif value is True or value is False or isinstance(value, np.bool_):
            sink.int(BOOLEAN)
            sink.int(1 if value else 0)
        elif isinstance(value, (int, float, np.integer, np.floating)):
            sink.int(NUMBER)
            sink.double(self._number(value))
        elif isinstance(value, (str, bytes, bytearray)):
            data = value.encode() if isinstance(value, str) else bytes(value)
            sink.int(STRING)
            self._check_int(len(data), "a string of {} bytes")
            sink.string(data)
        elif isinstance(value, torch.Tensor):
            self._tensor(value)
        elif isinstance(value, np.ndarray):
            return iter([(None, self._from_numpy(value))])
        elif isinstance(value, LuaStorage):
            self._storage_object(value.typename, value.data, value)
        elif isinstance(value, torch.Size):
            data = torch.tensor(list(value), dtype=torch.int64)
            self._storage_object("torch.LongStorage", data, data)
        elif isinstance(value, (TdsHash, TdsVec)):
            return self._torch_object("tds.Hash" if isinstance(value, TdsHash) else "tds.Vec", 0, value)
        elif isinstance(value, (LuaTable, Mapping, list, tuple)):
            return self._table(value)
        elif isinstance(value, TorchObject):
            return self._torch_object(value.typename, value.version, value)
        elif isinstance(value, LuaFunction):
            return self._function(value)
        else:
            what = type(value).__name__
            hint = ""
            if isinstance(value, torch.nn.Module):
                hint = "; save its state_dict(), or keep the TorchObject that load() gave"
            raise self._fail(f"a Python {what} has no counterpart in Torch7{hint}")
        return None

    def _number(self, value: Any) -> float:
        try:
            return float(value)
        except OverflowError:
            raise self._fail(f"the integer {str(value)[:20]}… is beyond the range of Lua's numbers") from None

    def _check_int(self, value: int, what: str) -> None:
        if value > _MAX_INT:
            raise self._fail(f"{what.format(value)} is too large: the format stores lengths in 32 bits")

    def _reference(self, identity: Any, keep: Any) -> bool:
        """Writes the object's number; True if the object itself is already in the stream."""
        known = self.indices.get(identity)
        if known is None:
            self.indices[identity] = len(self.indices) + 1
            self.alive.append(keep)
            self.sink.int(len(self.indices))
            return False
        self.sink.int(known)
        return True

    def _table(self, value: Any) -> Iterator[tuple[Any, Any]] | None:
        self.sink.int(TABLE)
        if self._reference(id(value), value):
            return None
        if isinstance(value, (LuaTable, Mapping)):
            items = [(key, entry) for key, entry in value.items() if entry is not None]
        else:
            items = [(key, entry) for key, entry in enumerate(value, 1) if entry is not None]
        self._check_int(len(items), "a table of {} entries")
        self.sink.int(len(items))
        return self._entries(items)

    def _entries(self, items: list[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        for key, entry in items:
            if key is None or isinstance(key, float) and math.isnan(key):
                raise self._fail("None and NaN cannot be keys of a Lua table")
            yield None, key
            yield key, entry

    def _torch_object(self, typename: str, version: int, value: Any) -> Iterator[tuple[Any, Any]] | None:
        self.sink.int(TORCH)
        if self._reference(id(value), value):
            return None
        self._class_name(typename, version)
        writer = WRITERS.get(typename)
        if writer is not None:
            return ((None, part) for part in writer(self.sink, value))
        return iter([(None, value.fields)])

    def _class_name(self, typename: str, version: int) -> None:
        self.sink.string(b"V %d" % version)
        self.sink.string(typename.encode())

    def _function(self, function: LuaFunction) -> Iterator[tuple[Any, Any]] | None:
        self.sink.int(function.tag)
        if function.tag != FUNCTION_BARE and self._reference(id(function), function):
            return None
        self._check_int(len(function.bytecode), "a function of {} bytes")
        self.sink.string(function.bytecode)
        return iter([(None, function.upvalues)])

    # ---- tensors ----

    def _from_numpy(self, array: np.ndarray) -> torch.Tensor:
        try:
            return torch.from_numpy(np.ascontiguousarray(array))
        except TypeError as error:
            raise self._fail(f"a NumPy array of {array.dtype} has no counterpart in Torch7: {error}") from None

    def _element(self, tensor: torch.Tensor) -> ElementType:
        if tensor.layout is not torch.strided:
            raise self._fail(f"a tensor of layout {tensor.layout} has no counterpart in Torch7; save tensor.to_dense()")
        if tensor.device.type not in ("cpu", "cuda"):
            raise self._fail(f"a tensor on {tensor.device} cannot be saved; move it with tensor.cpu()")
        element = BY_DTYPE.get((tensor.dtype, tensor.device.type == "cuda"))
        if element is None:
            hint = "tensor.float()" if tensor.is_floating_point() else "torch.view_as_real(tensor)"
            raise self._fail(f"a tensor of {tensor.dtype} has no counterpart in Torch7; save {hint}")
        return element

    def _tensor(self, tensor: torch.Tensor) -> None:
        sink = self.sink
        element = self._element(tensor)
        sink.int(TORCH)
        if self._reference(id(tensor), tensor):
            return
        self._class_name(element.tensor_class, 1)
        data = tensor.detach().resolve_neg()
        if data.dtype is torch.bool:
            data = data.view(torch.uint8)
        if data.dim() == 0:
            data = data.reshape(1)
        if not data.numel():  # Torch7 has one kind of empty tensor
            sink.int(0)
            sink.long(1)
            sink.int(NIL)
            return
        sink.int(data.dim())
        sink.longs(tuple(data.shape))
        sink.longs(data.stride())
        sink.long(data.storage_offset() + 1)
        whole = data.as_strided((data.untyped_storage().nbytes() // data.element_size(),), (1,), 0)
        self._storage_object(element.storage_class, whole, whole)

    def _storage_object(self, typename: str, data: torch.Tensor, keep: Any) -> None:
        """The memory of `data`, a 1-D tensor over a whole storage; known by its address and element type."""
        self.sink.int(TORCH)
        identity = (data.untyped_storage()._cdata, typename)
        if self._reference(identity, (keep, data)):
            return
        self._class_name(typename, 1)
        self.sink.long(data.numel())
        self.sink.elements(data.detach().cpu())
