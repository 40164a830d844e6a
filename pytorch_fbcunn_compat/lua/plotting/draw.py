"""Makes matplotlib figures of panels."""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from .settings import Panel, Series, Settings
from .style import Style, cycle

_SAMPLES = 300
_PALETTES = {
    "gray": "gray", "grey": "gray", "color": "gnuplot", "jet": "jet",
    "rgbformulae 7,5,15": "gnuplot", "rgbformulae 30,31,32": "gnuplot2", "rgbformulae 33,13,10": "rainbow",
    "rgbformulae 22,13,-31": "jet", "rgbformulae 21,22,23": "hot", "rgbformulae 34,35,36": "afmhot",
    "rgbformulae 23,28,3": "ocean", "rgbformulae 3,11,6": "brg", "cubehelix": "cubehelix", "viridis": "viridis",
}  # fmt: skip


def colormap(palette: str) -> str:
    """matplotlib's name of a palette. Raises ValueError for one that is not known."""
    import matplotlib

    words = palette.split()
    name = " ".join(word for word in words if word not in ("positive", "negative"))
    name = name.replace("rgb ", "rgbformulae ") if name.startswith("rgb ") else name
    found = _PALETTES.get(name.replace(", ", ","), name)
    if found not in matplotlib.colormaps:
        raise ValueError(
            f"the palette {palette!r} is not known; use 'gray', 'color', a common rgbformulae or a matplotlib colormap"
        )
    return found + ("_r" if "negative" in words else "")


