"""socket: the clock, sleeping, and an error for the rest."""

from __future__ import annotations

import time

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


def test_the_clock(lua: LuaRuntime) -> None:
    lua.execute("require 'socket'")
    assert abs(lua.eval("socket.gettime()") - time.time()) < 60
    assert lua.eval("select(2, pcall(socket.sleep, 'x'))").startswith("bad argument #1 to 'sleep' (number expected")
    before = time.time()
    assert lua.eval("socket.sleep(0.05)") == 0
    assert time.time() - before >= 0.05


@pytest.mark.parametrize("name", ["tcp", "connect", "bind"])
def test_networks_are_refused_by_name(lua: LuaRuntime, name: str) -> None:
    with pytest.raises(LuaError, match=rf"socket\.{name} is not here"):
        lua.execute(f"require('socket').{name}()")
    with pytest.raises(LuaError, match="there is no network"):
        lua.execute("require 'socket.http'")
