"""Builds live PyTorch modules from Lua objects with the layer table: `load_model`, `to_module`."""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import Any

import torch

from ..t7 import LuaTable, TorchObject, load
from . import layers as _layers  # noqa: F401 (fills the table)
from .spec import REFUSED, TABLE, Layer, PortError, Spec, UnknownLayer, Weight, unknown


def load_model(
    file: str | os.PathLike[str] | bytes | Any,
    *,
    key: str | None = None,
    map_location: Any = None,
    long_size: int | None = None,
    byteorder: str | None = None,
) -> torch.nn.Module:
    """Reads a Torch7 model or criterion and builds the PyTorch module that computes the same.

    Args:
        file: as for `load`: a path, bytes or a binary file.
        key: where the model stands in a file that holds a table (``"model"``, ``"protos.rnn"``); needed only if the
            file has more than one candidate.
        map_location, long_size, byteorder: as for `load`.

    Returns:
        a module in the mode (training or evaluation) and with the element type of the file. Where the Lua module takes
        a table, it takes a list or tuple, or the tensors one by one; where that returns a table, it returns a tuple.
        Class indices (LookupTable, ClassNLLCriterion) are counted from 1 as in Lua.

    Raises:
        T7Error: not a Torch7 file, or a damaged one.
        PortError: no model in the file, or a layer that cannot be built; names it and says what to do.
    """
    value = load(file, map_location=map_location, long_size=long_size, byteorder=byteorder)
    model, path = find_model(value, key)
    return to_module(model, path)


def to_module(obj: TorchObject, path: str = "model") -> torch.nn.Module:
    """The PyTorch module for a Lua module that `load` returned. `path` names it in errors."""
    return Builder().build(Porter().port(obj, path))


def with_modules(value: Any) -> Any:
    """What `load` returned, with a PyTorch module in the place of each Lua module or criterion.

    Tables are changed in place. Modules and parameters that several models share stay shared.
    """
    porter, builder = Porter(), Builder()
    root = LuaTable({"value": value})
    pending, seen = [("", root)], set()
    while pending:
        place, table = pending.pop()
        if id(table) in seen:
            continue
        seen.add(id(table))
        for key, entry in table.items():
            name = f"{place}.{key}" if place else str(key)
            if is_module(entry):
                table[key] = builder.build(porter.port(entry, name))
            elif isinstance(entry, LuaTable):
                pending.append((name, entry))
    return root["value"]


def find_model(value: Any, key: str | None = None) -> tuple[TorchObject, str]:
    """The model in what a file holds: the value itself, or the one module in a table; with its path."""
    if key is not None:
        path = "file"
        for part in key.split("."):
            path += f".{part}"
            inside = value.fields if isinstance(value, TorchObject) else value
            if not isinstance(inside, LuaTable):
                raise PortError(f"{path}: there is no table to look into")
            value = inside.get(int(part) if part.isdigit() else part)
            if value is None:
                raise PortError(f"{path}: no such field; there are {', '.join(map(str, inside.keys()))}")
        if not is_module(value):
            raise PortError(f"{path}: a module was expected, not {value!r:.80}")
        return value, key.rsplit(".", 1)[-1]
    if is_module(value):
        return value, "model"
    if not isinstance(value, LuaTable):
        raise PortError(f"the file holds no model but {value!r:.80}")
    found = dict(_modules_in(value))
    if len(found) > 1 and "model" in found:
        found = {"model": found["model"]}
    if len(found) > 1:
        models = {name: obj for name, obj in found.items() if not obj.typename.endswith("Criterion")}
        found = models if len(models) == 1 else found
    if len(found) != 1:
        if found:
            names, one = ", ".join(found), next(iter(found))
            raise PortError(f"the file holds several modules, {names}: name one with key, as in --key {one}")
        shown = ", ".join(f"{entry.typename} at {name}" if isinstance(entry, TorchObject) else str(name)
                          for name, entry in value.items()[:12])  # fmt: skip
        raise PortError(f"the file holds a table without a module in it: {shown}")
    ((name, obj),) = found.items()
    return obj, name.replace(".", "_")


def _modules_in(table: LuaTable) -> list[tuple[str, TorchObject]]:
    found = []
    for name, entry in table.items():
        if is_module(entry):
            found.append((str(name), entry))
        elif type(entry) is LuaTable:
            found += [(f"{name}.{inner}", module) for inner, module in entry.items() if is_module(module)]
    return found


def is_module(value: Any) -> bool:
    """Whether a loaded value is a module or criterion (known to the table, or with the marks of one)."""
    if not isinstance(value, TorchObject):
        return False
    if value.typename in TABLE or value.typename in REFUSED:
        return True
    return value.typename.split(".", 1)[0] in ("nn", "cudnn", "fbcunn", "fbnn", "inn") or "gradInput" in value


