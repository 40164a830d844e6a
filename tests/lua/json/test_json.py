"""json: texts and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


def test_texts(lua: LuaRuntime) -> None:
    lua.execute("json = require 'json'")
    assert lua.eval("json.encode({1, 2.5, 'a', json.null})") == '[1,2.5,"a",null]'
    assert lua.eval("""json.decode('{"lr": 0.1, "layers": [16, 32]}').layers[2]""") == 32
    with pytest.raises(LuaError):
        lua.execute("json.decode('{')")


def test_files(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "options.json"
    lua.execute(f"require 'json' json.save('{path}', {{seed = 3}})")
    assert path.read_text() == '{"seed":3}'
    assert lua.eval(f"json.load('{path}').seed") == 3
    with pytest.raises(LuaError, match="no-such-file"):
        lua.execute("json.load('no-such-file')")
