"""The forms of a model in which the original can run here: on the CPU with the classes of nn; in double precision."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from ..t7 import LuaStorage, LuaTable, TorchObject, load, save
from ..t7.storage import STORAGE_CLASSES, TENSOR_CLASSES
from .layers.aliases import SAME


@contextmanager
def runnable(file: str) -> Iterator[str]:
    """A path from which the embedded Lua can load the model: `file`, or a temporary copy without Cuda and cudnn.

    Models saved on a GPU hold Cuda tensors and classes of cudnn, fbcunn and others. The copy holds their CPU forms,
    which have the same fields and compute the same.
    """
    value = load(file)
    if not to_cpu(value):
        yield file
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.t7"
        save(path, value)
        yield str(path)


def to_cpu(value: Any) -> bool:
    """Changes Cuda types and alias classes below `value` to their CPU forms, in place; True if there were any."""
    changed = False
    seen: set[int] = set()
    stack = [value]
    while stack:
        entry = stack.pop()
        if id(entry) in seen:
            continue
        seen.add(id(entry))
        if isinstance(entry, TorchObject):
            name = SAME.get(entry.typename)
            if name is not None:
                entry.typename = name
                changed = True
            entry = entry.fields
        elif isinstance(entry, LuaStorage):
            element = STORAGE_CLASSES.get(entry.typename)
            if element is not None and element.cuda:
                entry.typename = _cpu_class(entry.typename)
                changed = True
        if isinstance(entry, LuaTable):
            for key, inner in entry.items():
                element = TENSOR_CLASSES.get(inner) if isinstance(inner, str) else None
                if element is not None and element.cuda:
                    entry[key] = _cpu_class(inner)
                    changed = True
                else:
                    stack.append(inner)
    return changed


@contextmanager
def in_double(file: str) -> Iterator[str]:
    """A path to a temporary copy of a model whose floating-point tensors are all of double precision."""
    value = load(file)
    to_cpu(value)
    to_double(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.t7"
        save(path, value)
        yield str(path)


def to_double(value: Any) -> None:
    """Makes float and half tensors below `value` double, in place; those that share memory go on sharing it."""
    memory: dict[int, torch.Tensor] = {}
    done: dict[int, Any] = {}

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

    seen: set[int] = set()
    stack = [value]
    while stack:
        entry = stack.pop()
        if id(entry) in seen:
            continue
        seen.add(id(entry))
        if isinstance(entry, LuaStorage):
            if entry.data.dtype in _SHORT:
                entry.typename, entry._tensor = "torch.DoubleStorage", double(entry.data)
            continue
        entry = entry.fields if isinstance(entry, TorchObject) else entry
        for key, inner in entry.items() if isinstance(entry, LuaTable) else ():
            if isinstance(inner, torch.Tensor):
                entry[key] = double(inner)
            elif isinstance(inner, str) and inner in ("torch.FloatTensor", "torch.HalfTensor"):
                entry[key] = "torch.DoubleTensor"
            else:
                stack.append(inner)


_SHORT = (torch.float32, torch.float16)


def _cpu_class(name: str) -> str:
    """``torch.CudaTensor`` → ``torch.FloatTensor``, ``torch.CudaLongStorage`` → ``torch.LongStorage``."""
    kind = "Tensor" if name.endswith("Tensor") else "Storage"
    inner = name.removeprefix("torch.Cuda").removesuffix(kind)
    return f"torch.{inner or 'Float'}{kind}"
