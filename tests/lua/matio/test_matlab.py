"""matio and mattorch over SciPy."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture
def scipy_io():
    return pytest.importorskip("scipy.io", reason="the optional extra 'data' is not installed")


@pytest.fixture(autouse=True)
def path(lua: LuaRuntime, tmp_path: Path) -> Path:
    lua.execute("require 'torch' matio, mattorch = require 'matio', require 'mattorch'")
    lua.globals["path"] = str(tmp_path / "t.mat")
    return tmp_path / "t.mat"


def test_a_tensor_is_variable_x(lua: LuaRuntime, scipy_io) -> None:
    lua.execute("t = torch.rand(2, 3, 4) matio.save(path, t) u = matio.load(path, 'x')")
    assert lua.eval("u:isSameSizeAs(t) and u:eq(t):all(), matio.load(path, 'y')") == (True, None)


def test_variables_of_all_kinds(lua: LuaRuntime, scipy_io, path: Path) -> None:
    lua.execute(
        """
        matio.save(path, {f = torch.ones(2, 3):float(), word = 'hello', n = 9, no = false,
          struct = {a = 1, b = {x = torch.zeros(2)}}, cells = {'one', torch.ones(2)}})
        """
    )
    saved = scipy_io.loadmat(path)
    assert saved["f"].dtype == "float32" and saved["n"][0, 0] == 9.0 and saved["word"][0] == "hello"
    lua.execute("matio.use_lua_strings = true all = matio.load(path)")
    assert lua.eval("all.word, all.n[1][1], all.struct.a[1][1], all.struct.b.x:size(2)") == ("hello", 9, 1, 2)
    assert lua.eval("#all.cells, all.cells[1], all.cells[2]:sum()") == (2, "one", 2)
    lua.execute("matio.use_lua_strings = false")
    assert lua.eval("matio.load(path, {'word'}).word:type(), matio.load(path, 'word')[1][1]") == (
        "torch.CharTensor",
        ord("h"),
    )


def test_mattorch_reverses_dimensions(lua: LuaRuntime, scipy_io, path: Path) -> None:
    import numpy

    scipy_io.savemat(path, {"m": numpy.arange(6.0).reshape(2, 3)})
    assert lua.eval("mattorch.load(path).m:size(1), mattorch.load(path).m[3][2]") == (3, 5)
    lua.execute("mattorch.save(path, {a = torch.range(1, 6):resize(2, 3)})")
    assert scipy_io.loadmat(path)["a"].shape == (3, 2)
    assert lua.eval("mattorch.load(path).a[2][1]") == 4


def test_compression(lua: LuaRuntime, scipy_io, path: Path) -> None:
    lua.execute("matio.save(path, torch.zeros(200, 200))")
    packed = path.stat().st_size
    lua.execute("matio.compression = matio.ffi.COMPRESSION_NONE matio.save(path, torch.zeros(200, 200))")
    assert packed < path.stat().st_size / 10


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("matio.load(path .. '.none')", "FileNotFoundError"),
        ("matio.save(path, {torch.ones(2)})", "the names of variables must be strings"),
        ("matio.save(path, {x = print})", "x: tensors, numbers, booleans, strings and tables can be saved"),
        ("matio.ffi.open(path)", "matio.ffi.open is not supported: use matio.load"),
        ("mattorch.save(path, {x = 5})", "'x' is a number; only tensors can be saved"),
    ],
)
def test_mistakes_are_explained(lua: LuaRuntime, scipy_io, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.execute(code)


def test_other_files_are_named(lua: LuaRuntime, scipy_io, path: Path) -> None:
    path.write_bytes(b"not a MATLAB file at all" * 20)
    with pytest.raises(LuaError, match="is not a MATLAB file"):
        lua.execute("matio.load(path)")


def test_without_scipy_the_error_says_what_to_install(lua: LuaRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.io", None)
    with pytest.raises(LuaError, match=r"pip install 'pytorch_fbcunn_compat\[data\]'"):
        lua.execute("matio.load(path)")
