"""Small functions that translated scripts use; their source is written into the script."""

from __future__ import annotations

import os
from typing import Any

import torch


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
