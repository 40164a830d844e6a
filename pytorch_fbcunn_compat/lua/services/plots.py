"""Pictures for optim.ConfusionMatrix, drawn with matplotlib (never in a window)."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from ..objects import LuaTable

__all__ = ["confusion"]


def _plain(value: Any) -> Any:
    return value.to_plain() if isinstance(value, LuaTable) else value


def _figure(width: float, height: float, dpi: int = 100) -> Any:
    # the object interface: no pyplot state, no backend to choose
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def confusion(
    path: str, matrix: Any, names: Any, sortmode: str, block: int, legendwidth: int, png: str | None = None
) -> tuple[int, int]:
    """Draws a confusion matrix; writes its pixels (height × width × 3 bytes) to ``path`` and returns width, height.

    ``matrix``: rows of counts (targets) by predictions. ``sortmode``: "score" orders classes by the share of correct
    predictions, "occurrence" by their number. ``block``: pixels a cell, ``legendwidth``: pixels for the names. ``png``:
    where to save the picture as well.
    """
    counts = numpy.asarray(_plain(matrix), dtype=float)
    labels = list(_plain(names))
    totals = counts.sum(1)
    shares = counts / numpy.maximum(totals, 1)[:, None]
    key = numpy.diag(shares) if sortmode == "score" else totals
    order = numpy.argsort(-key, kind="stable")
    shares = shares[numpy.ix_(order, order)]
    labels = [labels[i] for i in order]
    pixels = _render(shares, labels, block, legendwidth)
    with open(path, "wb") as file:
        file.write(pixels.tobytes())
    if png is not None:
        from matplotlib.image import imsave

        imsave(png, pixels)
    return pixels.shape[1], pixels.shape[0]


def _render(shares: NDArray[Any], labels: list[str], block: int, legendwidth: int) -> NDArray[Any]:
    """The picture of a matrix of shares as height × width × 3 bytes."""
    size, dpi = len(labels) * block, 100
    width = size + legendwidth
    figure = _figure(width / dpi, size / dpi, dpi)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, size / width, 1))
    axes.imshow(shares, cmap="gray", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    axes.set_axis_off()
    for row, values in enumerate(shares):
        for column, share in enumerate(values):
            colour = "black" if share > 0.5 else "white"
            axes.text(column, row, f"{share * 100:.0f}", color=colour, ha="center", va="center", fontsize=block / 4)
        figure.text((size + 10) / width, 1 - (row + 0.5) / len(labels), labels[row], va="center", fontsize=block / 3)
    figure.canvas.draw()
    return numpy.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()
