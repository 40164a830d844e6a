"""Rows of the table of functions, and NumPy references that more than one row needs.

A row gives the arguments of a call as Lua text over tensors `a`, `b`, `c` (and `i`, an index tensor), and the result as
a function of the same as NumPy arrays. Forms: f `torch.F(a, …)`, r an empty result given first, s one that fits,
R two empty results, m `a:F(…)` returning new values, i `a:F(…)` working in place, 1 made from no tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

INTEGERS = ("Byte", "Char", "Short", "Int", "Long")
REALS = ("Float", "Double")
ALL = INTEGERS + REALS
SIGNED = ("Int", "Long", "Float", "Double")

Shapes = tuple[tuple[int, ...], ...]
SAME: Shapes = ((4, 5), (4, 5), (4, 5))


@dataclass(frozen=True)
class Row:
    arguments: str
    reference: Callable[..., Any]
    types: tuple[str, ...] = ALL
    forms: str = "frsi"
    shapes: Shapes = SAME
    values: str = "small"  # small (0 or 1 to 5), unit (0.1 to 0.9), wide (-3 to 3), distinct, mask
    index: str = ""  # what `i` is: rows, columns


def as_type(value: Any, like: np.ndarray) -> np.ndarray:
    """A result in the element type, wrapped as a C cast does it."""
    with np.errstate(invalid="ignore"):
        return np.asarray(value).astype(like.dtype)


def trunc_div(a: np.ndarray, b: Any) -> np.ndarray:
    if a.dtype.kind == "f":
        return a / b
    wide = a.astype(np.int64)
    return as_type(np.sign(wide) * np.sign(b) * (np.abs(wide) // np.abs(np.asarray(b, np.int64))), a)


def round_half_away(a: np.ndarray) -> np.ndarray:
    return np.sign(a) * np.floor(np.abs(a) + 0.5)


def keep(reduction: Callable[..., np.ndarray], axis: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda a: as_type(reduction(a, axis=axis, keepdims=True), a)


def extreme(pick: Callable[..., np.ndarray], place: Callable[..., np.ndarray], axis: int) -> Callable[..., Any]:
    return lambda a: (pick(a, axis=axis, keepdims=True), np.expand_dims(place(a, axis=axis), axis) + 1)


def ordered(a: np.ndarray, axis: int, descending: bool = False) -> tuple[np.ndarray, np.ndarray]:
    order = np.argsort(a, axis=axis, kind="stable")
    order = np.flip(order, axis) if descending else order
    return np.take_along_axis(a, order, axis), order + 1


def nth(a: np.ndarray, axis: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    values, order = ordered(a, axis)
    return np.take(values, [k - 1], axis), np.take(order, [k - 1], axis)


def correlate(a: np.ndarray, k: np.ndarray, full: bool, flip: bool) -> np.ndarray:
    """Of one image or volume with one kernel."""
    if flip:
        k = np.flip(k)
    if full:
        a = np.pad(a, [(n - 1, n - 1) for n in k.shape])
    windows = np.lib.stride_tricks.sliding_window_view(a, k.shape)
    axes = tuple(range(a.ndim, 2 * a.ndim))
    return as_type((windows.astype(np.float64) * k).sum(axes), a)


def correlation_rows(dims: int, flip: bool) -> list[Row]:
    image, kernel = (5, 6, 7)[:dims], (2, 3, 2)[:dims]

    def row(letter: str) -> list[Row]:
        full = letter == "F"
        one = Row(f"a, b, '{letter}'", lambda a, b: correlate(a, b, full, flip), forms="frs", shapes=(image, kernel))
        each = Row(
            f"a, b, '{letter}'",
            lambda a, b: np.stack([correlate(x, k, full, flip) for x, k in zip(a, b, strict=True)]),
            forms="frs",
            shapes=((3, *image), (3, *kernel)),
        )
        summed = Row(
            f"a, b, '{letter}'",
            lambda a, b: np.stack(
                [sum(correlate(x, k, full, flip) for x, k in zip(a, ks, strict=True)).astype(a.dtype) for ks in b]
            ),
            forms="frs",
            shapes=((3, *image), (2, 3, *kernel)),
        )
        return [one, each, summed]

    return row("V") + row("F")


def unary(function: Callable[..., Any], values: str = "unit") -> list[Row]:
    return [Row("a", function, REALS, values=values)]


def with_number(function: Callable[..., Any], number: str = "3", types: tuple[str, ...] = ALL) -> list[Row]:
    return [Row(f"a, {number}", lambda a: as_type(function(a), a), types)]


def pairwise(function: Callable[..., Any], types: tuple[str, ...] = ALL, values: str = "small") -> list[Row]:
    shared_count: Shapes = ((4, 5), (20,), (20,))  # operands only need as many elements
    return [
        Row("a, b", lambda a, b: as_type(function(a, b), a), types, values=values),
        Row(
            "a, b", lambda a, b: as_type(function(a, b.reshape(a.shape)), a), types, shapes=shared_count, values=values
        ),
    ]


def comparison(function: Callable[..., np.ndarray]) -> list[Row]:
    return [
        Row("a, 3", lambda a: function(a, 3).astype(np.uint8), forms="fm"),
        Row("a, b", lambda a, b: function(a, b).astype(np.uint8), forms="fm"),
    ]


def matrix_product(forms: str, shapes: Shapes, reference: Callable[..., Any]) -> list[Row]:
    def typed(*operands: np.ndarray) -> np.ndarray:
        return as_type(reference(*operands), operands[0])

    return [Row("a, b" if len(shapes) == 2 else "a, b, c", typed, forms=forms, shapes=shapes)]


def accumulated(shapes: Shapes, reference: Callable[..., Any]) -> list[Row]:
    """beta * a + alpha * (b x c), in all orders of the optional numbers."""
    return [
        *matrix_product("frsi", shapes, lambda a, b, c: a + reference(b, c)),
        Row("a, 2, b, c", lambda a, b, c: as_type(a + 2 * reference(b, c), a), forms="frsi", shapes=shapes),
        Row("3, a, 2, b, c", lambda a, b, c: as_type(3 * a + 2 * reference(b, c), a), forms="frs", shapes=shapes),
    ]


def along_columns(a: np.ndarray, p: float) -> np.ndarray:
    return (np.abs(a) ** p).sum(1, keepdims=True) ** (1 / p)


def renormed(a: np.ndarray) -> np.ndarray:
    norms = np.sqrt((a.astype(np.float64) ** 2).sum(1, keepdims=True))
    return as_type(np.where(norms > 1, a / (norms + 1e-7), a), a)


def scattered(a: np.ndarray, i: np.ndarray, source: Any, add: bool = False) -> np.ndarray:
    out = a.copy()
    for r in range(i.shape[0]):
        for c in range(i.shape[1]):
            value = source if np.isscalar(source) else source[r, c]
            out[i[r, c] - 1, c] = out[i[r, c] - 1, c] + value if add else value
    return out


def filled(shape: tuple[int, ...], value: float) -> Callable[..., Any]:
    return lambda a: np.full(shape, value, a.dtype)


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return as_type(((a[:, None].astype(np.float64) - b[None]) ** 2).sum(-1), a)


def counts(a: np.ndarray, low: float, high: float, bins: int = 10) -> np.ndarray:
    return np.histogram(a, bins, (low, high))[0].astype(a.dtype)


def last_mode(run: np.ndarray) -> tuple[Any, int]:
    values, often = np.unique(run, return_counts=True)
    value = values[often.argmax()]
    return value, int(np.flatnonzero(run == value)[-1]) + 1


def modes(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = [last_mode(run) for run in a]
    return np.array([[v] for v, _ in found], a.dtype), np.array([[i] for _, i in found])
