"""Layers and losses for padded sequences: samples whose input is all zeros give zeros, and do not count."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .base import Twin


def first(value: Any) -> torch.Tensor:
    """The first tensor of nested tuples."""
    while isinstance(value, (list, tuple)):
        value = value[0]
    return value


def masked(value: Any, empty: torch.Tensor) -> Any:
    """Nested tuples of tensors with zeros for the samples that are `empty`."""
    if isinstance(value, (list, tuple)):
        return tuple(masked(entry, empty) for entry in value)
    return value.masked_fill(empty.reshape(empty.shape + (1,) * (value.dim() - empty.dim())), 0)


class MaskZero(Twin):
    """Zeros in the output of a module for samples of which the first input, of `input_dims` dimensions, is zeros."""

    def __init__(self, module: nn.Module, input_dims: int) -> None:
        super().__init__()
        self.module, self.input_dims = module, input_dims

    def forward(self, input: Any) -> Any:
        told_by = first(input)
        empty = (told_by == 0).flatten(told_by.dim() - self.input_dims).all(-1)
        return masked(self.module(input), empty)


class MaskZeroCriterion(Twin):
    """A loss over the samples whose input is not all zeros."""

    def __init__(self, criterion: nn.Module) -> None:
        super().__init__()
        self.criterion = criterion

    def forward(self, input: Any, target: Any) -> torch.Tensor:
        told_by = first(input)
        kept = (told_by != 0).flatten(1).any(1)
        if not kept.any():
            return told_by.sum() * 0
        return self.criterion(self.chosen(input, kept), self.chosen(target, kept))

    def chosen(self, value: Any, kept: torch.Tensor) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(self.chosen(entry, kept) for entry in value)
        return value[kept]
