"""What the twins share."""

from __future__ import annotations

from typing import Any

from torch import nn


class Twin(nn.Module):
    """A module whose repr shows its settings (in emitted source the base is plain nn.Module)."""

    def extra_repr(self) -> str:
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_") and name != "training"}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


def as_table(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """A Lua table of inputs, given as one list or tuple or as separate arguments, as a tuple."""
    return tuple(inputs[0]) if len(inputs) == 1 and isinstance(inputs[0], (list, tuple)) else inputs


class TableTwin(Twin):
    """A module that takes a table: a list or tuple, or its entries as separate arguments."""

    def forward(self, *inputs: Any) -> Any:
        return self.table(as_table(inputs))

    def table(self, inputs: tuple[Any, ...]) -> Any:
        raise NotImplementedError
