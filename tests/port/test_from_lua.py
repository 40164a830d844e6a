"""Models taken from Lua scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.port import PortError
from pytorch_fbcunn_compat.port.from_lua import ending_with, saved_model
from pytorch_fbcunn_compat.t7 import load

SCRIPT = """#!/usr/bin/env th
require 'nn'
local width = tonumber(arg[1]) or 3
local model = nn.Sequential():add(nn.Linear(width, 2))
function make(n) return nn.Linear(n, 1) end
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.lua"
    path.write_text(SCRIPT)
    return path


def test_local_variables_and_arguments(script: Path) -> None:
    with saved_model(str(script), "model", ["7"]) as path:
        assert load(path).modules[1].weight.shape == (2, 7)
    assert not Path(path).exists()


def test_an_expression(script: Path) -> None:
    with saved_model(str(script), "make(5)") as path:
        assert load(path).weight.shape == (1, 5)


def test_a_script_that_returns_something(script: Path) -> None:
    script.write_text(SCRIPT + "return make -- last\n")
    with saved_model(str(script), "model:get(1)") as path:
        assert load(path).typename == "nn.Linear"


def test_lines_do_not_move() -> None:
    assert ending_with(b"#!th\nx = 1\n\n", "x") == b"--!th\nx = 1\nreturn (x)\n"
    assert ending_with(b"x = 1\nreturn 2 -- end", "x") == b"x = 1\ndo return (x) end return 2 -- end"


@pytest.mark.parametrize(
    ("addition", "expression", "message"),
    [
        ("", "missing", "missing is no nn.Module but nil"),
        ("", "width", "width is no nn.Module but a number"),
        ("error('out of data')", "model", r"script\.lua:6: out of data"),
        ("os.exit(0)", "model", "the script ended the program before model could be evaluated"),
        ("", "model +", "script.lua:6"),
    ],
)
def test_failures(script: Path, addition: str, expression: str, message: str) -> None:
    script.write_text(SCRIPT + addition)
    with pytest.raises(PortError, match=message), saved_model(str(script), expression):
        pass