def spline(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """A natural cubic spline through points (mean of those with equal x), at 300 places."""
    x, index = numpy.unique(x, return_inverse=True)
    y = numpy.bincount(index, weights=y) / numpy.bincount(index)
    n = len(x)
    if n < 3:
        return x, y
    width, slope = numpy.diff(x), numpy.diff(y) / numpy.diff(x)
    # second derivatives: a tridiagonal system, solved by elimination
    upper, right = numpy.zeros(n), numpy.zeros(n)
    for i in range(1, n - 1):
        pivot = 2 * (width[i - 1] + width[i]) - width[i - 1] * upper[i - 1]
        upper[i] = width[i] / pivot
        right[i] = (6 * (slope[i] - slope[i - 1]) - width[i - 1] * right[i - 1]) / pivot
    second = numpy.zeros(n)
    for i in range(n - 2, 0, -1):
        second[i] = right[i] - upper[i] * second[i + 1]
    places = numpy.linspace(x[0], x[-1], max(_SAMPLES, n))
    k = numpy.clip(numpy.searchsorted(x, places) - 1, 0, n - 2)
    a, b, h = x[k + 1] - places, places - x[k], width[k]
    cubic = (second[k] * a**3 + second[k + 1] * b**3) / (6 * h)
    return places, cubic + (y[k] / h - second[k] * h / 6) * a + (y[k + 1] / h - second[k + 1] * h / 6) * b


def _smoothed(style: Style, x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    if style.smooth in ("csplines", "acsplines", "bezier", "sbezier"):
        return spline(x, y)
    places, index = numpy.unique(x, return_inverse=True)
    totals = numpy.bincount(index, weights=y)
    if style.smooth == "unique":
        return places, totals / numpy.bincount(index)
    return places, numpy.cumsum(totals) if style.smooth == "cumulative" else totals


def _options(style: Style, line: str, marker: str | None, size: float) -> dict[str, Any]:
    options: dict[str, Any] = {"linestyle": (style.dash or line) if line != "none" else "none"}
    if marker is not None:
        options |= {"marker": style.marker or marker, "markersize": size * (style.size or 1)}
    if style.width is not None:
        options["linewidth"] = style.width
    if style.alpha is not None:
        options["alpha"] = style.alpha
    return options


def _box_width(x: NDArray[Any]) -> float:
    gaps = numpy.diff(numpy.unique(x))
    return float(gaps.min()) if len(gaps) else 1.0


def _curve(axes: Any, series: Series, settings: Settings, colour: str) -> None:
    style, columns = series.style, series.columns
    kind = style.kind or ("lines" if style.smooth else settings.data_style)
    x, y = columns[:, 0], columns[:, 1]
    name: dict[str, Any] = {"label": series.label or None, "color": colour}
    if style.smooth:
        x, y = _smoothed(style, x, y)
        columns = numpy.stack([x, y], 1)
    if kind == "boxes":
        axes.bar(x, y, _box_width(x), fill=style.alpha is not None, alpha=style.alpha, edgecolor=colour, **name)
    elif kind == "vectors" and columns.shape[1] > 3:
        axes.quiver(x, y, columns[:, 2], columns[:, 3], angles="xy", scale_units="xy", scale=1, width=0.004, **name)
        axes.update_datalim(columns[:, :2] + columns[:, 2:4])
        axes.autoscale_view()
    elif kind == "filledcurves":
        low = columns[:, 2] if columns.shape[1] > 2 else numpy.zeros_like(y)
        axes.fill_between(x, y, low, alpha=1.0 if style.alpha is None else style.alpha, **name)
    elif kind in ("yerrorbars", "yerrorlines") and columns.shape[1] > 2:
        line = "-" if kind == "yerrorlines" else "none"
        axes.errorbar(x, y, columns[:, 2], capsize=3, **_options(style, line, "+", 6), **name)
    elif kind == "impulses":
        axes.vlines(x, 0, y, linewidth=style.width, **name)
    elif kind in ("steps", "histeps", "fsteps"):
        where = {"steps": "post", "histeps": "mid", "fsteps": "pre"}[kind]
        axes.plot(x, y, drawstyle=f"steps-{where}", **_options(style, "-", None, 0), **name)
    elif kind == "labels":
        axes.plot(x, y, **_options(style, "none", "o", 3), **name)
        for left, bottom, text in zip(x, y, series.texts, strict=False):
            axes.annotate(text, (left, bottom), xytext=(3, 3), textcoords="offset points", parse_math=False)
    else:
        line = "none" if kind in ("points", "dots") else "-"
        marker, size = {"points": ("+", 6), "linespoints": ("o", 4), "dots": (".", 1.5)}.get(kind, (None, 0))
        for column in range(1, columns.shape[1]):
            axes.plot(x, columns[:, column], **_options(style, line, marker, size), **name)
            name["label"] = None


def _curves(axes: Any, panel: Panel, settings: Settings) -> None:
    second = None
    for number, series in enumerate(panel.series, 1):
        target = axes
        if series.style.second_axis:
            second = second or axes.twinx()
            target = second
        _curve(target, series, settings, series.style.colour or cycle(number))
    if second is not None:
        second.set_ylabel(settings.labels.get("y2", ""), parse_math=False)


def _image(figure: Any, axes: Any, panel: Panel, settings: Settings) -> None:
    (z,) = panel.grids[0][1]
    low, high = settings.ranges.get("cb", (None, None))
    shown = axes.imshow(z, cmap=colormap(settings.palette), vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    if settings.colorbox:
        figure.colorbar(shown, ax=axes, label=settings.labels.get("cb", ""))


def _solid(axes: Any, panel: Panel, settings: Settings) -> None:
    for number, (label, arrays) in enumerate(panel.grids, 1):
        colour = cycle(number)
        if panel.kind == "points":
            axes.scatter(*arrays, s=12, color=colour, label=label or None)
            continue
        if len(arrays) == 1:
            rows, columns = arrays[0].shape
            x, y = numpy.meshgrid(numpy.arange(1, rows + 1), numpy.arange(1, columns + 1), indexing="ij")
            arrays = [x, y, arrays[0]]
        lines = axes.plot_wireframe(*arrays, color=colour, linewidth=0.7, rcount=100, ccount=100)
        lines.set_label(label or None)
        if settings.contour and numpy.ptp(arrays[2]) > 0 and min(arrays[2].shape) > 1:
            axes.contour(*arrays, zdir="z", offset=float(arrays[2].min()), linewidths=0.8)
    if settings.view is not None:
        axes.view_init(90 - settings.view[0], settings.view[1] - 90)
    elif settings.flat:
        axes.view_init(90, -90)


def _set_axis(axes: Any, name: str, settings: Settings) -> None:
    if settings.labels.get(name):
        getattr(axes, f"set_{name}label")(settings.labels[name], parse_math=False)
    if name in settings.logscale:
        getattr(axes, f"set_{name}scale")("log", base=settings.logscale[name])
    low, high = settings.ranges.get(name, (None, None))
    if low is not None or high is not None:
        getattr(axes, f"set_{name}lim")(low, high)
    ticks = settings.ticks.get(name)
    axis = getattr(axes, f"{name}axis")
    if ticks is False:
        axis.set_ticks([])
    elif isinstance(ticks, list):
        axis.set_ticks([place for place, _ in ticks], [text for _, text in ticks], parse_math=False)
    elif ticks is not None:
        from matplotlib.ticker import MultipleLocator

        axis.set_major_locator(MultipleLocator(ticks))
    if name in settings.rotate:
        axis.set_tick_params(rotation=settings.rotate[name])
    if name in settings.reverse and not axis.get_inverted():
        axis.set_inverted(True)


def _decorate(axes: Any, panel: Panel, settings: Settings) -> None:
    solid = panel.kind in ("surface", "points")
    for name in "xyz" if solid else "xy":
        _set_axis(axes, name, settings)
    if settings.title:
        axes.set_title(settings.title, parse_math=False)
    if settings.grid:
        axes.grid(True)
    if not settings.border and not solid:
        axes.spines[:].set_visible(False)
    if settings.ratio is not None and not solid:
        if settings.ratio < 0:
            axes.set_aspect(-settings.ratio)
        else:
            axes.set_box_aspect(settings.ratio)
    for text, x, y in [] if solid else settings.notes:
        axes.text(x, y, text, parse_math=False)
    if settings.key and axes.get_legend_handles_labels()[1]:
        place: dict[str, Any] = {"loc": settings.key_place}
        if settings.key_outside:
            place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1)}
        legend = axes.legend(framealpha=1, **place)  # EPS knows no transparency
        for text in legend.get_texts():
            text.set_parse_math(False)


def picture(
    panels: list[Panel], settings: Settings, layout: tuple[int, int], size: tuple[float, float], dpi: int
) -> Any:
    """A matplotlib figure. ``size``: inches. Raises ValueError for a palette that is not known."""
    # the object interface: no pyplot state, no backend to choose
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=dpi, layout="constrained")
    FigureCanvasAgg(figure)
    for number, panel in enumerate(panels, 1):
        own = panel.settings or settings
        projection = "3d" if panel.kind in ("surface", "points") else None
        axes = figure.add_subplot(layout[0], layout[1], number, projection=projection)
        if panel.kind == "image":
            _image(figure, axes, panel, own)
        elif panel.kind == "curves":
            _curves(axes, panel, own)
        else:
            _solid(axes, panel, own)
        _decorate(axes, panel, own)
    return figure
