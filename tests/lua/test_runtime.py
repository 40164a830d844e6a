"""LuaRuntime: values both ways, errors, threads, Ctrl-C."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaError, LuaRuntime
from pytorch_fbcunn_compat.lua import LuaFunction, LuaObject, LuaSyntaxError, LuaTable


def test_plain_values_survive_both_ways(lua):
    same = lua.eval("function(...) return ... end")
    for value in (None, True, False, 0, -7, 2**53, 1.5, -0.25, math.inf, "", "text", "naïve Ω 漢", "a\0b"):
        assert same(value) == value
    assert math.isnan(same(math.nan))
    assert same(1, None, "x") == (1, None, "x")
    assert same() is None


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", None])
def test_any_byte_survives_in_strings(encoding):
    lua = LuaRuntime(encoding=encoding)
    every = bytes(range(256)) * 2
    assert lua.eval("function(s) return #s, s:byte(256) end")(every) == (512, 255)
    back = lua.eval("function(s) return s end")(every)
    assert back == (every if encoding is None else every.decode(encoding, "surrogateescape"))
    assert lua.eval("function(a, b) return a == b end")(back, every) is True


def test_integers_that_lua_cannot_hold_are_refused(lua):
    with pytest.raises(OverflowError, match="9007199254740993 does not fit into a Lua number"):
        lua.call(lua.globals["tostring"], 2**53 + 1)


def test_tables_are_live(lua):
    table = lua.eval("{10, 20, name = 'x', inner = {1, {2}}}")
    assert isinstance(table, LuaTable)
    assert table[1] == 10 and table.name == "x" and len(table) == 2
    table[3] = "new"
    lua.globals["t"] = table
    assert lua.eval("t[3]") == "new"
    assert lua.globals["t"] == table and hash(lua.globals["t"]) is not None
    assert table.inner.to_list() == [1, [2]]
    assert table.to_dict() == {1: 10, 2: 20, 3: "new", "name": "x", "inner": [1, [2]]}
    assert sorted(map(str, table)) == ["1", "2", "3", "inner", "name"]
    assert "name" in table and "absent" not in table
    assert table.get("absent", 5) == 5
    with pytest.raises(KeyError):
        table["absent"]
    with pytest.raises(AttributeError, match="absent"):
        _ = table.absent


def test_cycles_in_tables_are_kept(lua):
    plain = lua.execute("local t = {x = 1} t.me = t return t").to_plain()
    assert plain["me"] is plain
    loop: list = [1]
    loop.append(loop)
    assert lua.eval("function(t) return t[2] == t, t[1] end")(loop) == (True, 1)


def test_python_collections_are_copied(lua):
    assert lua.eval("function(t) return #t, t[2].k end")([1, {"k": "v"}]) == (2, "v")
    assert lua.table({"a": (1, 2)}).to_dict() == {"a": [1, 2]}


def test_length_and_methods_of_objects(lua):
    lua.execute(
        "Class = {} Class.__index = Class Class.__len = function(self) return self.n end "
        "function Class:add(k) self.n = self.n + k return self end object = setmetatable({n = 1}, Class)"
    )
    model = lua.globals["object"]
    assert len(model.invoke("add", 4)) == 5
    assert model.invoke("add", 0) == model


def test_python_functions_are_callable_from_lua(lua):
    seen = []

    def record(*args):
        seen.append(args)
        return len(args), "second"

    lua.globals["record"] = record
    assert lua.eval("type(record)") == "function"
    assert lua.eval("record(1, 'a', nil)") == (3, "second")
    assert seen == [(1, "a", None)]
    twice = lua.eval("function(f, x) return f(f(x)) end")
    assert isinstance(twice, LuaFunction)
    assert twice(lambda x: x * 3, 2) == 18


def test_a_value_of_another_runtime_is_refused(lua):
    other = LuaRuntime()
    with pytest.raises(TypeError, match="belongs to another LuaRuntime"):
        lua.globals["x"] = other.table()


def test_tensors_go_both_ways_as_the_same_object(lua):
    torch = pytest.importorskip("torch")
    tensor = torch.arange(6, dtype=torch.float32).view(2, 3)
    lua.globals["t"] = tensor
    assert lua.globals["t"] is tensor
    lua.execute("t:fill(7)")
    assert tensor.eq(7).all()
    made = lua.eval("torch.DoubleTensor(2, 2):fill(1)")
    assert made.dtype is torch.float64 and made.shape == (2, 2)
    assert lua.eval("function(x) return x end")(made) is made
    assert lua.table([tensor]).to_list()[0] is tensor
    with pytest.raises(TypeError, match=r"torch\.from_numpy"):
        lua.globals["a"] = made.numpy()


def test_an_error_has_message_line_and_traceback(lua):
    with pytest.raises(LuaError) as caught:
        lua.execute("local function inner()\n  error('went wrong')\nend\ninner()", name="@script.lua")
    assert caught.value.message == "script.lua:2: went wrong"
    assert "script.lua:2: in function 'inner'" in caught.value.traceback
    assert "script.lua:4: in main chunk" in caught.value.traceback
    assert "glue" not in str(caught.value)


def test_error_values_that_are_not_strings(lua):
    with pytest.raises(LuaError) as caught:
        lua.execute("error(setmetatable({code = 5}, {__tostring = function(e) return 'code ' .. e.code end}))")
    assert caught.value.message == "code 5" and caught.value.value.code == 5
    with pytest.raises(LuaError, match="nil"):
        lua.execute("error(nil)")


def test_a_syntax_error_names_the_line(lua):
    with pytest.raises(LuaSyntaxError, match=r"^\(python\):2: unexpected symbol near '='"):
        lua.execute("local a\na = = 1")


def test_a_python_exception_is_readable_in_lua_and_chained_in_python(lua):
    def fail():
        raise ValueError("no such thing")

    lua.globals["fail"] = fail
    ok, message = lua.execute("return pcall(function()\n fail() end)", name="@s.lua")
    assert (ok, message) == (False, "s.lua:2: ValueError: no such thing")
    with pytest.raises(LuaError, match=r"s\.lua:1: ValueError: no such thing") as caught:
        lua.execute("fail()", name="@s.lua")
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_error_goes_through_several_layers(lua):
    lua.globals["call"] = lambda f: f()
    with pytest.raises(LuaError, match="deep") as caught:
        lua.execute("call(function() call(function() error('deep', 0) end) end)")
    assert caught.value.message.endswith("deep")


def test_memory_errors_and_errors_in_handlers_arrive(lua):
    with pytest.raises(LuaError, match="stack overflow"):
        lua.execute("local function f() return 1 + f() end f()")
    assert lua.eval("1 + 1") == 2


def test_run_sets_arg_and_returns_results(lua, tmp_path):
    script = tmp_path / "script.lua"
    script.write_text("#!/usr/bin/env th\nreturn arg[0], #arg, arg[1], arg[2]\n")
    assert lua.run(script, ["a", 3]) == (str(script), 2, "a", "3")
    with pytest.raises(FileNotFoundError, match=r"no such Lua script: .*absent\.lua"):
        lua.run(tmp_path / "absent.lua")
    with pytest.raises(IsADirectoryError):
        lua.run(tmp_path)


@pytest.mark.parametrize(
    ("call", "code"), [("os.exit()", 0), ("os.exit(3)", 3), ("os.exit(false)", 1), ("os.exit(true)", 0)]
)
def test_os_exit_is_a_system_exit_that_pcall_does_not_stop(lua, call, code):
    lua.execute("reached = false")
    with pytest.raises(SystemExit) as caught:
        lua.execute(f"local function f() pcall(function() {call} end) reached = true end pcall(f) reached = true")
    assert caught.value.code == code
    assert lua.eval("reached") is False


def test_services_are_limited_to_their_folder(lua):
    python = "require('bridge.host').python"
    for name in ("os", "files.os", "..files", "__init__"):
        with pytest.raises(LuaError, match="LookupError: there is no Python service"):
            lua.eval(f"{python}('{name}')")


def test_an_exception_in_a_service_is_a_lua_error(lua, tmp_path):
    with pytest.raises(LuaError, match="FileNotFoundError"):
        lua.eval("require('bridge.host').python('files')").size(tmp_path / "missing")


def test_files_service(lua, tmp_path):
    files = lua.eval("require('bridge.host').python('files')")
    files.make_folders(tmp_path / "a" / "b")
    (tmp_path / "a" / "f.txt").write_text("four")
    assert files.kind(tmp_path / "a") == "folder"
    assert files.kind(tmp_path / "no") is None
    assert files.list_folder(tmp_path / "a").to_list() == ["b", "f.txt"]
    assert files.size(tmp_path / "a" / "f.txt") == 4


def test_lua_path_of_the_user_comes_first_and_an_old_torch_is_left_out(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "paths.lua").write_text("return 'mine'")
    (tmp_path / "old" / "torch").mkdir(parents=True)
    (tmp_path / "old" / "torch" / "init.lua").write_text("error('the old torch was loaded')")
    monkeypatch.setenv("LUA_PATH", f"{tmp_path}/old/?/init.lua;{tmp_path}/mine/?.lua;;")
    lua = LuaRuntime()
    assert lua.require("paths") == "mine"
    assert f"{tmp_path}/old" not in lua.eval("package.path")
    assert "./?.lua" in lua.eval("package.path")


SPIN = "local function spin(n) local s = 0 for i = 1, n do s = s + i % 7 end return s end return spin(...)"


def _runnable_seconds() -> float:
    """How long this thread has been running or ready to run: a thread that waits for a lock is neither."""
    running, ready, _ = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()
    return (int(running) + int(ready)) / 1e9


def _seconds(runtimes: list[LuaRuntime], n: float) -> tuple[float, float]:
    """Time of the work, and the time that its threads were runnable, added up."""
    runnable = []

    def work(lua: LuaRuntime) -> None:
        lua.execute(SPIN, n)
        runnable.append(_runnable_seconds())

    threads = [threading.Thread(target=work, args=(lua,)) for lua in runtimes]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start, sum(runnable)


@pytest.mark.timing
def test_two_runtimes_in_two_threads_run_in_parallel():
    runtimes = [LuaRuntime(), LuaRuntime()]
    n = 1e8
    load = os.getloadavg()[0]
    _seconds(runtimes, 1e5)
    speedups, overlaps = [], []
    for _ in range(4):
        alone, _ = _seconds(runtimes[:1], n)
        together, runnable = _seconds(runtimes, n)
        speedups.append(2 * alone / together)
        overlaps.append(runnable / together)
    # The threads must have been able to run at the same time, which they are not when one holds a lock that the other
    # one needs. How much is gained depends on what else runs on the machine.
    assert max(overlaps) >= 1.7, f"runnable at the same time: {overlaps}"
    if load < 0.5:
        assert max(speedups) >= 1.7, f"speed-ups: {speedups}"


def test_runtimes_share_nothing():
    first, second = LuaRuntime(), LuaRuntime()
    first.execute("x = 1 string.extra = 2")
    assert second.eval("x") is None and second.eval("string.extra") is None


def test_one_runtime_is_safe_from_several_threads(lua):
    lua.execute("n = 0 function add() for i = 1, 100 do n = n + 1 end end")
    add = lua.globals["add"]
    threads = [threading.Thread(target=lambda: [add() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lua.eval("n") == 20000


HOT_LOOPS = {
    "empty": "while true do end",
    "numeric": "for i = 1, 1e15 do end",
    "goto": "::again:: goto again",
    "tail call": "local function f(x) return f(x + 1) end f(1)",
    "table": "local t = {} while true do t[1] = (t[1] or 0) + 1 end",
    "allocation": "while true do local t = {1} end",
    "inlined call": "local function g(n) local s = 0 for i = 1, n do s = s + i end end while true do g(100) end",
    "ffi": "local ffi = require 'ffi' local a = ffi.new('double[10]') while true do a[3] = a[3] + 1 end",
    "coroutine": "coroutine.wrap(function() while true do end end)()",
    "library": "while true do ('abc'):gsub('b', 'c') end",
    "pcall": "while true do pcall(function() while true do end end) end",
    "callback": "while true do callback() end",
    "interpreted": "jit.off(true, true) while true do end",
}


def _interrupt(times: int) -> threading.Thread:
    def send() -> None:
        for _ in range(times):
            time.sleep(0.15)
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


@pytest.mark.parametrize("name", HOT_LOOPS)
def test_ctrl_c_stops_a_hot_loop(lua, name):
    lua.globals["callback"] = lambda: None
    # What pcall catches once is raised again past every pcall by a second Ctrl-C.
    sender = _interrupt(2 if name == "pcall" else 1)
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        lua.execute(HOT_LOOPS[name])
    assert time.perf_counter() - start < 2
    sender.join()
    assert lua.eval("1 + 1") == 2
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_can_be_caught_and_compiled_code_is_interruptible_again(lua):
    for _ in range(3):
        sender = _interrupt(1)
        ok, message = lua.execute("return pcall(function() local x = 0 while true do x = x + 1 end end)")
        sender.join()
        assert ok is False and message.endswith("interrupted!")


def test_ctrl_c_in_a_python_callback_is_a_keyboard_interrupt(lua):
    lua.globals["wait"] = lambda: time.sleep(5)
    sender = _interrupt(1)
    start = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        lua.execute("wait()")
    sender.join()
    assert time.perf_counter() - start < 2


def test_a_handler_of_the_program_stays_in_charge(lua):
    calls = []
    before = signal.signal(signal.SIGINT, lambda *_: calls.append(1))
    try:
        sender = _interrupt(1)
        lua.execute("local t = os.time() while os.time() - t < 2 do end")
        sender.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert calls == [1]


def test_compiled_loops_pay_little_for_being_interruptible():
    # The check is one test and one jump a line; a line of this loop takes below 10 ns in all.
    lua = LuaRuntime()
    lua.execute(SPIN, 1e5)
    start = time.perf_counter()
    lua.execute(SPIN, 1e7)
    assert (time.perf_counter() - start) / 1e7 < 20e-9


def test_output_of_lua_and_python_keeps_its_order():
    code = (
        "from pytorch_fbcunn_compat import LuaRuntime\n"
        "lua = LuaRuntime()\n"
        "lua.globals['say'] = print\n"
        "print('1')\n"
        "lua.execute(\"io.write('2\\\\n') say('3') io.write('4\\\\n')\")\n"
        "print('5')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "1\n2\n3\n4\n5\n", done.stderr


def test_objects_without_a_python_counterpart(lua):
    proxy = lua.eval("newproxy(true)")
    assert type(proxy) is LuaObject
    lua.execute("local p = ... getmetatable(p).__tostring = function() return 'a proxy' end", proxy)
    assert str(proxy) == "a proxy"
    # (lupa shows a coroutine that has not been started as its function.)
    coroutine = lua.execute("local c = coroutine.create(coroutine.yield) coroutine.resume(c) return c")
    assert lua.call(lua.globals["type"], coroutine) == "thread"
