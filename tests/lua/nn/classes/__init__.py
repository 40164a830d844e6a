"""One row for each class of nn: how to make it, what to feed it, and what PyTorch computes in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A module and what is checked of it.

    make and feed are Lua expressions: the constructor, and an input of two or more samples along the first dimension of
    each tensor. reference(m, x) computes the output in PyTorch from the module's fields and the input (a tensor, a list
    of tensors, …). The flags switch off checks that the class cannot pass.
    """

    name: str
    make: str
    feed: str
    reference: Callable[[Any, Any], Any] | None = None
    singles: bool = True  # whether a batch is its samples one by one
    gradient: bool = True  # whether gradInput is the derivative of the output
    parameters: bool = True  # whether the parameters' gradients are dense tensors
    strided: bool = True  # whether the input's memory may have gaps
    draws: bool = False  # whether the output depends on random numbers
    typed: bool = True  # whether type() converts the output

    def __str__(self) -> str:
        return self.make


@dataclass(frozen=True)
class Loss:
    """A criterion: make, feed and target are Lua expressions; reference(c, x, t) computes the loss in PyTorch."""

    name: str
    make: str
    feed: str
    target: str
    reference: Callable[[Any, Any, Any], Any]
    gradient: bool = True  # whether gradInput is the derivative of the loss everywhere near the input
    singles: bool = True  # whether the loss of a batch is the mean of its samples' losses

    def __str__(self) -> str:
        return self.make


@dataclass(frozen=True)
class Script:
    """A class without an input and an output of the usual kind: a Lua chunk of assertions about it."""

    name: str
    chunk: str

    def __str__(self) -> str:
        return self.name
