"""A Lua state with the torch package, for the tests of that package."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    """Strings come back with one character for each byte."""
    runtime = LuaRuntime(encoding="latin-1")
    runtime.execute("require 'torch'")
    return runtime


@pytest.fixture
def printed(lua: LuaRuntime):
    """Calls a Lua chunk and returns what it wrote with print and io.write."""

    def run(source: str) -> str:
        return lua.execute(
            """
            local written, screen_write, screen_print = {}, io.write, print
            io.write = function(...)
              for i = 1, select('#', ...) do written[#written + 1] = tostring((select(i, ...))) end
              return io.stdout
            end
            print = function(...)
              local words = {}
              for i = 1, select('#', ...) do words[i] = tostring((select(i, ...))) end
              written[#written + 1] = table.concat(words, '\\t') .. '\\n'
            end
            local chunk = assert(loadstring([====["""
            + source
            + """]====], '@script.lua'))
            local done, message = pcall(chunk)
            io.write, print = screen_write, screen_print
            if not done then error(message, 0) end
            return table.concat(written)
            """
        )

    return run
