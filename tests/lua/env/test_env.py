"""env: the greeting, its `print`, tables with methods, import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GREETING = "Torch 7.0  Copyright (C) 2001-2011 Idiap, NEC Labs, NYU"


def run(statement: str, *options: str) -> list[str]:
    """The lines that a statement prints after `require 'env'`; without `options` under th's own print."""
    done = subprocess.run(
        [sys.executable, "-m", "pytorch_fbcunn_compat.cli.th", *options, "-e", f"require 'env' {statement}"],
        capture_output=True,
        text=True,
        env={**os.environ, "TERM": "dumb", "PYTHONPATH": str(Path(__file__).parents[3])},
        timeout=120,
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def test_it_greets():
    assert run("") == [GREETING + "\t"]
    assert run("", "--plain") == [GREETING]


@pytest.mark.parametrize(
    ("statement", "printed"),
    [
        ("print(1, 'a', nil, true)", "1\ta\tnil\ttrue\t"),
        ("print()", ""),
        ("print({1, {2, {}}, s = 'q'})", "{|  1 : 1|  2 : |    {|      1 : 2|      2 : *|    }|  s : q|}"),
        ("print({x = torch.ones(2, 3)})", "{|  x : DoubleTensor - size: 2x3|}"),
        ("print({torch.Tensor(), torch.IntStorage(2)})", "{|  1 : DoubleTensor - empty|  2 : IntStorage - size: 2|}"),
        ("print(setmetatable({}, {__tostring = function() return 'me' end}))", "me"),
        ("setprintlevel(1) print({a = {1}})", "{|  a : *|}"),
        ("setprintlevel(0) print(3, 4)", "3\t4"),
        ("local t = table() t:insert(5) t:insert(6) print(t:concat(' '))", "5 6\t"),
        ("import 'string' print(rep('x', 3))", "xxx\t"),
        ("print(_PROMPT .. type(require 'dok'))", "t7> table\t"),
    ],
)
def test_what_it_prints(statement: str, printed: str):
    lines = [line.split("table: ")[0] + "*" if "table: 0x" in line else line for line in run(statement, "--plain")]
    assert "|".join(lines) == f"{GREETING}|{printed}"


def test_under_th_lines_end_as_th_ends_them():
    assert run("print({1})")[1:] == ["{\t", "  1 : 1\t", "}\t"]


def test_exit_ends_the_program():
    assert run("exit() print(1)", "--plain") == [GREETING]
