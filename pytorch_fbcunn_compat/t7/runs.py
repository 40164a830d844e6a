"""Runs of records that have their contents at the same places: compared and taken apart many at once, with NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .values import as_number, as_text

FIRST = 32  # records that are compared at once before it is clear that there are more of them
_EXACT = float(1 << 53)


class Run(NamedTuple):
    """Records that lie one after another.

    Attributes:
        buffer: the stream.
        position: offset of the first record.
        size: bytes of each.
        count: how many there are.
    """

    buffer: Any
    position: int
    size: int
    count: int

    def column(self, start: int, code: str) -> np.ndarray:
        """What stands `start` bytes into each record, of NumPy's type `code`; a view of the stream."""
        return np.ndarray((self.count,), code, self.buffer, self.position + start, (self.size,))

    def alike(self, constants: list[tuple[int, int]], pattern: int) -> int:
        """How many of the records, from the first, have in these ranges of bytes what the one at `pattern` has."""
        rows = np.ndarray((self.count, self.size), np.uint8, self.buffer, self.position)
        wanted = np.ndarray((self.size,), np.uint8, self.buffer, pattern)
        good = np.ones(self.count, bool)
        for start, stop in constants:
            good &= (rows[:, start:stop] == wanted[start:stop]).all(1)
        return self.count if good.all() else int(good.argmin())

    def numbered(self, start: int, code: str, first: int) -> int:
        """How many of the records have the numbers `first`, `first` + 1, … there."""
        good = self.column(start, code) == np.arange(first, first + self.count)
        return self.count if good.all() else int(good.argmin())

    def numbers(self, start: int, order: str) -> list[int | float]:
        """Lua numbers as `values.as_number` gives them."""
        values = self.column(start, f"{order}f8")
        with np.errstate(invalid="ignore"):
            whole = (values == np.floor(values)) & (np.abs(values) <= _EXACT) & ((values != 0) | ~np.signbit(values))
        return values.astype(np.int64).tolist() if whole.all() else [as_number(value) for value in values.tolist()]

    def booleans(self, start: int, order: str) -> list[bool]:
        """Lua booleans."""
        return (self.column(start, f"{order}i4") != 0).tolist()

    def texts(self, start: int, length: int) -> list[str | bytes]:
        """Strings of `length` bytes as `values.as_text` gives them."""
        if not length:
            return [""] * self.count
        found = self.column(start, f"V{length}").tolist()
        try:
            return [value.decode() for value in found]
        except UnicodeDecodeError:
            return [as_text(value) for value in found]


class Patience:
    """Decides when a run is worth a try: often while they are long, ever more seldom while they are not."""

    def __init__(self) -> None:
        self.wait = self.pause = FIRST

    def ready(self, left: int) -> bool:
        """Counts a record that was read singly; True if the `left` that may follow should be tried as a run."""
        self.wait -= 1
        return self.wait <= 0 and left >= FIRST

    def judge(self, taken: int) -> int:
        """Takes note of how many records a run had, and returns that."""
        self.pause = 1 if taken > FIRST else min(2 * self.pause + FIRST, 1 << 14)
        self.wait = self.pause
        return taken


def walk(
    buffer: Any,
    position: int,
    end: int,
    size: int,
    free: list[tuple[int, int]],
    most: int,
    take: Callable[[Run], int],
) -> int:
    """Hands over the records that follow one that ends at `position`, as long as they are like it, in growing runs.

    Args:
        buffer, end: the stream and its length.
        position: where the first of them begins.
        size: bytes of a record.
        free: where records may differ: first byte and number of bytes.
        most: how many there can be.
        take: keeps the records of a run and returns how many it took.

    Returns:
        how many were taken.
    """
    pattern, taken, chunk = position - size, 0, FIRST
    bounds = [0, *(edge for start, count in sorted(free) for edge in (start, start + count)), size]
    constants = [pair for pair in zip(bounds[::2], bounds[1::2], strict=True) if pair[0] < pair[1]]
    while (count := min(chunk, most - taken, (end - position) // size)) > 0:
        run = Run(buffer, position, size, count)
        good = run.alike(constants, pattern)
        kept = take(run._replace(count=good)) if good else 0
        taken += kept
        position += kept * size
        if kept < chunk:
            break
        chunk = min(4 * chunk, max(FIRST, (1 << 22) // size))
    return taken
