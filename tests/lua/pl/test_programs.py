"""What scripts do at their start: lazily loaded globals, pl.lapp, pl.app, pl.config, pl.data, pl.utils, pl.strict."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


def test_require_pl_makes_modules_appear_as_globals(lua: LuaRuntime) -> None:
    lua.execute("require 'pl'")
    assert lua.eval("rawget(_G, 'stringx'), no_such_global") == (None, None)
    assert lua.eval("stringx.strip ' x '") == "x"
    assert lua.eval("rawget(_G, 'stringx') == require 'pl.stringx'") is True
    assert lua.eval("path.exists '/' and List{1}:len()") == 1


def test_import_into_a_table(lua: LuaRuntime) -> None:
    lua.execute("pl = require 'pl.import_into'()")
    assert lua.eval("pl.tablex.size{1}, rawget(_G, 'tablex')") == (1, None)
    assert lua.eval("pl.xyz") is None


def test_an_older_handler_of_unknown_globals_stays(lua: LuaRuntime) -> None:
    lua.execute("setmetatable(_G, {__index = function(_, name) return name .. '?' end}) require 'pl'")
    assert lua.eval("other, path.sep") == ("other?", "/")


SPEC = """
Trains a model
  -o,--output (string)             where it goes
  -n,--epochs (default 10)         how often
  --rate (number default 0.1)      learning rate
  -k (1..5 default 2)
  --type (float|double default float)
  -v,--verbose                     says more
  --name (optional string)
  <data> (string)                  what it learns
  <more...> (optional string)
"""


def run_lapp(lua: LuaRuntime, *words: str) -> object:
    lua.execute("lapp = require 'pl.lapp' lapp.show_usage_error = 'throw'")
    lua.globals["spec"], lua.globals["words"] = SPEC, list(words)
    return lua.eval("lapp(spec, words)").to_dict()


def test_lapp_reads_a_command_line(lua: LuaRuntime) -> None:
    assert run_lapp(lua, "-o", "out.t7", "--rate=0.5", "-n20", "-v", "mnist", "--type", "double") == {
        "output": "out.t7",
        "epochs": 20,
        "rate": 0.5,
        "k": 2,
        "type": "double",
        "verbose": True,
        "data": "mnist",
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x"], "missing required parameter: output"),
        (["-o", "a", "-n", "many", "x"], "unable to convert to number: many"),
        (["-o", "a", "-k", "9", "x"], "k out of range"),
        (["-o", "a", "--type", "half", "x"], r"value 'half' not in float\|double"),
        (["-o", "a", "--unknown", "x"], "unrecognized parameter 'unknown'"),
    ],
)
def test_lapp_refuses_what_does_not_fit(lua: LuaRuntime, words: list[str], message: str) -> None:
    with pytest.raises(LuaError, match=message):
        run_lapp(lua, *words)


def test_app_parses_flags(lua: LuaRuntime) -> None:
    flags, rest = lua.eval("require('pl.app').parse_args({'-a', '--out=x', '-n2', '-i', 'file', 'y'}, {'i'})")
    assert flags.to_dict() == {"a": True, "out": "x", "n": "2", "i": "file"} and rest.to_list() == ["y"]
    assert lua.eval("require('pl.app').parse_args({'-b'}, {}, {'a'})") == (None, "unknown flag 'b'")


def test_configuration_files(lua: LuaRuntime, tmp_path: Path) -> None:
    (tmp_path / "c.ini").write_text("# comment\nread.timeout = 10\nports = 1, 2\n[net]\nname = some words\n")
    lua.globals["name"] = str(tmp_path / "c.ini")
    assert lua.eval("require('pl.config').read(name)").to_plain() == {
        "read_timeout": 10,
        "ports": [1, 2],
        "net": {"name": "some words"},
    }
    assert "No such file" in lua.eval("require('pl.config').read(name .. 'x')")[1]


def test_columns_and_queries(lua: LuaRuntime, tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("name,age,score\nbob,12,1.5\nann,30,2\neve,25,7\n")
    lua.globals["name"] = str(tmp_path / "d.csv")
    lua.execute("d = require('pl.data').read(name)")
    assert lua.eval("d:column_by_name 'age'").to_list() == [12, 30, 25]
    rows = lua.execute(
        "local r = {} for n, s in d:select 'name,score where age > 20 sort by score desc' do r[#r + 1] "
        "= n .. s end return r"
    )
    assert rows.to_list() == ["eve7", "ann2"]
    assert lua.eval("d:select 'nothing'") == (None, "unknown field 'nothing'")


def test_errors_are_returned_or_raised(lua: LuaRuntime) -> None:
    lua.execute("utils = require 'pl.utils'")
    assert lua.eval("utils.raise 'oops'") == (None, "oops")
    lua.execute("utils.on_error 'error'")
    with pytest.raises(LuaError, match="oops"):
        lua.eval("utils.raise 'oops'")


def test_commands_give_their_output(lua: LuaRuntime) -> None:
    assert lua.eval("require('pl.utils').executeex 'echo out; echo err >&2; exit 3'") == (False, 3, "out\n", "err\n")


def test_strict_globals(lua: LuaRuntime) -> None:
    lua.execute("require 'pl.strict' declared = nil")
    assert lua.eval("declared") is None
    with pytest.raises(LuaError, match="variable 'undeclared' is not declared"):
        lua.eval("undeclared")
    with pytest.raises(LuaError, match="assign to undeclared global 'fresh'"):
        lua.execute("local function f() fresh = 1 end f()")
