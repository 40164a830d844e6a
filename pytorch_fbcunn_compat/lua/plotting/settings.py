"""What ``set`` and ``unset`` change on a figure, and the data that it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from numpy.typing import NDArray

from .style import Style

Limit = float | None


@dataclass
class Settings:
    """Decorations of a figure, named after gnuplot's commands."""

    title: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    """Of the axes x, y, z and y2, cb."""
    ranges: dict[str, tuple[Limit, Limit]] = field(default_factory=dict)
    reverse: set[str] = field(default_factory=set)
    logscale: dict[str, float] = field(default_factory=dict)
    """Bases, by axis."""
    ticks: dict[str, Any] = field(default_factory=dict)
    """By axis: a list of (position, text), a step, or False for none."""
    rotate: dict[str, float] = field(default_factory=dict)
    grid: bool = False
    key: bool = True
    key_place: str = "upper right"
    key_outside: bool = False
    ratio: float | None = None
    """Height by width; negative: the same unit on both axes."""
    palette: str = "gnuplot"
    colorbox: bool = True
    view: tuple[float, float] | None = None
    flat: bool = False
    """``set view map``"""
    border: bool = True
    contour: bool = False
    data_style: str = "linespoints"
    notes: list[tuple[str, float, float]] = field(default_factory=list)
    """``set label``: text and place."""
    lines: dict[int, Style] = field(default_factory=dict)
    separator: str | None = None


@dataclass
class Series:
    """One curve: columns of numbers, the first of them x."""

    label: str
    columns: NDArray[Any]
    style: Style
    texts: list[str] = field(default_factory=list)


@dataclass
class Panel:
    """One system of axes. ``grid``: the matrix of an image or surface, with its x and y where they are given."""

    kind: Literal["curves", "image", "surface", "points"]
    series: list[Series] = field(default_factory=list)
    grids: list[tuple[str, list[NDArray[Any]]]] = field(default_factory=list)
    settings: Settings | None = None
    """Its own decorations, in a multiplot."""
