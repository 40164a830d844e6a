"""The Lua package gnuplot: figures in files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture
def plots(lua: LuaRuntime, tmp_path: Path) -> LuaRuntime:
    lua.execute(f"gnuplot = require 'gnuplot'; dir = '{tmp_path}/'; x = torch.linspace(-5, 5, 40)")
    return lua


def pixels(path: Path) -> numpy.ndarray:
    from matplotlib.image import imread

    return imread(path)[:, :, :3]


@pytest.mark.parametrize(
    ("format", "begins"), [("png", b"\x89PNG"), ("eps", b"%!PS"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_each_format_has_its_figure(plots: LuaRuntime, tmp_path: Path, format: str, begins: bytes) -> None:
    plots.execute(f"gnuplot.{format}figure(dir .. 'a.{format}'); gnuplot.plot('sine', x, torch.sin(x), '-')")
    assert not (tmp_path / f"a.{format}").exists()
    plots.execute("gnuplot.plotflush()")
    assert (tmp_path / f"a.{format}").read_bytes().startswith(begins)


@pytest.mark.parametrize(
    "call",
    [
        "plot(x)",
        "plot(x, '|')",
        "plot('legend', x, torch.sin(x), '~')",
        "plot({'a', x, '+'}, {'b', x, x, '+-'}, {x:float(), '.'})",
        "plot({{'a', x}, {'b', x}})",
        "plot(torch.cat(x:view(-1, 1), torch.randn(40, 3), 2))",
        "plot(torch.randn(9, 2), torch.randn(9, 2), 'v')",
        "plot(x, 'with filledcurves lc rgb \"red\" fill transparent solid 0.5')",
        "plot(torch.range(1, 5):long())",
        "bar(torch.Tensor{3, 1, 2})",
        "hist(torch.randn(500), 20)",
        "imagesc(torch.randn(6, 7))",
        "imagesc(torch.eye(4), 'color')",
        "splot(torch.randn(9, 8))",
        "splot({'a', torch.randn(4, 4)}, {torch.randn(4, 4), torch.randn(4, 4), torch.randn(4, 4)})",
        "scatter3({'a', x, x, x}, {'b', x, -x, x})",
    ],
)
def test_each_kind_of_plot_draws_something(plots: LuaRuntime, tmp_path: Path, call: str) -> None:
    plots.execute(f"gnuplot.pngfigure(dir .. 'p.png'); gnuplot.{call}; gnuplot.close()")
    assert pixels(tmp_path / "p.png").std() > 0.01


def test_image_has_its_first_row_at_the_top(plots: LuaRuntime, tmp_path: Path) -> None:
    plots.execute("gnuplot.pngfigure(dir .. 'i.png'); gnuplot.imagesc(torch.Tensor{{0, 0}, {1, 1}})")
    plots.execute("gnuplot.raw('unset colorbox'); gnuplot.plotflush()")
    shown = pixels(tmp_path / "i.png")
    height, width, _ = shown.shape
    assert shown[height // 4, width // 2].max() == 0
    assert shown[3 * height // 4, width // 2].min() == 1


def test_decorations_change_the_picture(plots: LuaRuntime, tmp_path: Path) -> None:
    plots.execute("gnuplot.pngfigure(dir .. 'd.png'); gnuplot.plot('l', x); gnuplot.plotflush()")
    before = pixels(tmp_path / "d.png")
    for change in (
        "title('A title')",
        "xlabel('x')",
        "ylabel('y')",
        "grid(true)",
        "grid('off')",
        "movelegend('left', 'bottom')",
        "axis{0, 10, '', 2}",
        "axis('image')",
        "axis('fill')",
        "axis('auto')",
        "logscale('on')",
        'raw(\'set xtics ("one" 1, "ten" 10)\')',
    ):
        plots.execute(f"gnuplot.{change}; gnuplot.plotflush()")
        after = pixels(tmp_path / "d.png")
        assert (before != after).any(), change
        before = after


def test_figures_are_numbered(plots: LuaRuntime) -> None:
    assert plots.eval("gnuplot.figure(), gnuplot.figure(), gnuplot.figure(5), gnuplot.figure(), gnuplot.figure(2)") == (
        (1, 2, 5, 3, 2)
    )
    plots.execute("gnuplot.close(1)")
    assert plots.eval("gnuplot.pngfigure(dir .. 'x.png')") == 1
    plots.execute("gnuplot.closeall()")
    assert plots.eval("gnuplot.figure()") == 1


def test_figure_is_printed_into_another_file(plots: LuaRuntime, tmp_path: Path) -> None:
    plots.execute("gnuplot.pngfigure(dir .. 'own.png'); gnuplot.plot(x); gnuplot.figprint(dir .. 'copy.eps')")
    assert (tmp_path / "copy.eps").read_bytes().startswith(b"%!PS")
    with pytest.raises(LuaError, match="a name ending in .png"):
        plots.execute("gnuplot.figprint(dir .. 'copy.bmp')")


def test_counts_are_those_of_equal_bins(plots: LuaRuntime) -> None:
    plots.execute("h = gnuplot.histc(torch.Tensor{1, 2, 3, 4, 4}, 3)")
    assert plots.eval("h.raw:totable()").to_plain() == [1, 1, 3]
    assert plots.eval("h[1].val, h[3].nb, h.bins, h.binwidth, h.min, h.max") == (1.5, 3, 3, 1, 1, 3)
    assert plots.eval("gnuplot.histc(torch.range(0, 9), 2, 0, 4).raw:sum()") == 5
    assert "|" in plots.eval("tostring(h)")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("plot()", "expecting at least a vector"),
        ("plot('a')", r"expecting \[string,\] tensor \[,tensor\] \[,string\]; got \(string\)"),
        ("plot(x, torch.randn(3))", "x and y dims are wrong: x is 40, y is 3"),
        ("imagesc(x)", "a matrix is expected, got 1D"),
        ("splot(x)", "expecting"),
        ("scatter3(x, x)", "expecting"),
        ("axis{1}", "{xmin, xmax, ymin, ymax} is expected"),
        ("axis('round')", "'auto', 'image', 'equal', 'fill'"),
        ("movelegend('up', 'down')", "two strings are expected"),
        ("setterm('crayon')", "no terminal called crayon"),
        ("setgnuplotexe('/nowhere/gnuplot')", "does not exist"),
        ("plotflush(99)", "there is no figure 99"),
    ],
)
def test_wrong_arguments_are_refused(plots: LuaRuntime, call: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        plots.execute(f"gnuplot.{call}")


def test_unknown_words_of_gnuplot_are_told_and_left_out(plots: LuaRuntime, tmp_path: Path, capfd) -> None:
    plots.execute("gnuplot.pngfigure(dir .. 'w.png'); gnuplot.imagesc(torch.eye(2), 'sepia tone'); gnuplot.plotflush()")
    plots.execute("gnuplot.plot(x, 'with whiskers'); gnuplot.raw('set whiskers'); gnuplot.plotflush()")
    told = capfd.readouterr().err.splitlines()
    assert ["sepia tone" in told[0], "with whiskers" in told[1], "set whiskers" in told[2], len(told)] == [True] * 3 + [
        3
    ]
    assert pixels(tmp_path / "w.png").std() > 0.01


def test_window_becomes_a_file_that_is_named_on_stderr(tmp_path: Path) -> None:
    script = tmp_path / "window.lua"
    script.write_text("require 'gnuplot' gnuplot.plot(torch.randn(5)) gnuplot.title('t') print('done')")
    program = [sys.executable, "-m", "pytorch_fbcunn_compat.cli.th", str(script)]
    done = subprocess.run(program, capture_output=True, text=True, env=os.environ | {"TMPDIR": str(tmp_path)})
    assert done.stdout == "done\t\n"
    assert done.stderr.startswith(f"gnuplot: figure 1 is written to {tmp_path}/gnuplot-")
    (picture,) = tmp_path.glob("gnuplot-*.png")
    assert pixels(picture).std() > 0.01


def test_file_plotted_without_end_shows_the_last_state(plots: LuaRuntime, tmp_path: Path) -> None:
    from pytorch_fbcunn_compat.lua.plotting import figure

    plots.execute(
        """
        for i = 1, 130 do
          gnuplot.svgfigure(dir .. 'loop.svg') gnuplot.plot('curve' .. i, torch.range(1, 3)) gnuplot.close()
        end
        """
    )
    figure._finish()
    shown = (tmp_path / "loop.svg").read_text()
    assert "curve130" in shown