class Porter:
    """Turns Lua modules into Specs; one Lua object always gives the same Spec, so that sharing survives."""

    def __init__(self) -> None:
        self.known: dict[int, Spec] = {}
        self.open: set[int] = set()
        self.training = [True]

    def port(self, lua: TorchObject, path: str) -> Spec:
        """The Spec of a Lua module, made with its entry of the layer table."""
        known = self.known.get(id(lua))
        if known is not None:
            return known
        if id(lua) in self.open:
            raise PortError(f"{path} ({lua.typename}): the module contains itself")
        if len(self.open) > 200:
            raise PortError(f"{path}: modules are nested more than 200 deep")
        entry = TABLE.get(lua.typename)
        if entry is None:
            raise UnknownLayer(unknown(lua, path))
        train = lua.get("train")
        self.training.append(self.training[-1] if train is None else bool(train))
        self.open.add(id(lua))
        spec = entry(Layer(lua, path, self.port))
        self.open.discard(id(lua))
        if not spec.typename or spec.lua is None:
            spec.typename, spec.path, spec.lua = lua.typename, path, lua
            spec.training = self.training[-1]
        self.training.pop()
        self.known[id(lua)] = spec
        return spec


class Builder:
    """Makes modules of Specs; Specs and Lua tensors that are shared give shared modules and parameters."""

    def __init__(self) -> None:
        self.modules: dict[int, torch.nn.Module] = {}
        self.specs: list[Spec] = []  # those that were built, inner ones first
        self.parameters: dict[Any, torch.nn.Parameter] = {}

    def build(self, spec: Spec) -> torch.nn.Module:
        """The module of a Spec, with its weights."""
        module = self.modules.get(id(spec))
        if module is not None:
            return module
        children = [self.build(child) for child in spec.children]
        # no time for initial values: the file has the weights
        with torch.device("meta") if spec.weights else contextlib.nullcontext():
            module = spec.cls(*spec.args, *children, **spec.kwargs)
        for name, weight in spec.weights.items():
            self._fill(module, name, weight, spec)
        for name, buffer in module.named_buffers(recurse=False):
            if buffer.is_meta and name == "num_batches_tracked":
                module.register_buffer(name, torch.zeros((), dtype=torch.long))
        left = [name for name, tensor in module.named_parameters(recurse=False) if tensor.is_meta]
        if left:
            raise PortError(f"{spec.path} ({spec.typename}): the file has no values for {', '.join(left)}")
        module.training = spec.training
        self.modules[id(spec)] = module
        self.specs.append(spec)
        return module

    def _fill(self, module: torch.nn.Module, name: str, weight: Weight, spec: Spec) -> None:
        if "." in name:  # inside a parametrization
            inside, name = name.rsplit(".", 1)
            module = module.get_submodule(inside)
        expected = getattr(module, name, None)
        if isinstance(expected, torch.Tensor) and expected.shape != weight.value.shape:
            have, want = ("x".join(map(str, shape)) for shape in (weight.source.shape, expected.shape))
            raise PortError(f"{spec.path} ({spec.typename}): the tensor for {name!r} has size {have}, expected {want}")
        if name in module._buffers:
            module.register_buffer(name, own(weight.value))
            return
        identity = parameter_identity(weight)
        parameter = self.parameters.get(identity)
        if parameter is None:
            value = own(weight.value)
            parameter = torch.nn.Parameter(value, requires_grad=value.is_floating_point())
            self.parameters[identity] = parameter
        setattr(module, name, parameter)


def parameter_identity(weight: Weight) -> Any:
    """Equal for weights whose elements are the same elements of a file's memory in the same order."""
    source, value = weight.source, weight.value
    memory = source.untyped_storage()._cdata
    if value.untyped_storage()._cdata == memory:
        return memory, value.storage_offset(), tuple(value.shape), value.stride()
    # a copy: which elements it has shows when the layout is applied to their numbers (exact in doubles)
    numbers = torch.arange(source.numel(), dtype=torch.float64).reshape(source.shape)
    order = hashlib.sha256(weight.layout(numbers).contiguous().numpy()).digest()
    return memory, source.storage_offset(), tuple(source.shape), source.stride(), tuple(value.shape), order


def own(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor in memory of its own, contiguous: not a window into a flat storage of all parameters."""
    whole = tensor.numel() * tensor.element_size() == tensor.untyped_storage().nbytes()
    return tensor if whole and tensor.is_contiguous() else tensor.clone(memory_format=torch.contiguous_format)
