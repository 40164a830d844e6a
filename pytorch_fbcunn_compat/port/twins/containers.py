"""Containers: how the outputs of their modules are put together."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .base import as_table


class Sequential(nn.Sequential):
    """nn.Sequential whose first module may take a table, also as separate arguments."""

    def forward(self, *inputs: Any) -> Any:
        value = inputs[0] if len(inputs) == 1 else inputs
        for module in self:
            value = module(value)
        return value


class ConcatTable(nn.ModuleList):
    """Gives the same input to every module; returns their outputs as a tuple."""

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__(modules)

    def forward(self, *inputs: Any) -> tuple[Any, ...]:
        value = inputs[0] if len(inputs) == 1 else inputs
        return tuple(module(value) for module in self)


class ParallelTable(nn.ModuleList):
    """Gives each module its entry of the table; returns their outputs as a tuple."""

    def __init__(self, *modules: nn.Module) -> None:
        super().__init__(modules)

    def forward(self, *inputs: Any) -> tuple[Any, ...]:
        # Torch7 stops at the last module; further entries of the table are not used
        return tuple(module(entry) for module, entry in zip(self, as_table(inputs), strict=False))


class MapTable(nn.Module):
    """Gives every entry of the table to the same module; returns the outputs as a tuple."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, *inputs: Any) -> tuple[Any, ...]:
        return tuple(self.module(entry) for entry in as_table(inputs))


class Concat(nn.ModuleList):
    """Gives the same input to every module; concatenates their outputs along a dimension."""

    def __init__(self, *modules: nn.Module, dim: int = 1) -> None:
        super().__init__(modules)
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"

    def forward(self, *inputs: Any) -> torch.Tensor:
        value = inputs[0] if len(inputs) == 1 else inputs
        return torch.cat([module(value) for module in self], self.dim)


class DepthConcat(nn.ModuleList):
    """As Concat; smaller outputs are centred in zeros of the largest size."""

    def __init__(self, *modules: nn.Module, dim: int = 1) -> None:
        super().__init__(modules)
        self.dim = dim

    def forward(self, *inputs: Any) -> torch.Tensor:
        value = inputs[0] if len(inputs) == 1 else inputs
        outputs = [module(value) for module in self]
        dim = self.dim % outputs[0].dim()
        largest = [max(sizes) for sizes in zip(*(output.shape for output in outputs), strict=True)]
        padded = []
        for output in outputs:
            pad: list[int] = []
            for axis in reversed(range(output.dim())):
                room = 0 if axis == dim else largest[axis] - output.shape[axis]
                pad += [room // 2, room - room // 2]
            padded.append(nn.functional.pad(output, pad))
        return torch.cat(padded, dim)


class Parallel(nn.ModuleList):
    """Gives slice i of one dimension to module i; concatenates the outputs along another."""

    def __init__(self, *modules: nn.Module, input_dim: int = 0, output_dim: int = 0) -> None:
        super().__init__(modules)
        self.input_dim, self.output_dim = input_dim, output_dim

    def extra_repr(self) -> str:
        return f"input_dim={self.input_dim}, output_dim={self.output_dim}"

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        slices = zip(self, input.unbind(self.input_dim), strict=False)
        return torch.cat([module(part) for module, part in slices], self.output_dim)


class GraphModule(nn.ModuleList):
    """Modules wired as a graph.

    Args:
        modules: the modules, in the order of `steps`.
        steps: for each module the value it takes, as a tuple (number of a value, position in it, position in that, …),
            or a list of such for a table. Value 0 is the input; value i + 1 is the output of module i.
        outputs: what the graph returns, in the same form.
    """

    def __init__(self, *modules: nn.Module, steps: tuple[Any, ...] = (), outputs: Any = (0,)) -> None:
        super().__init__(modules)
        self.steps, self.outputs = steps, outputs

    def forward(self, *inputs: Any) -> Any:
        values = [inputs[0] if len(inputs) == 1 else inputs]
        for module, wanted in zip(self, self.steps, strict=True):
            values.append(module(self.pick(values, wanted)))
        return self.pick(values, self.outputs)

    def pick(self, values: list[Any], wanted: Any) -> Any:
        if isinstance(wanted, list):
            return tuple(self.pick(values, each) for each in wanted)
        value = values[wanted[0]]
        for position in wanted[1:]:
            value = value[position]
        return value
