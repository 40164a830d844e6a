"""Tensors and storages print as the real Torch7 prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime

# What was printed for each sample of golden_tostring.txt.
SAMPLES = {
    "ints 1d": "torch.Tensor{1, 2, 3}",
    "neg ints": "torch.Tensor{-1, 20, 300}",
    "big ints >9 digits": "torch.Tensor{1234567890, 1}",
    "floats": "torch.Tensor{0.5, 1.25, -3.75}",
    "small floats": "torch.Tensor{0.001, 0.0002}",
    "large floats (scaled)": "torch.Tensor{123456.7, 150000.5}",
    "wide range": "torch.Tensor{1e-6, 1000.5}",
    "nan": "torch.Tensor{1.5, 0/0}",
    "inf": "torch.Tensor{1.5, 1/0}",
    "2x3": "torch.FloatTensor{{1, 2, 3}, {4, 5, 6}}",
    "2x2 float": "torch.Tensor{{.1, .2}, {.3, .4}}",
    "2x2 scaled": "torch.Tensor{{100000.5, 200000}, {3, 4}}",
    "2x2x2": "torch.Tensor{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}",
    "1x30 wide": "torch.range(1, 30):view(1, 30)",
    "2x12 floats wide": "torch.range(0.5, 23.5):view(2, 12)",
    "zeros": "torch.zeros(2)",
    "empty": "torch.Tensor()",
}


def golden(shared: Path) -> dict[str, str]:
    text = (shared / "reference" / "torch" / "golden_tostring.txt").read_text()
    samples = {}
    for part in text.split("-- ")[1:]:
        name, _, rest = part.partition("\n")
        samples[name] = rest.split(">>end")[0]
    return samples


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_sample(name: str, shared: Path, lua: LuaRuntime) -> None:
    assert lua.eval(f"tostring({SAMPLES[name]})") == golden(shared)[name]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("torch.LongStorage{2, 30}", "  2\n 30\n[torch.LongStorage of size 2]\n"),
        ("torch.LongStorage()", "[torch.LongStorage of size 0]\n"),
        ("torch.DoubleStorage{0.001, 0.0002}", "0.001 *\n 1.0000\n 0.2000\n[torch.DoubleStorage of size 2]\n"),
        ("torch.ByteTensor{255, 0}", " 255\n   0\n[torch.ByteTensor of size 2]\n"),
        ("torch.Tensor{0.25}", " 0.2500\n[torch.DoubleTensor of size 1]\n"),
        ("torch.Tensor{1e100, 1.5}", " 1.0000e+100\n  1.5000e+00\n[torch.DoubleTensor of size 2]\n"),
        ("torch.Tensor{1, 2, 3}:half()", " 1\n 2\n 3\n[torch.HalfTensor of size 3]\n"),
        ("torch.Tensor{{1, 2}, {3, 4}}:t()", " 1  3\n 2  4\n[torch.DoubleTensor of size 2x2]\n"),
        ("torch.Tensor{{5, 6}}:t()", " 5\n 6\n[torch.DoubleTensor of size 2x1]\n"),
    ],
)
def test_other_forms(source: str, text: str, lua: LuaRuntime) -> None:
    assert lua.eval(f"tostring({source})") == text


def test_a_scaled_matrix_starts_each_row_with_a_space(lua: LuaRuntime) -> None:
    expected = "100000 *\n  1.2346  1.5000\n  1.0000  9.0000\n[torch.DoubleTensor of size 2x2]\n"
    assert lua.eval("tostring(torch.Tensor{{123456.7, 150000}, {100000, 900000}})") == expected


def test_the_first_dimension_runs_fastest(lua: LuaRuntime) -> None:
    text = lua.eval("tostring(torch.range(1, 8):view(2, 2, 1, 2))")
    assert text == (
        "(1,1,.,.) = \n  1  2\n\n(2,1,.,.) = \n  5  6\n\n(1,2,.,.) = \n  3  4\n\n(2,2,.,.) = \n  7  8\n"
        "[torch.DoubleTensor of size 2x2x1x2]\n"
    )


def test_wide_slices_indent_their_first_heading_only(lua: LuaRuntime) -> None:
    text = lua.eval("tostring(torch.range(1, 60):view(2, 1, 30))")
    assert text.startswith("(1,.,.) = \n Columns 1 to 19\n   1")
    assert "\nColumns 20 to 30\n  20" in text
