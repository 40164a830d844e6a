"""torch-hdf5 over h5py."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture
def h5py():
    return pytest.importorskip("h5py", reason="the optional extra 'data' is not installed")


@pytest.fixture(autouse=True)
def path(lua: LuaRuntime, tmp_path: Path) -> Path:
    lua.execute("require 'hdf5'")
    lua.globals["path"] = str(tmp_path / "t.h5")
    return tmp_path / "t.h5"


@pytest.mark.parametrize("kind", ["Byte", "Char", "Short", "Int", "Long", "Float", "Double"])
def test_tensors_come_back_as_they_were(lua: LuaRuntime, h5py, kind: str) -> None:
    lua.execute(
        f"""
        t = torch.{kind}Tensor(4, 6):copy(torch.range(1, 24)):t()
        local f = hdf5.open(path, 'w')
        f:write('/group/data', t)
        f:close()
        f = hdf5.open(path, 'r')
        data = f:read('/group/data')
        u, factory, size = data:all(), data:getTensorFactory(), data:dataspaceSize()
        f:close()
        """
    )
    assert lua.eval("u:type(), u:eq(t):all(), factory == torch." + kind + "Tensor") == (
        f"torch.{kind}Tensor",
        True,
        True,
    )
    assert lua.eval("size").to_list() == [6, 4]


def test_tables_are_groups(lua: LuaRuntime, h5py, path: Path) -> None:
    lua.execute(
        """
        local f = hdf5.open(path, 'w')
        f:write('/', {a = torch.ones(2), inner = {b = torch.zeros(3)}})
        f:close()
        all = hdf5.open(path, 'r'):all()
        """
    )
    assert lua.eval("all.a:sum(), all.inner.b:size(1)") == (2, 3)
    with h5py.File(path) as file:
        assert list(file) == ["a", "inner"] and file["inner/b"].shape == (3,)


def test_files_made_elsewhere(lua: LuaRuntime, h5py, path: Path) -> None:
    import numpy

    with h5py.File(path, "w") as file:
        file["big"] = numpy.arange(4, dtype=">i4").reshape(2, 2)
        file["unsigned"] = numpy.array([2**31], dtype="uint32")
        file["scalar"] = 2.5
        file["text"] = "hello"
    lua.execute("f = hdf5.open(path, 'r')")
    assert lua.eval("f:read('big'):all()[2][1], f:read('unsigned'):all()[1], f:read('scalar'):all()[1]") == (
        2,
        2**31,
        2.5,
    )
    assert lua.eval("f:read('big'):all():type(), f:read('unsigned'):all():type()") == (
        "torch.IntTensor",
        "torch.LongTensor",
    )
    with pytest.raises(LuaError, match="no Torch tensor"):
        lua.eval("f:read('text'):all()")


def test_parts_are_read(lua: LuaRuntime, h5py) -> None:
    lua.execute(
        "f = hdf5.open(path) t = torch.range(1, 20):resize(4, 5) f:write('t', t) d = f:read('t') p = "
        "d:partial({2, 3}, 4)"
    )
    assert lua.eval("p:size(1), p:size(2), p[1][1], p[2][1]") == (2, 1, 9, 14)
    for ranges, message in (
        ("1", "1 ranges are given for data of 2 dimensions"),
        ("{1, 5}, 1", "a range within 1 to 4"),
    ):
        with pytest.raises(LuaError, match=message):
            lua.eval(f"d:partial({ranges})")


def test_chunks_compression_and_appending(lua: LuaRuntime, h5py, path: Path) -> None:
    lua.execute(
        """
        options = hdf5.DataSetOptions()
        options:setChunked(128, 4)
        options:setDeflate(9)
        f = hdf5.open(path, 'w')
        f:write('zeros', torch.zeros(1000, 100), options)
        f:append('zeros', torch.ones(2, 100), options)
        f:append('fresh', torch.ones(3, 2))
        f:append('fresh', torch.ones(3, 2))
        n = f:read('fresh'):dataspaceSize()[1]
        last = f:read('zeros'):partial(1002, {1, 100}):sum()
        f:close()
        """
    )
    assert lua.eval("n, last") == (6, 100)
    assert path.stat().st_size < 100_000
    with pytest.raises(LuaError, match="chunks of 3 dimensions do not fit data of 2 dimensions"):
        lua.execute("options:setChunked(1, 1, 1) hdf5.open(path):write('x', torch.ones(2, 2), options)")


def test_files_travel_through_serialization(lua: LuaRuntime, h5py) -> None:
    lua.execute(
        "f = hdf5.open(path, 'w') f:write('x', torch.ones(3)) g = torch.deserialize(torch.serialize(f)) "
        "s = g:read('x'):all():sum() g:close() f:close()"
    )
    assert lua.globals["s"] == 3


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("hdf5.open(path, 'r')", "t.h5"),
        ("hdf5.open(path, 'q')", "mode 'r', 'r[+]', 'w', 'w-' or 'a' is expected"),
        ("hdf5.open(path):read('/nothing')", "there is nothing at /nothing"),
        ("hdf5.open(path):write('x', 5)", "a tensor or a table of tensors is expected at /x, got a number"),
        ("local f = hdf5.open(path) f:write('x', torch.ones(1)) f:write('x', torch.ones(1))", "in the file already"),
        ("local f = hdf5.open(path) f:close() f:read('/')", "this file is closed"),
    ],
)
def test_mistakes_are_explained(lua: LuaRuntime, h5py, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.execute(code)


def test_without_h5py_the_error_says_what_to_install(lua: LuaRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(LuaError, match=r"pip install 'pytorch_fbcunn_compat\[data\]'"):
        lua.execute("hdf5.open(path, 'w')")
