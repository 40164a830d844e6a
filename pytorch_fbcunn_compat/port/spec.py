"""What the layer table says about one layer: which PyTorch module, with which arguments, weights and children."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable
from typing import Any, NoReturn

import torch

from ..t7 import LuaStorage, LuaTable, TorchObject


class PortError(ValueError):
    """A model cannot be built in PyTorch; the message names the layer, its place in the model and what to do."""


class UnknownLayer(PortError):
    """A layer class that the table does not know."""


@dataclasses.dataclass
class Weight:
    """One parameter or buffer of the PyTorch module.

    Attributes:
        value: the tensor of the Lua module, already in PyTorch's layout.
        source: the Lua tensor it came from (its identity tells which parameters are shared).
        gradient: the Lua field that accumulates its gradient, or None for a buffer.
        layout: the linear map from the Lua layout to PyTorch's, to bring gradients into the same form.
        owner: the Lua object that has the fields.
        path: its place.
    """

    value: torch.Tensor
    source: torch.Tensor
    gradient: str | None
    layout: Callable[[torch.Tensor], torch.Tensor]
    owner: TorchObject
    path: str


@dataclasses.dataclass
class Spec:
    """A PyTorch module to be: ``cls(*args, *children, **kwargs)`` with weights.

    Attributes:
        cls: a class of torch.nn, or a twin (a self-contained class from `port.twins`).
        args, kwargs: literals.
        weights: by parameter or buffer name of the PyTorch module.
        children: sub-modules in the order in which ``cls`` takes them.
        idiom: what a person would write for a batch, where `cls` also covers Lua's unbatched input: another Spec, or
            source text with ``{x}`` for the input.
        exact: note shown to the user if the twin differs from the original in something, else empty.
        labels: names that the author gave to the children (nngraph annotations).
        inputs: number of entries of the input table, where it is known.
        block: for an object of an emitted class, the class and its arguments (`blocks.Use`).
        whole: the Lua module is all of this layer, not only its last part.
        typename, path, lua, training: which Lua module this was, filled in by the porter.
        random: the layer draws random numbers in training, so outputs are not comparable number by number.
    """

    cls: type
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = dataclasses.field(default_factory=dict)
    weights: dict[str, Weight] = dataclasses.field(default_factory=dict)
    children: list[Spec] = dataclasses.field(default_factory=list)
    idiom: Spec | str | None = None
    note: str = ""
    random: bool = False
    labels: list[str | None] = dataclasses.field(default_factory=list)
    inputs: int | None = None
    block: Any = None
    whole: bool = True
    typename: str = ""
    path: str = ""
    lua: TorchObject | None = None
    training: bool = True


class Layer:
    """Reads the fields of a Lua module; what is missing or of a wrong kind raises a PortError with the place.

    Attributes:
        lua: the object.
        path: its place, such as ``model.modules[3]``.
    """

    def __init__(self, lua: TorchObject, path: str, port: Callable[[TorchObject, str], Spec]) -> None:
        self.lua = lua
        self.path = path
        self._port = port

    @property
    def typename(self) -> str:
        return self.lua.typename

    def fail(self, reason: str) -> NoReturn:
        raise PortError(f"{self.path} ({self.typename}): {reason}")

    def has(self, name: str) -> bool:
        return self.lua.get(name) is not None

    def number(self, name: str, default: float | None = None) -> float:
        value = self.lua.get(name)
        if value is None:
            if default is None:
                self.fail(f"the field {name!r} is missing")
            return default
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fail(f"the field {name!r} should be a number, not {value!r:.60}")
        return value

    def int(self, name: str, default: int | None = None) -> int:
        value = self.number(name, default)
        if value != int(value):
            self.fail(f"the field {name!r} should be a whole number, not {value}")
        return int(value)

    def optional_int(self, name: str) -> int | None:
        return None if self.lua.get(name) is None else self.int(name)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.lua.get(name)
        return default if value is None else bool(value)

    def text(self, name: str, default: str) -> str:
        value = self.lua.get(name)
        if value is not None and not isinstance(value, str):
            self.fail(f"the field {name!r} should be a string, not {value!r:.60}")
        return default if value is None else value

    def sizes(self, name: str) -> list[int]:
        """A LongStorage, or an array of numbers."""
        value = self.lua.get(name)
        if isinstance(value, LuaStorage):
            return [int(number) for number in value.tolist()]
        if isinstance(value, LuaTable) and value.is_list:
            return [int(number) for number in value.to_list()]
        self.fail(f"the field {name!r} should be a LongStorage, not {value!r:.60}")

    def tensor(self, name: str) -> torch.Tensor:
        value = self.lua.get(name)
        if not isinstance(value, torch.Tensor):
            self.fail(f"the tensor {name!r} is missing" if value is None else f"the field {name!r} should be a tensor")
        return value

    def has_tensor(self, name: str) -> bool:
        value = self.lua.get(name)
        return isinstance(value, torch.Tensor) and value.numel() > 0

    def weight(
        self,
        name: str,
        layout: Callable[[torch.Tensor], torch.Tensor] | None = None,
        gradient: str | None = "",
        shape: tuple[int, ...] | None = None,
    ) -> Weight:
        """The tensor field `name` as a parameter.

        Args:
            layout: linear map from the Lua tensor to the PyTorch one.
            gradient: field of the gradient; by default ``grad`` + the name with a capital; None for a buffer.
            shape: the shape that the result must have.
        """
        source = self.tensor(name)
        if gradient == "":
            gradient = f"grad{name[0].upper()}{name[1:]}"
        same = layout or (lambda tensor: tensor)
        try:
            value = same(source)
        except RuntimeError as error:
            self.fail(f"the tensor {name!r} has the unexpected size {'x'.join(map(str, source.shape))}: {error}")
        if shape is not None and tuple(value.shape) != shape:
            self.fail(f"the tensor {name!r} has size {tuple(source.shape)}, the layer's other fields ask for {shape}")
        return Weight(value, source, gradient, same, self.lua, self.path)

    def buffer(self, name: str) -> Weight:
        return self.weight(name, gradient=None)

    def child(self, name: str) -> Spec:
        """A field that holds a module."""
        value = self.lua.get(name)
        if not isinstance(value, TorchObject):
            self.fail(f"the field {name!r} should be a module, not {value!r:.60}")
        return self._port(value, f"{self.path}.{name}")

    def children(self, name: str = "modules") -> list[Spec]:
        """A field that holds an array of modules."""
        value = self.lua.get(name)
        if not isinstance(value, LuaTable) or not value.is_list:
            self.fail(f"the field {name!r} should be an array of modules, not {value!r:.60}")
        specs = []
        for position, module in enumerate(value.to_list(), 1):
            place = f"{self.path}.{name}[{position}]"
            if not isinstance(module, TorchObject):
                raise PortError(f"{place}: a module was expected, not {module!r:.60}")
            specs.append(self._port(module, place))
        return specs

    def port(self, module: TorchObject, place: str) -> Spec:
        """Another module that belongs to this one."""
        return self._port(module, f"{self.path}.{place}")


Entry = Callable[[Layer], Spec]
TABLE: dict[str, Entry] = {}
REFUSED: dict[str, str] = {}


def layer(*typenames: str) -> Callable[[Entry], Entry]:
    """Decorator: the entry of the layer table for these Torch classes."""

    def add(entry: Entry) -> Entry:
        for typename in typenames:
            TABLE[typename] = entry
        return entry

    return add


def refuse(typename: str, reason: str) -> None:
    """Records that a class is known and cannot be ported, and why."""
    REFUSED[typename] = reason


def unknown(lua: TorchObject, path: str) -> str:
    """The message for a class that the table does not know, or that cannot be ported."""
    if lua.typename in REFUSED:
        return f"{path}: {lua.typename} cannot be ported: {REFUSED[lua.typename]}"
    close = difflib.get_close_matches(lua.typename, set(TABLE) - {lua.typename}, 1, 0.85)
    also = f" (is it {close[0]}?)" if close else ""
    inside = [str(name) for name, value in lua.fields.items()
              if isinstance(value, TorchObject) and (value.typename in TABLE or "gradInput" in value)]  # fmt: skip
    parts = f"; or port what it holds ({', '.join(inside)}) with key, as in {path}.{inside[0]}" if inside else ""
    return (
        f"{path}: no PyTorch equivalent is known for the layer {lua.typename}{also}; describe it with "
        f"@pytorch_fbcunn_compat.port.layer({lua.typename!r}), or replace it in the Lua model before saving{parts}"
    )
