"""cjson.util: files, values as text, comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture
def util(lua: LuaRuntime) -> LuaRuntime:
    lua.execute("util = require 'cjson.util'")
    return lua


def test_files_are_texts(util: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    util.execute(f"util.file_save('{path}', 'a\\0b\\n')")
    assert path.read_bytes() == b"a\0b\n"
    assert util.eval(f"util.file_load('{path}') == 'a\\0b\\n'")
    with pytest.raises(LuaError, match="cannot read .*nowhere"):
        util.execute("util.file_load('/nowhere/a')")


@pytest.mark.parametrize("value", ["5", "'a\"b\\n'", "{}", "{1, {2, 'x'}}", "{a = {b = true}, [3] = 'y'}"])
def test_written_values_can_be_read(util: LuaRuntime, value: str) -> None:
    util.execute(f"v = {value}")
    for indent in ("nil", "''"):
        util.execute(f"w = loadstring('return ' .. util.serialise_value(v, {indent}))()")
        assert util.eval("util.compare_values(v, w)") is True


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("0.1 + 0.2", "0.3", True),
        ("1", "1.0001", False),
        ("0/0", "0/0", True),
        ("{1, 2}", "{1, 2, 3}", False),
        ("{a = {1}}", "{a = {1}}", True),
        ("'1'", "1", False),
    ],
)
def test_comparison(util: LuaRuntime, a: str, b: str, same: bool) -> None:
    assert util.eval(f"util.compare_values({a}, {b})") is same


def test_its_test_runner_is_not_here(util: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="run_test is not supported; use torch.Tester"):
        util.execute("util.run_test()")
