"""Small functions that translated scripts use; their source is written into the script."""

from __future__ import annotations

import math
import os
import weakref
from typing import Any

import numpy as np
import torch
from torch import nn


def show_progress(current: float, goal: float) -> None:
    """A line that shows how far a loop is."""
    print(f"\r{current} of {goal}", end="\n" if current >= goal else "", flush=True)


def count(confusion: torch.Tensor, outputs: torch.Tensor, targets: Any) -> None:
    """Counts a batch in a confusion matrix: a row for each true class, a column for each predicted one.

    Targets are counted from 1.
    """
    rows = torch.as_tensor(targets).long().reshape(-1) - 1
    columns = outputs.detach().reshape(len(rows), -1).argmax(1)
    confusion.index_put_((rows, columns), torch.ones_like(rows), accumulate=True)


def accuracy(confusion: torch.Tensor) -> float:
    """The share of right predictions."""
    return (confusion.diagonal().sum() / confusion.sum()).item()


class Logger:
    """Rows of numbers in a text file."""

    def __init__(self, path: str) -> None:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        self.file = open(path, "w")
        self.named = False

    def set_names(self, names: list[str]) -> None:
        print("\t".join(names), file=self.file)
        self.named = True

    def add(self, row: Any) -> None:
        if isinstance(row, dict):
            if not self.named:
                self.set_names(list(row))
            row = row.values()
        print("\t".join(f"{value:.4e}" for value in row), file=self.file, flush=True)


class Torch7Random:
    """Torch7's random numbers: those that the Lua script gets from the same seed, drawn in the same order."""

    def __init__(self) -> None:
        self.source = np.random.RandomState()
        self.left = np.empty(0)
        self.done: weakref.WeakSet[nn.Module] = weakref.WeakSet()

    def seed(self, seed: float) -> None:
        self.source = np.random.RandomState(int(seed))
        self.left = np.empty(0)
        torch.manual_seed(int(seed))

    def draw(self, count: int) -> np.ndarray:
        """The next 32-bit numbers of the Mersenne twister."""
        return np.frombuffer(self.source.bytes(4 * count), "<u4")

    def uniform(self, low: float = 0, high: float = 1, size: Any = ()) -> torch.Tensor:
        numbers = self.draw(math.prod(size)) / 2**32 * (high - low) + low
        return torch.from_numpy(numbers).reshape(size).to(torch.get_default_dtype())

    def normal(self, mean: float = 0, deviation: float = 1, size: Any = ()) -> torch.Tensor:
        """Two at a time from two uniform ones; the second is kept for the next call."""
        count = math.prod(size)
        angle, length = self.draw(2 * max(0, -(-(count - len(self.left)) // 2))).reshape(-1, 2).T / 2**32
        length = np.sqrt(-2 * np.log1p(-length))
        pairs = np.stack([length * np.cos(2 * np.pi * angle), length * np.sin(2 * np.pi * angle)], 1)
        numbers = np.concatenate([self.left, pairs.flatten()])
        self.left = numbers[count:]
        numbers = numbers[:count] * deviation + mean
        return torch.from_numpy(numbers).reshape(size).to(torch.get_default_dtype())

    def integer(self, low: int, high: int) -> int:
        return int(self.draw(1)[0]) % (high - low + 1) + low

    def permutation(self, count: int) -> torch.Tensor:
        """The numbers 0 to count - 1, shuffled."""
        order = list(range(count))
        for place, number in enumerate(self.draw(max(0, count - 1)).tolist()):
            other = place + number % (count - place)
            order[place], order[other] = order[other], order[place]
        return torch.tensor(order)

    @torch.no_grad()
    def reset(self, model: nn.Module) -> nn.Module:
        """Gives the new layers of a model the initial weights that they have in Lua."""
        for layer in model.modules():
            if layer in self.done:
                continue
            self.done.add(layer)
            if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.affine:
                layer.weight.copy_(self.uniform(size=layer.weight.shape))
            elif isinstance(layer, nn.Embedding):
                layer.weight.copy_(self.normal(size=layer.weight.shape))
            elif isinstance(layer, (nn.Linear, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d)):
                # ConvTranspose2d has its input channels first
                inputs = layer.weight[:, 0] if isinstance(layer, nn.ConvTranspose2d) else layer.weight[0]
                bound = 1 / math.sqrt(inputs.numel())
                for parameter in (layer.weight, layer.bias):
                    if parameter is not None:
                        parameter.copy_(self.uniform(-bound, bound, parameter.shape))
        return model


class Dropout(nn.Module):
    """nn.Dropout with the random numbers of a Torch7Random."""

    def __init__(self, p: float, rng: Torch7Random) -> None:
        super().__init__()
        self.p, self.rng = p, rng

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training or not self.p:
            return input
        kept = self.rng.uniform(size=input.shape) <= 1 - self.p
        return input * kept.to(input) / (1 - self.p)
