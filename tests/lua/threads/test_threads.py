"""lua/threads: pools of threads with Lua states of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

START = "local threads = require 'threads' threads.Threads.serialization('threads.serialize') "
SHARED = "local threads = require 'threads' threads.Threads.serialization('threads.sharedserialize') "


def test_jobs_run_elsewhere_and_endcallbacks_here(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, sum, offset = threads.Threads(2), 0, 10
    for i = 1, 20 do
      pool:addjob(function(a, b)
        __seen = (__seen or 0) + 1
        return a * b + offset
      end, function(x) sum = sum + x end, i, 2)
    end
    pool:synchronize()
    local mine = rawget(_G, '__seen')
    pool:terminate()
    return sum, mine, pool:isrunning()
    """
    )
    assert lua.execute(code) == (2 * 210 + 200, None, False)


def test_one_thread_keeps_the_order(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, order = threads.Threads(1), {}
    for i = 1, 30 do pool:addjob(function() return i end, function(x) order[#order + 1] = x end) end
    pool:terminate()
    for i = 1, 30 do assert(order[i] == i) end
    return #order
    """
    )
    assert lua.execute(code) == 30


def test_init_functions_run_in_order_in_every_thread(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local function last(id) return first, id, __threadid, nil end
    local pool, results = threads.Threads(3, function(id) first = id end, last)
    pool:terminate()
    table.sort(results, function(a, b) return a[1] < b[1] end)
    return #results, results[1][1], results[3][2], results[2][3]
    """
    )
    assert lua.execute(code) == (3, 1, 3, 2)


def test_jobs_for_one_thread(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, ran = threads.Threads(3), {}
    pool:specific(true)
    for i = 1, 9 do
      local wanted = (i - 1) % 3 + 1
      pool:addjob(wanted, function(place) return place == __threadid end, function(ok) ran[#ran + 1] = ok end, wanted)
    end
    pool:specific(false)
    pool:addjob(function() end)
    pool:terminate()
    for _, ok in ipairs(ran) do assert(ok) end
    return #ran, pcall(pool.addjob, pool, print)
    """
    )
    count, ok, message = lua.execute(code)
    assert (count, ok) == (9, False)
    assert "thread system is not running" in message


def test_arguments_and_results_may_be_nil(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, got = threads.Threads(1)
    pool:addjob(function(...) return select('#', ...), nil, select(2, ...), nil end,
      function(...) got = {select('#', ...), ...} end, nil, 5, nil)
    pool:terminate()
    return got[1], got[2], got[4]
    """
    )
    assert lua.execute(code) == (4, 3, 5)


def test_serialized_tensors_are_copies(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, t, back = threads.Threads(1), torch.zeros(3)
    pool:addjob(function() t:add(1) return t end, function(x) back = x end)
    pool:terminate()
    return t:sum(), back:sum()
    """
    )
    assert lua.execute(code) == (0, 3)


def test_shared_tensors_storages_and_hashes_are_the_same_objects(lua: LuaRuntime) -> None:
    code = (
        SHARED
        + """
    local tds = require 'tds'
    local t, s, h, v = torch.zeros(3), torch.LongStorage(2):fill(0), tds.Hash(), tds.Vec()
    local pool, count = threads.Threads(2), 0
    pool:addjob(function() t:add(1) s[1] = 7 h.x = torch.ones(2) v[2] = 'y' return t:narrow(1, 1, 2) end,
      function(view) view:fill(5) count = count + 1 end)
    pool:terminate()
    collectgarbage() collectgarbage()
    return t[1], t[3], s[1], h.x:sum(), v[2], count
    """
    )
    assert lua.execute(code) == (5, 1, 7, 2, "y", 1)


def test_sharing_leaves_files_alone(lua: LuaRuntime) -> None:
    code = (
        SHARED
        + """
    local pool = threads.Threads(1)
    local t = torch.ones(3)
    pool:addjob(function() t:add(1) end)
    pool:terminate()
    local text = torch.serialize(t)
    t:zero()
    return torch.deserialize(text):sum()
    """
    )
    assert lua.execute(code) == 6


def test_errors_come_with_their_traceback(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, after = threads.Threads(1), nil
    pool:addjob(function()
      function culprit() local x = nil + 1 return x end
      culprit()
      return 0
    end)
    local ok, message = pcall(pool.synchronize, pool)
    pool:addjob(function() return 4 end, function(x) after = x end)
    pool:synchronize()
    pool:addjob(function() end, function() error('in the end') end)
    local ok2, message2 = pcall(pool.synchronize, pool)
    pool:synchronize()
    pool:terminate()
    return ok, message, after, ok2, message2
    """
    )
    ok, message, after, ok2, message2 = lua.execute(code)
    assert (ok, after, ok2) == (False, 4, False)
    assert "[thread 1 callback]" in message
    assert "in function 'culprit'" in message
    assert "[thread 1 endcallback]" in message2
    assert "in the end" in message2


def test_what_cannot_travel_is_named(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, write = threads.Threads(1), print
    local sent, message = pcall(pool.addjob, pool, function() write('x') end)
    pool:addjob(function() return print end)
    local answered, message2 = pcall(pool.synchronize, pool)
    pool:synchronize()
    pool:terminate()
    return sent, message, answered, message2
    """
    )
    sent, message, answered, message2 = lua.execute(code)
    assert (sent, answered) == (False, False)
    assert "Unwritable object <function>" in message
    assert "the results of the job cannot be sent" in message2


def test_addjob_runs_endcallbacks_when_the_queue_is_full(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local pool, done = threads.Threads(2), 0
    for _ = 1, 50 do pool:addjob(function() return 1 end, function(x) done = done + x end) end
    local early = done
    while pool:hasjob() do pool:dojob() end
    local accepts = pool:acceptsjob()
    pool:terminate()
    return early >= 44, done, accepts
    """
    )
    assert lua.execute(code) == (True, 50, True)


def test_two_threads_run_at_the_same_time(lua: LuaRuntime) -> None:
    """Each job waits for the other one: this would never end if they ran in turn."""
    code = (
        SHARED
        + """
    local pool, counter, met = threads.Threads(2), require('tds').AtomicCounter(), 0
    for _ = 1, 2 do
      pool:addjob(function()
        counter:inc()
        while counter:get() < 2 do end
        return 1
      end, function(x) met = met + x end)
    end
    pool:terminate()
    return met
    """
    )
    assert lua.execute(code) == 2


def test_counters_and_mutexes_order_threads(lua: LuaRuntime) -> None:
    code = (
        SHARED
        + """
    local tds = require 'tds'
    local pool, counter, t, steps = threads.Threads(4), tds.AtomicCounter(), torch.zeros(1), 2000
    local mutex = threads.Mutex()
    local id = mutex:id()
    for _ = 1, 4 do
      pool:addjob(function()
        local own = require('threads').Mutex(id)
        for _ = 1, steps do
          counter:inc()
          own:lock()
          t[1] = t[1] + 1
          own:unlock()
        end
        own:free()
      end)
    end
    pool:terminate()
    mutex:free()
    return counter:get(), t[1]
    """
    )
    assert lua.execute(code) == (8000, 8000)


def test_safe_functions_exclude_each_other_and_pass_errors_on(lua: LuaRuntime) -> None:
    code = (
        SHARED
        + """
    local pool, t = threads.Threads(4), torch.zeros(1)
    local add = threads.safe(function() t[1] = t[1] + 1 return t[1] end)
    for _ = 1, 4 do pool:addjob(function() for _ = 1, 1000 do add() end end) end
    pool:terminate()
    local fails = threads.safe(function() error('inside', 0) end)
    return t[1], pcall(fails)
    """
    )
    assert lua.execute(code) == (4000, False, "inside")


def test_threads_conditions_and_queues_by_themselves(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    local Queue = require 'threads.queue'
    local mutex, condition, queue = threads.Mutex(), threads.Condition(), Queue(4)
    mutex:lock()
    local thread = threads.Thread(([[
      local threads, Queue = require 'threads', require 'threads.queue'
      local mutex, condition, queue = threads.Mutex(%d), threads.Condition(%d), Queue(%d)
      mutex:lock()
      queue:addjob(function(a, b) return a + b end, 2, 3)
      condition:signal()
      mutex:unlock()
      mutex:free() condition:free() queue:free()
    ]]):format(mutex:id(), condition:id(), queue:id()))
    condition:wait(mutex)
    mutex:unlock()
    local before, sum, after = queue.isempty, queue:dojob(), queue.isempty
    thread:free()
    mutex:free() condition:free() queue:free()
    return before, sum, after
    """
    )
    assert lua.execute(code) == (0, 5, 1)


def test_the_package_is_callable_like_its_class(lua: LuaRuntime) -> None:
    code = """
    local T = require 'threads'
    T.serialization('threads.sharedserialize')
    local pool, results = T(2, function(id) return id end)
    pool:terminate()
    T.serialization('threads.serialize')
    return #results, T.Threads.serialization()
    """
    assert lua.execute(code) == (2, "threads.serialize")


def test_pools_that_are_forgotten_end_their_threads(lua: LuaRuntime) -> None:
    code = (
        START
        + """
    for _ = 1, 3 do threads.Threads(2) end
    collectgarbage() collectgarbage()
    return 1
    """
    )
    assert lua.execute(code) == 1


@pytest.mark.parametrize(
    "code",
    [
        "local p = require('threads').Threads(2)",
        "local p = require('threads').Threads(2) p:addjob(function() end, function() error('late') end)",
        "local p = require('threads').Threads(1) p:addjob(function() error('x') end) print(pcall(p.synchronize, p))",
        "require('threads').Threads(2, function() error('at the start') end)",
    ],
)
def test_programs_end_without_terminate(code: str) -> None:
    program = f"from pytorch_fbcunn_compat import LuaRuntime\nLuaRuntime().execute({code!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == (1 if "at the start" in code else 0), done.stderr
    assert ("callback]" in done.stderr) == ("at the start" in code)


def test_mistakes(lua: LuaRuntime) -> None:
    for code, message in {
        "threads.Threads(0)": "number of threads expected",
        "threads.Threads(1):addjob(5)": "function callback expected, got number",
        "threads.Threads.serialization(3)": "name of a module expected",
        "local p = threads.Threads(1) p:specific(true) p:addjob(2, print)": "thread index expected",
    }.items():
        with pytest.raises(LuaError, match=message):
            lua.execute(START + code)
