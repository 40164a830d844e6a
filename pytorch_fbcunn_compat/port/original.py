"""The forms of a model in which the original can run here: on the CPU with the classes of nn; in double precision."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ..t7 import LuaStorage, LuaTable, TorchObject, load, save
from ..t7.storage import ELEMENT_TYPES
from .build import find_model
from .layers.aliases import SAME


@contextmanager
def runnable(file: str, key: str | None = None, double: bool = False) -> Iterator[str]:
    """A path from which the embedded Lua can load the model: `file`, or a temporary file with the model alone.

    Models saved on a GPU hold Cuda tensors and classes of cudnn, fbcunn and others; the copy holds their CPU forms,
    which have the same fields and compute the same. A checkpoint may hold, beside the model at `key`, classes that
    only its training script defines.

    Args:
        file: the .t7 file.
        key: the model's place in the table that the file holds.
        double: have all floating-point tensors of the model in double precision.
    """
    value = load(file)
    if key is not None:
        value, _ = find_model(value, key)
    changed = to_cpu(value)
    if double:
        to_double(value)
    if not changed and key is None and not double:
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.t7"
        save(path, value)
        yield str(path)


def inside(value: Any) -> Iterator[Any]:
    """Everything below a value, and the value itself, once each."""
    seen: set[int] = set()
    stack = [value]
    while stack:
        entry = stack.pop()
        if id(entry) in seen:
            continue
        seen.add(id(entry))
        yield entry
        if isinstance(entry, TorchObject):
            entry = entry.fields
        if isinstance(entry, LuaTable):
            stack += entry.values()


def rename(value: Any, renamed: dict[str, str]) -> bool:
    """Gives the classes and storages below `value` other names, and texts that are such names; True if there were."""
    changed = False
    for entry in list(inside(value)):
        if isinstance(entry, (TorchObject, LuaStorage)) and entry.typename in renamed:
            entry.typename = renamed[entry.typename]
            changed = True
        fields = entry.fields if isinstance(entry, TorchObject) else entry
        for key, inner in fields.items() if isinstance(fields, LuaTable) else ():
            if isinstance(inner, str) and inner in renamed and inner.endswith("Tensor"):
                fields[key] = renamed[inner]
                changed = True
    return changed


def to_cpu(value: Any) -> bool:
    """Changes Cuda types and alias classes below `value` to their CPU forms, in place; True if there were any."""
    cuda = {name: cpu_class(name) for element in ELEMENT_TYPES if element.cuda
            for name in (element.tensor_class, element.storage_class)}  # fmt: skip
    return rename(value, SAME | cuda)


def to_double(value: Any) -> None:
    """Makes float and half tensors below `value` double, in place; those that share memory go on sharing it."""
    memory: dict[int, torch.Tensor] = {}
    done: dict[int, torch.Tensor] = {}

    def double(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.dtype not in _SHORT:
            return tensor
        if id(tensor) not in done:
            storage = tensor.untyped_storage()
            whole = memory.get(storage._cdata)
            if whole is None:
                count = storage.nbytes() // tensor.element_size()
                whole = memory[storage._cdata] = tensor.as_strided((count,), (1,), 0).double()
            done[id(tensor)] = whole.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset())
        return done[id(tensor)]

    for entry in list(inside(value)):
        if isinstance(entry, LuaStorage) and entry.data.dtype in _SHORT:
            entry.typename, entry._tensor = "torch.DoubleStorage", double(entry.data)
        fields = entry.fields if isinstance(entry, TorchObject) else entry
        for key, inner in fields.items() if isinstance(fields, LuaTable) else ():
            if isinstance(inner, torch.Tensor):
                fields[key] = double(inner)
    rename(value, {f"torch.{name}Tensor": "torch.DoubleTensor" for name in ("Float", "Half")})


_SHORT = (torch.float32, torch.float16)


def cpu_class(name: str) -> str:
    """``torch.CudaTensor`` → ``torch.FloatTensor``, ``torch.CudaLongStorage`` → ``torch.LongStorage``."""
    kind = "Tensor" if name.endswith("Tensor") else "Storage"
    inner = name.removeprefix("torch.Cuda").removesuffix(kind)
    return f"torch.{inner or 'Float'}{kind}"
