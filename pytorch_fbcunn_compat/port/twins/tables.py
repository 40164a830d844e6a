"""Layers whose input or output is a table: a tuple here."""

from __future__ import annotations

import functools
import operator
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .base import TableTwin, as_table


class CAddTable(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return functools.reduce(operator.add, inputs)


class CMulTable(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return functools.reduce(operator.mul, inputs)


class CSubTable(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return inputs[0] - inputs[1]


class SubtractByElement(TableTwin):
    """a - b, element by element in memory order, whatever the shape of b."""

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return inputs[0] - inputs[1].reshape(inputs[0].shape)


class CDivTable(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return inputs[0] / inputs[1]


class CMaxTable(TableTwin):
    """Elementwise maximum; equal elements give their gradient to the first."""

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return functools.reduce(lambda best, other: torch.where(other > best, other, best), inputs)


class CMinTable(TableTwin):
    """Elementwise minimum; equal elements give their gradient to the first."""

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return functools.reduce(lambda best, other: torch.where(other < best, other, best), inputs)


class JoinTable(TableTwin):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return torch.cat(inputs, self.dim)


class SelectTable(TableTwin):
    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index

    def table(self, inputs: tuple[Any, ...]) -> Any:
        return inputs[self.index]


class NarrowTable(TableTwin):
    """Entries from `start` on; a negative length counts back from the end (-1: to the end)."""

    def __init__(self, start: int, length: int = 1) -> None:
        super().__init__()
        self.start, self.length = start, length

    def table(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        end = self.start + self.length if self.length >= 0 else len(inputs) + self.length + 1
        return inputs[self.start : end]


def flatten_table(value: Any) -> tuple[Any, ...]:
    """Tensors of nested tables, depth first."""
    return sum(map(flatten_table, value), ()) if isinstance(value, (list, tuple)) else (value,)


class FlattenTable(TableTwin):
    def table(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return flatten_table(inputs)


class ZipTable(TableTwin):
    """((a, b), (c, d)) to ((a, c), (b, d))."""

    def table(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(zip(*inputs, strict=True))


class ZipTableOneToMany(TableTwin):
    """(a, (b, c)) to ((a, b), (a, c))."""

    def table(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple((inputs[0], other) for other in inputs[1])


class CAddTensorTable(TableTwin):
    """(a, (b, c)) to (a + b, a + c)."""

    def table(self, inputs: tuple[Any, ...]) -> tuple[torch.Tensor, ...]:
        return tuple(inputs[0] + other for other in inputs[1])


class DotProduct(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return (inputs[0] * inputs[1]).sum(-1, keepdim=inputs[0].dim() == 1)


class CosineDistance(TableTwin):
    """Cosine of the angle between rows, with 1e-12 added to the squared norms."""

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        a, b = inputs
        keep = a.dim() == 1
        squares = (a.square().sum(-1, keepdim=keep) + 1e-12) * (b.square().sum(-1, keepdim=keep) + 1e-12)
        return (a * b).sum(-1, keepdim=keep) / squares.sqrt()


class PairwiseDistance(TableTwin):
    """p-norm of the difference of rows; in its gradient 1e-6 is added to the norm, so that it is finite at 0."""

    def __init__(self, p: float = 2) -> None:
        super().__init__()
        self.p = p

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        powers = (inputs[0] - inputs[1]).abs().pow(self.p).sum(-1, keepdim=inputs[0].dim() == 1)
        norm = powers.detach().pow(1 / self.p)
        return norm + (powers - powers.detach()) / self.p * (norm + 1e-6).pow(1 - self.p)


class MatMul(TableTwin):
    """Product of two matrices, or of two batches of them, transposed as asked."""

    def __init__(self, transpose_a: bool = False, transpose_b: bool = False) -> None:
        super().__init__()
        self.transpose_a, self.transpose_b = transpose_a, transpose_b

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        a, b = inputs
        return (a.mT if self.transpose_a else a) @ (b.mT if self.transpose_b else b)


class MatVec(TableTwin):
    """Product of a matrix and a vector, or of batches of them."""

    def __init__(self, transpose: bool = False) -> None:
        super().__init__()
        self.transpose = transpose

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        matrix, vector = inputs
        return ((matrix.mT if self.transpose else matrix) @ vector.unsqueeze(-1)).squeeze(-1)


class Index(TableTwin):
    """Slices of the first input by indices counted from 1."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return inputs[0].index_select(self.dim, inputs[1].long() - 1)


class MaskedSelect(TableTwin):
    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        return inputs[0].masked_select(inputs[1].bool())


class MixtureTable(TableTwin):
    """Sum of experts weighted by a gater: (gater, (expert, expert, …)); or (gater, experts stacked along `dim`)."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def table(self, inputs: tuple[Any, ...]) -> torch.Tensor:
        gater, experts = inputs
        dim = self.dim if self.dim is not None else gater.dim() - 1
        if isinstance(experts, (list, tuple)):
            experts = torch.stack(tuple(experts), dim)
        shape = [1] * experts.dim()
        shape[dim] = gater.shape[-1]
        if gater.dim() == 2:
            shape[0] = gater.shape[0]
        return (experts * gater.reshape(shape)).sum(dim)


class Bilinear(nn.Bilinear):
    """nn.Bilinear that takes its two inputs as a table as well."""

    def forward(self, *inputs: Any) -> torch.Tensor:
        return super().forward(*as_table(inputs))


class SparseLinear(TableTwin):
    """Linear layer on sparse samples, each a matrix of rows (index counted from 1, value)."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.empty(out_features))

    def forward(self, *inputs: Any) -> torch.Tensor:
        if len(inputs) == 1 and isinstance(inputs[0], torch.Tensor) and inputs[0].dim() == 2:
            return self.table(inputs)[0]
        return self.table(as_table(inputs))

    def table(self, inputs: tuple[torch.Tensor, ...]) -> torch.Tensor:
        rows = [sample[:, 1] @ self.weight.t()[sample[:, 0].long() - 1] for sample in inputs]
        return torch.stack(rows) + self.bias


class PartialLinear(nn.Module):
    """Linear layer of which only the outputs in `partition` (counted from 0) are computed; None computes all."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True, partition: Any = None) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(out_features, in_features))
        self.bias = nn.Parameter(torch.empty(out_features)) if bias else None
        self.partition = partition

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.partition is None:
            return F.linear(input, self.weight, self.bias)
        chosen = torch.tensor(self.partition, device=input.device)
        return F.linear(input, self.weight[chosen], None if self.bias is None else self.bias[chosen])
