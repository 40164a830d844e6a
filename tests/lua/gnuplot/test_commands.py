"""gnuplot's own language, as far as gnuplot.raw understands it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua.plotting import commands, style
from pytorch_fbcunn_compat.lua.plotting.figure import Figure


@pytest.fixture
def figure() -> Figure:
    return Figure("figure 1", "unused.png", window=False)


@pytest.mark.parametrize(
    ("command", "field", "value"),
    [
        ('set title "a; b # c"', "title", "a; b # c"),
        ("set xlabel 'it''s'", "labels", {"x": "it"}),
        ("set xrange [0:]", "ranges", {"x": (0.0, None)}),
        ("set yrange [*:2.5] reverse", "ranges", {"y": (None, 2.5)}),
        ("set logscale xy 2", "logscale", {"x": 2.0, "y": 2.0}),
        ("set log y", "logscale", {"y": 10.0}),
        ('set xtics ("Jan" 1, "Feb" 2)', "ticks", {"x": [(1.0, "Jan"), (2.0, "Feb")]}),
        ("set ytics 5", "ticks", {"y": 5.0}),
        ("unset xtics", "ticks", {"x": False}),
        ("set key left bottom", "key_place", "lower left"),
        ("set key outside", "key_outside", True),
        ("unset key", "key", False),
        ("set size ratio 0.5", "ratio", 0.5),
        ("set size square", "ratio", 1.0),
        ("set view 60, 120", "view", (60.0, 120.0)),
        ("set palette rgbformulae 33,13,10", "palette", "rgbformulae 33,13,10"),
        ('set label "here" at 1, 2.5', "notes", [("here", 1.0, 2.5)]),
        ("set style data lines", "data_style", "lines"),
        ("set grid", "grid", True),
    ],
)
def test_settings(figure: Figure, command: str, field: str, value: object) -> None:
    commands.run(figure, command)
    assert getattr(figure.settings, field) == value


def test_commands_are_separated_outside_of_quotes() -> None:
    assert commands.split('set title "a;b"; unset key # why\nset xlabel "x"\\\n offset 1') == [
        'set title "a;b"',
        "unset key",
        'set xlabel "x"  offset 1',
    ]


def test_reset_forgets_all(figure: Figure) -> None:
    commands.run(figure, "set grid")
    commands.run(figure, "reset")
    assert not figure.settings.grid


@pytest.mark.parametrize("command", ["frobnicate", "set frob 1", "set xrange 5", "plot sin(x)", "set label 'a' at"])
def test_unknown_commands_are_named(figure: Figure, command: str) -> None:
    with pytest.raises(commands.UnknownCommand, match=command.split()[0]):
        commands.run(figure, command)


def test_files_are_plotted(figure: Figure, tmp_path: Path) -> None:
    data = tmp_path / "d.txt"
    data.write_text("# head\na 1 10\nb 2 20\n\nc 3 30\n")
    commands.run(
        figure, f"plot [0:4] '{data}' using 2:3 with lines title 'first', '' u ($2):(sprintf('%d', $1)) w labels"
    )
    first, second = figure.panels[0].series
    assert first.columns.tolist() == [[1, 10], [2, 20], [3, 30]]
    assert (first.label, first.style.kind, second.texts) == ("first", "lines", ["a", "b", "c"])
    assert figure.settings.ranges["x"] == (0.0, 4.0)
    commands.run(figure, f"splot '{data}' using 2:3:2 notitle")
    assert [values.tolist() for values in figure.panels[0].grids[0][1]] == [[1, 2, 3], [10, 20, 30], [1, 2, 3]]


def test_multiplot_collects_panels(figure: Figure, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("1\n2\n")
    for command in ("set multiplot layout 1,2", "set title 'a'", f"plot '{tmp_path}/d.txt'", "set title 'b'",
                    f"plot '{tmp_path}/d.txt'", "unset multiplot"):  # fmt: skip
        commands.run(figure, command)
    assert [panel.settings.title for panel in figure.panels] == ["a", "b"]
    assert figure.layout == (1, 2)


def test_output_changes_the_file(figure: Figure, tmp_path: Path) -> None:
    commands.run(figure, "set terminal png size 800,600")
    commands.run(figure, f"set output '{tmp_path}/o.svg'")
    assert (figure.size, figure.format, figure.path) == ((8.0, 6.0), "svg", f"{tmp_path}/o.svg")


def test_styles() -> None:
    look = style.parse("with linespoints lw 2 lc rgb 'dark-red' pt 7 ps 0.5 axes x1y2")
    assert (look.kind, look.width, look.colour, look.size, look.second_axis) == ("linespoints", 2, "darkred", 0.5, True)
    assert style.parse("~").smooth == "csplines"
    assert style.parse("w l lt 3").colour == style.cycle(3)
    with pytest.raises(style.UnknownStyle, match="with hairs"):
        style.parse("with hairs")


def test_spline_goes_through_its_points() -> None:
    import numpy

    from pytorch_fbcunn_compat.lua.plotting.draw import spline

    x = numpy.array([0.0, 1.0, 2.5, 4.0])
    y = numpy.sin(x)
    places, values = spline(x, y)
    assert numpy.allclose(numpy.interp(x, places, values), y, atol=1e-3)
    inner = numpy.diff(values) / numpy.diff(places)
    assert abs(numpy.diff(inner)).max() < 0.02  # no kinks
