"""What our Python writer writes, our Lua torch.load reads, and what that saves again is the same graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.t7 import load, save

from .golden import Comparison
from .test_golden import FOLDER, WITH_GRAPH, expectation

# Classes that these files hold and no Lua package of the test defines.
FOREIGN = ("custom_class", "checkpoint_table")


@pytest.fixture(scope="module")
def runtime() -> LuaRuntime:
    lua = LuaRuntime()
    lua.execute("require 'nn'; pcall(require, 'nngraph'); pcall(require, 'tds')")
    return lua


@pytest.mark.parametrize("ascii", [False, True], ids=["binary", "ascii"])
@pytest.mark.parametrize("name", [name for name in WITH_GRAPH if ".ascii" not in name])
def test_there_and_back(runtime: LuaRuntime, tmp_path: Path, name: str, ascii: bool) -> None:
    if name.startswith(FOREIGN):
        pytest.skip("holds classes that no Lua package here defines")
    if name.startswith("lstm_gmodule") and not runtime.eval("package.loaded.nngraph ~= nil"):
        pytest.skip("nngraph is not there yet")
    graph, arrays = expectation(FOLDER / name)
    save(tmp_path / "ours.t7", load(FOLDER / name), ascii=ascii)
    mode = "ascii" if ascii else "binary"
    runtime.execute(
        "local from, to, mode = ...; torch.save(to, torch.load(from, mode), mode)",
        str(tmp_path / "ours.t7"),
        str(tmp_path / "theirs.t7"),
        mode,
    )
    Comparison(arrays).check(graph, load(tmp_path / "theirs.t7"))
