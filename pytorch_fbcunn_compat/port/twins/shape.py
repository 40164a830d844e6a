"""Layers that rearrange, select or reduce: batch dimensions are recognised as the originals do."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from .base import Twin


class View(Twin):
    """Reshapes each sample to `size`; what exceeds the size is the batch."""

    def __init__(self, *size: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.size, self.num_input_dims = size, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dims = self.num_input_dims or input.dim()
        leading = math.prod(input.shape[: input.dim() - dims])
        if -1 not in self.size:
            leading *= math.prod(input.shape[input.dim() - dims :]) // math.prod(self.size)
        if leading == 1 and (self.num_input_dims is None or input.dim() <= dims):
            return input.reshape(self.size)
        return input.reshape(leading, *self.size)


class Reshape(Twin):
    """Reshapes to `size`, or each sample of a batch to it.

    With batch_mode None the input is one sample if it has as many elements as `size` and its first dimension is not 1.
    """

    def __init__(self, *size: int, batch_mode: bool | None = None) -> None:
        super().__init__()
        self.size, self.batch_mode = size, batch_mode

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        single = input.numel() == math.prod(self.size) and input.shape[0] != 1
        if self.batch_mode is False or (self.batch_mode is None and single):
            return input.reshape(self.size)
        return input.reshape(input.shape[0], *self.size)


class Collapse(Twin):
    """Flattens the last `dims` dimensions into one."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.flatten(-self.dims)


class Transpose(Twin):
    """Exchanges pairs of dimensions one after another (counted from 0, in a sample of num_input_dims if given)."""

    def __init__(self, *pairs: tuple[int, int], num_input_dims: int | None = None) -> None:
        super().__init__()
        self.pairs, self.num_input_dims = pairs, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        shift = 0 if self.num_input_dims is None else max(0, input.dim() - self.num_input_dims)
        for first, second in self.pairs:
            input = input.transpose(first + shift, second + shift)
        return input


