"""The figures of the Lua package gnuplot. Numbers of figures are those that `create` gave."""

from __future__ import annotations

import sys
from typing import Any

from ..objects import LuaTable
from ..plotting import commands, figure, style
from ..plotting.settings import Panel, Series

__all__ = ["command", "create", "flush", "plot", "print_to", "remove", "solid"]

_warned: set[str] = set()


def _warn(text: str) -> None:
    if text not in _warned:
        _warned.add(text)
        print(f"gnuplot: {text}", file=sys.stderr, flush=True)


def _plain(value: Any) -> Any:
    return value.to_plain() if isinstance(value, LuaTable) else value


def _array(tensor: Any) -> Any:
    return tensor.detach().cpu().double().numpy().copy()


def create(name: str, path: str | None = None) -> int:
    """A number for a new figure. ``path``: its file; without one it stands for a window. Raises ValueError."""
    return figure.create(name, path)


def plot(number: float, curves: Any) -> None:
    """Shows curves: a list of [label, matrix (rows of x, y, …), format string]."""
    series = []
    for label, columns, text in _plain(curves):
        try:
            look = style.parse(text)
        except style.UnknownStyle as problem:
            _warn(f"the style {text!r} is not understood ({problem}); the curve is drawn with the default style")
            look = style.Style()
        series.append(Series(label, _array(columns), look))
    with figure.locked():
        figure.get(number).add(Panel("curves", series))


def solid(number: float, kind: str, grids: Any, palette: str | None = None) -> None:
    """Shows an ``"image"`` (of one matrix), a ``"surface"`` (z, or x, y, z) or ``"points"`` (x, y, z).

    ``grids``: a list of [label, tensor, …].
    """
    shown = [(label, [_array(tensor) for tensor in tensors]) for label, *tensors in _plain(grids)]
    with figure.locked():
        target = figure.get(number)
        if kind == "image":
            from ..plotting.draw import colormap

            target.settings.palette = palette or "gray"
            try:
                colormap(target.settings.palette)
            except ValueError as problem:  # gnuplot reports it and goes on
                _warn(f"{problem}; the image is drawn in gray")
                target.settings.palette = "gray"
        else:
            target.settings.contour = kind == "surface"
        target.add(Panel(kind, grids=shown))  # type: ignore[arg-type]


def command(number: float, text: str) -> None:
    """Does gnuplot's commands; what is not understood is told once on the standard error, as gnuplot does."""
    with figure.locked():
        for single in commands.split(text):
            try:
                commands.run(figure.get(number), single)
            except style.UnknownStyle as problem:
                _warn(f"{single}: the style {problem} is not understood")
            except commands.UnknownCommand as problem:
                _warn(f"this command is not understood and was left out: {problem}")
            except OSError as problem:
                _warn(f"{single}: {problem}")


def flush(number: float) -> None:
    """Draws the figure into its file, if it has changed."""
    figure.flush(figure.get(number))


def print_to(number: float, path: str) -> None:
    """Draws the figure into another file. Raises ValueError for an ending that names no format, OSError."""
    with figure.locked():
        figure.get(number).write(path, figure.format_of(path))


def remove(number: float) -> None:
    """Draws a figure for the last time and forgets it."""
    figure.remove(number)
