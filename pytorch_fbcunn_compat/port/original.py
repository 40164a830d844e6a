"""The form of a model in which the original can run on this machine: on the CPU, with the classes of nn."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def _cpu_class(name: str) -> str:
    """``torch.CudaTensor`` → ``torch.FloatTensor``, ``torch.CudaLongStorage`` → ``torch.LongStorage``."""
    kind = "Tensor" if name.endswith("Tensor") else "Storage"
    inner = name.removeprefix("torch.Cuda").removesuffix(kind)
    return f"torch.{inner or 'Float'}{kind}"
