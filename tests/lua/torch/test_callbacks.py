"""apply, map and map2: what they visit, what they refuse, that Ctrl-C stops them and that they run as machine code."""

import os
import signal
import threading
import time

import pytest

from pytorch_fbcunn_compat import LuaError, LuaRuntime

TYPES = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double")


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("count", [1, 7, 512, 513, 3000])
def test_every_element_is_visited_once_in_row_major_order(lua, name, count):
    assert (
        lua.execute(
            """
        local name, n = ...
        local t = torch[name .. 'Tensor'](n):zero()
        local seen = 0
        t:apply(function(x) seen = seen + 1 return x + seen % 100 end)
        for i = 1, n do if t[i] ~= i % 100 then return i end end
        return seen
        """,
            name,
            count,
        )
        == count
    )


def test_views_are_written_back(lua):
    assert lua.execute(
        """
        local m = torch.range(1, 1200):resize(40, 30)
        local order = {}
        m:t():apply(function(x) order[#order + 1] = x return -x end)
        return m[1][1], m[40][30], order[1], order[2], order[41]
        """
    ) == (-1, -1200, 1, 31, 2)


def test_nil_keeps_the_value(lua):
    assert (
        lua.execute("return torch.range(1, 2000):apply(function(x) if x % 2 == 0 then return 0 end end):sum()")
        == 1000 * 1000
    )


@pytest.mark.parametrize("count", [5, 2000])
def test_map_and_map2_visit_their_tensors_together(lua, count):
    assert lua.execute(
        """
        local n = ...
        local a, b, c = torch.range(1, n), torch.range(1, n):mul(2), torch.FloatTensor(n):fill(3)
        a:map(b, function(x, y) return x + y end)
        local first = a[n]
        a:map2(b, c, function(x, y, z) return x - y * z end)
        return first, a[n]
        """,
        count,
    ) == (3 * count, 3 * count - 6 * count)


@pytest.mark.parametrize("count", [5, 600, 2000])
def test_other_results_are_refused_and_errors_pass_through(lua, count):
    with pytest.raises(LuaError, match="should return a number or nil, got string"):
        lua.execute("torch.zeros(...):apply(function() return 'x' end)", count)
    with pytest.raises(LuaError, match="at the last"):
        lua.execute(
            "local n, i = ..., 0 torch.zeros(n):apply(function() i = i + 1 assert(i < n, 'at the last') end)",
            count,
        )
    with pytest.raises(LuaError, match="inconsistent tensor size: .* and 3 elements"):
        lua.execute("torch.zeros(...):map(torch.zeros(3), function(x) return x end)", count)


def test_calls_may_nest_and_yield(lua):
    assert lua.execute(
        """
        local t = torch.zeros(600)
        local inner = torch.ones(600)
        t:apply(function() return inner:clone():apply(function(x) return x * 2 end):sum() end)
        local visit = coroutine.wrap(function() torch.range(1, 3):apply(coroutine.yield) end)
        return t:sum(), visit(), visit(), visit()
        """
    ) == (600 * 1200, 1, 2, 3)


@pytest.mark.parametrize("warm", [False, True])
def test_ctrl_c_stops_an_endless_sequence_of_calls(warm):
    lua = LuaRuntime()
    lua.execute("require 'torch' t = torch.zeros(1e6) f = function(x) return x + 1 end")
    if warm:
        lua.execute("for i = 1, 10 do t:apply(f) end")
    sender = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    sender.start()
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        lua.execute("while true do t:apply(f) end")
    assert time.perf_counter() - start < 2
    sender.join()


def test_ctrl_c_stops_a_loop_inside_a_callback():
    lua = LuaRuntime()
    lua.execute("require 'torch'")
    sender = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    sender.start()
    with pytest.raises(KeyboardInterrupt):
        lua.execute(
            "torch.zeros(1e6):apply(function(x) if x == 0 then for i = 1, 1e3 do x = x + i % 7 end end return x end)"
            " torch.zeros(1e4):apply(function(x) for i = 1, 1e6 do x = x + i % 7 end return x end)"
        )
    sender.join()


@pytest.mark.timing
def test_new_closures_of_one_source_stay_compiled(lua):
    # Without a loop of its own a closure takes twenty times as long; other processes may slow this one a few times.
    lua.execute("t = torch.randn(1e6) function shrink(k) return function(x) return x * k + 1 end end")
    times = lua.execute(
        """
        local times = {}
        for i = 1, 12 do
          local timer = torch.Timer()
          for _ = 1, 5 do t:apply(shrink(0.5)) end
          times[i] = timer:time().real / 5e6
        end
        table.sort(times)
        return times[1]
        """
    )
    assert times < 2e-9
