"""docs/running_scripts.md names errors as they are raised."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaError, LuaRuntime

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "running_scripts.md").read_text()
TABLE = PAGE.split("## First aid")[1].split("## Missing packages")[0]

RAISED = {
    "module 'cutorch' not found": "require 'cutorch'",
    "attempt to call method 'cuda'": "torch.Tensor(2):cuda()",
    "no tensor type torch.CudaTensor": "nn.Linear(2, 2):cuda()",
    "tensors of one type expected, got Float and Double": "return torch.FloatTensor(2) + torch.DoubleTensor(2)",
    "weight is a tensor of Double, input one of Float": "nn.Linear(2, 2):forward(torch.FloatTensor(2))",
    "attempt to call field 'X'": "torch.X()",
}


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    """A runtime with torch and nn."""
    runtime = LuaRuntime()
    runtime.execute("require 'nn'")
    return runtime


@pytest.mark.parametrize("message", RAISED)
def test_an_error_of_the_table_is_raised(lua, message: str) -> None:
    assert f"`{message}`" in TABLE
    with pytest.raises(LuaError, match=re.escape(message)):
        lua.execute(RAISED[message])


def test_an_unknown_class_is_named(lua, tmp_path) -> None:
    assert "`unknown Torch class <X>`" in TABLE
    lua.execute(f"torch.class('UnknownForTest') torch.save('{tmp_path}/x.t7', UnknownForTest())")
    with pytest.raises(LuaError, match="unknown Torch class <UnknownForTest>"):
        LuaRuntime().execute(f"require 'torch' torch.load('{tmp_path}/x.t7')")


def test_the_prompt_sees_the_variables_of_a_script_that_failed(tmp_path) -> None:
    script = tmp_path / "fails.lua"
    script.write_text("x = 5\nerror('oops')\n")
    th = Path(sys.executable).parent / "th"
    result = subprocess.run([th, "-i", script], input="print(x)\n", capture_output=True, text=True, timeout=60)
    assert "oops" in result.stderr
    assert re.search(r"^5\s*$", result.stdout, re.MULTILINE)
