"""dok: arguments by name or place, usage texts, help."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute(
        """
        require 'dok'
        function load(...)
          return dok.unpack({...}, 'load', 'Loads a file.',
            {arg = 'path', type = 'string', help = 'what', req = true},
            {arg = 'n', type = 'number', help = 'how many', default = 4})
        end
        """
    )


@pytest.mark.parametrize("call", ["load('x')", "load{path = 'x'}", "load('x', 4)"])
def test_arguments_by_name_or_place(lua: LuaRuntime, call: str) -> None:
    args, path, n = lua.eval(call)
    assert (path, n, args["path"], args["n"]) == ("x", 4, "x", 4)


def test_a_missing_argument_prints_the_usage(lua: LuaRuntime, capfd: pytest.CaptureFixture) -> None:
    with pytest.raises(LuaError, match="missing argument: path"):
        lua.eval("load{n = 1}")
    assert "Loads a file." in capfd.readouterr().out


def test_what_is_gone_says_so(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="dok.browse is not supported"):
        lua.execute("dok.browse()")
    with pytest.raises(LuaError, match="<pkg> oops"):
        lua.execute("dok.error('oops', 'pkg')")


def test_markdown_in_the_terminal(lua: LuaRuntime) -> None:
    lua.execute("dok.dontusecolors()")
    assert lua.eval("dok.stylize '# Title\\n`code` and **bold**'") == "Title\ncode and bold"
    lua.execute("dok.usecolors()")
    assert "\33[" in lua.eval("dok.stylize '`code`'")


def test_help_about_functions(lua: LuaRuntime, capfd: pytest.CaptureFixture) -> None:
    lua.execute("dok.help(dok.stylize)")
    assert "Markdown for the terminal" in capfd.readouterr().out