class Squeeze(Twin):
    """Removes dimensions of size 1: all, or `dim` (counted from 0, in a sample of num_input_dims if given)."""

    def __init__(self, dim: int | None = None, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.dim is None:
            return input.squeeze() if input.numel() != 1 else input.reshape(1)
        batched = self.num_input_dims is not None and input.dim() > self.num_input_dims
        return input.squeeze(self.dim + batched)


class Unsqueeze(Twin):
    """Inserts a dimension of size 1 before dimension `dim` of a sample."""

    def __init__(self, dim: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        shift = 0 if self.num_input_dims is None else input.dim() - self.num_input_dims
        return input.unsqueeze(self.dim + shift)


class Select(Twin):
    """The slice `index` of dimension `dim`, both from 0 or negative."""

    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim, self.index = dim, index

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.select(self.dim, self.index)


class Narrow(Twin):
    """`length` slices of dimension `dim` from `start`; a negative length counts back from the end (-1: to the end)."""

    def __init__(self, dim: int, start: int, length: int) -> None:
        super().__init__()
        self.dim, self.start, self.length = dim, start, length

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        size = input.shape[self.dim]
        length = self.length if self.length >= 0 else size - self.start + self.length + 1
        if self.start < 0:
            return input.narrow(self.dim, 0, size - length)
        return input.narrow(self.dim, self.start, length)


class Replicate(Twin):
    """Repeats the input `count` times along a new dimension."""

    def __init__(self, count: int, dim: int = 0, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.count, self.dim, self.num_input_dims = count, dim, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        shift = 0 if self.num_input_dims is None else max(0, input.dim() - self.num_input_dims)
        dim = self.dim + shift
        return input.unsqueeze(dim).expand(*input.shape[:dim], self.count, *input.shape[dim:])


class Padding(Twin):
    """Inserts |pad| slices of `value` into dimension `dim`, `index` slices from its start (pad < 0) or its end."""

    def __init__(
        self, dim: int, pad: int, num_input_dims: int | None = None, value: float = 0.0, index: int = 0
    ) -> None:
        super().__init__()
        self.dim, self.pad, self.num_input_dims, self.value, self.index = dim, pad, num_input_dims, value, index

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dim = self.dim if self.num_input_dims in (None, input.dim()) else self.dim + 1
        place = input.shape[dim] - self.index if self.pad > 0 else self.index
        size = [*input.shape[:dim], abs(self.pad), *input.shape[dim + 1 :]]
        before, after = input.split([place, input.shape[dim] - place], dim)
        return torch.cat([before, input.new_full(size, self.value), after], dim)


class SplitTable(Twin):
    """The slices of one dimension as a tuple."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return input.unbind(self.dim)


class Constant(Twin):
    """A constant, whatever the input; repeated for a batch if num_input_dims says what a sample is."""

    def __init__(self, *size: int, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.num_input_dims = num_input_dims
        self.register_buffer("value", torch.empty(size))

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.num_input_dims is not None and input.dim() > self.num_input_dims:
            return self.value.expand(input.shape[0], *self.value.shape)
        return self.value


class Sum(Twin):
    """Sum or mean over one dimension (counted from 0, in a sample of num_input_dims if given, or negative)."""

    def __init__(
        self, dim: int = 0, num_input_dims: int | None = None, average: bool = False, squeeze: bool = True
    ) -> None:
        super().__init__()
        self.dim, self.num_input_dims, self.average, self.squeeze = dim, num_input_dims, average, squeeze

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dim = self.dim + 1 if self.dim >= 0 and input.dim() - 1 == self.num_input_dims else self.dim
        keep = not self.squeeze or input.dim() == 1
        return input.mean(dim, keep) if self.average else input.sum(dim, keep)


class Max(Twin):
    """Maximum over one dimension (counted from 0, in a sample of num_input_dims if given, or negative)."""

    def __init__(self, dim: int = 0, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dim = self.dim + 1 if self.dim >= 0 and input.dim() - 1 == self.num_input_dims else self.dim
        return input.max(dim, input.dim() == 1).values


class Min(Twin):
    """Minimum over one dimension (counted from 0, in a sample of num_input_dims if given, or negative)."""

    def __init__(self, dim: int = 0, num_input_dims: int | None = None) -> None:
        super().__init__()
        self.dim, self.num_input_dims = dim, num_input_dims

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        dim = self.dim + 1 if self.dim >= 0 and input.dim() - 1 == self.num_input_dims else self.dim
        return input.min(dim, input.dim() == 1).values


def power_sum(input: torch.Tensor, p: float, eps: float) -> torch.Tensor:
    """Sum of |x|^p over rows; for p < 2 its gradient is p x (|x| + eps)^(p - 2), finite at 0."""
    if p >= 2:
        return input.abs().pow(p).sum(-1, keepdim=True)
    value = input.detach()
    slope = p * value * (value.abs() + eps).pow(p - 2)
    return (value.abs().pow(p) + slope * (input - value)).sum(-1, keepdim=True)


def largest(input: torch.Tensor, eps: float) -> torch.Tensor:
    """Largest |x| of rows, plus eps; the first of the largest has the gradient x / (|x| + eps), the others none."""
    chosen = input.gather(-1, input.abs().argmax(-1, keepdim=True))
    value = chosen.detach()
    norm = value.abs() + eps
    return norm + value / norm * (chosen - value)


class Normalize(Twin):
    """Divides each row by its p-norm, (sum |x|^p + eps)^(1/p)."""

    def __init__(self, p: float = 2.0, eps: float = 1e-10) -> None:
        super().__init__()
        self.p, self.eps = p, eps

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if self.p == math.inf:
            return input / largest(input, self.eps)
        return input / (power_sum(input, self.p, self.eps) + self.eps).pow(1 / self.p)


class Flip(Twin):
    """A dimension in the opposite order."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input.flip(self.dim)


class OneHot(Twin):
    """One-hot rows for indices counted from 1."""

    def __init__(self, size: int, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.size, self.dtype = size, dtype

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return nn.functional.one_hot(input.long() - 1, self.size).to(self.dtype)


class Bottle(Twin):
    """Applies a module that takes `input_dims` dimensions to inputs with more, the leading ones merged into a batch."""

    def __init__(self, module: nn.Module, input_dims: int = 2, output_dims: int = 2) -> None:
        super().__init__()
        self.module, self.input_dims, self.output_dims = module, input_dims, output_dims

    def forward(self, input: Any) -> Any:
        extra = input.dim() - self.input_dims
        if extra <= 0:
            return self.module(input)
        output = self.module(input.flatten(0, extra))
        return output.unflatten(0, input.shape[: extra + 1])
