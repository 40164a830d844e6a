"""torch.CmdLine, Timer, Tester, TestSuite and the small functions of the torch table."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

COMMAND = """
local cmd = torch.CmdLine()
cmd:text('Training a simple network')
cmd:text()
cmd:argument('-data', 'where the data is')
cmd:option('-seed', 123, 'initial random seed')
cmd:option('-booloption', false, 'boolean option')
cmd:option('-stroption', 'mystring')
"""


def test_command_line_help(printed) -> None:
    assert printed(COMMAND + "cmd:help({[0] = 'train.lua'})") == (
        "Usage: train.lua [options] <data>\n"
        "Training a simple network\n"
        "\n"
        "  <data>      where the data is\n"
        "  -seed       initial random seed [123]\n"
        "  -booloption boolean option [false]\n"
        "  -stroption  [mystring]\n"
    )


def test_command_line_values(lua: LuaRuntime) -> None:
    lua.execute(COMMAND + "params = cmd:parse{'-seed', '0x10', 'folder', '-booloption'}")
    assert lua.eval("params.seed == 16 and params.data == 'folder' and params.booloption == true")
    assert lua.eval("params.stroption") == "mystring"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("'x', 'y'", "invalid argument: y"),
        ("'-unknown'", "invalid argument: -unknown"),
        ("'x', '-seed', 'abc'", "invalid type for option -seed (should be number)"),
        ("'x', '-seed'", "missing argument for option -seed"),
        ("", "not enough arguments"),
    ],
)
def test_command_line_errors(words: str, message: str, lua: LuaRuntime, printed) -> None:
    # An argument may be called anything: '-unknown' is the data here, and a second one is too many.
    if words == "'-unknown'":
        words = "'x', '-unknown'"
    text = printed(
        COMMAND
        + f"""
        local exit = os.exit
        os.exit = function(code) error('exit ' .. code, 0) end
        local done, reason = pcall(cmd.parse, cmd, {{{words}}})
        os.exit = exit
        print(reason)
        """
    )
    assert text.startswith(f"\n{message}\n\nUsage: ")
    assert text.endswith("exit 1\n")


def test_command_line_name_of_a_run(lua: LuaRuntime, printed) -> None:
    text = printed(
        COMMAND
        + """
        local params = cmd:parse{'d', '-seed', '456', '-stroption', 'custom', '-booloption'}
        name = cmd:string('experiment', params, {stroption = true})
        plain = cmd:string('experiment', cmd:default(), {dir = true})
        """
    )
    assert lua.eval("name") == "experiment,data=d,booloption=t,seed=456"
    assert lua.eval("plain") == "experiment"
    assert "-- ignore option stroption\n" in text
    assert "seed\t456\t123\n" in text


def test_command_line_log(lua: LuaRuntime, printed, tmp_path: Path) -> None:
    path = tmp_path / "log"
    text = printed(
        COMMAND
        + f"""
        local before = print
        cmd:addTime('run', '%Y')
        cmd:log('{path}', {{seed = 5}})
        print('hello', 3)
        print = before
        """
    )
    lines = path.read_text().splitlines()
    assert lines[-1].endswith("[run]:  hello 3 ")
    assert "[----------------------]" in text and "seed\t5" in text and text.endswith("hello\t3\n")
    assert "[program started on " in lines[0]


def test_timer_pauses(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local function wait(seconds) local t = torch.tic() while torch.toc(t) < seconds do end end
        local timer = torch.Timer()
        running = tostring(timer)
        wait(0.05)
        stopped = tostring(timer:stop())
        local first = timer:time().real
        wait(0.05)
        unchanged = timer:time().real == first
        wait(0.01)
        timer:resume()
        wait(0.05)
        total, user = timer:time().real, timer:time().user
        zero = timer:stop():reset():time().real
        """
    )
    assert lua.eval("running") == "torch.Timer [status: running]"
    assert lua.eval("stopped") == "torch.Timer [status: stopped]"
    assert lua.eval("unchanged")
    assert 0.1 <= lua.eval("total") < 0.15
    assert lua.eval("user") > 0.05
    assert lua.eval("zero") == 0


def test_tester_report(printed) -> None:
    text = printed(
        """
        local tester = torch.Tester()
        local suite = torch.TestSuite()
        function suite.only()
          tester:eq(torch.Tensor{1, 2, 3}, torch.Tensor{1, 2, 4}, 'a and b should be equal')
        end
        tester:add(suite)
        local done, message = pcall(tester.run, tester)
        print(message)
        """
    )
    dots = "." * (80 - 8 - 4 - len("only"))
    dashes = "-" * 80
    assert text == (
        "Running 1 test\n"
        f"1/1 only {dots} [WAIT]\r1/1 only {dots} [FAIL]\n"
        "Completed 1 assert in 1 test with 1 failure and 0 errors\n"
        f"{dashes}\n"
        "only\n"
        "a and b should be equal\n"
        "TensorEQ(==) violation: max diff=1, tolerance=0\n"
        "stack traceback:\n"
        "\tscript.lua:4: in function <script.lua:3>\n"
        f"{dashes}\n"
        "An error was found while running tests!\n"
    )


def test_tester_statuses(printed) -> None:
    text = printed(
        """
        local tester = torch.Tester()
        tester:add(function() error('broken') end, 'a'):add(function() tester:assert(1) end, 'b')
        tester:add(function() end, 'c'):disable('c')
        tester:setSummaryOnly(true)
        pcall(tester.run, tester)
        """
    )
    assert "[ERROR]\n" in text and "[SKIP]\n" in text
    assert "[PASS]\n" + " " * 70 + "[+warning]\n" in text
    assert text.endswith("Completed 1 assert in 3 tests with 0 failures and 1 error and 1 warning and 1 disabled\n")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("asserteq(1, 2, 'm')", "m\nEQ failed: 1 ~= 2"),
        ("assertlt(2, 1)", "LT failed: 2 >= 1"),
        ("assertalmosteq(1, 3, 1)", "ALMOST_EQ failed: 1 ~= 3 with tolerance=1"),
        ("eq(1, 2, 0.5)", "EQ failed: 1 ~= 2 with tolerance=0.5"),
        ("ne('a', 'a')", "NE failed: a (string) == a (string)"),
        ("eq({a = {1}}, {a = {2}})", "At table location a.1: EQ failed: 1 ~= 2"),
        ("eq({1}, {1, 2})", "Entry 2 missing in first table (is 2 in second)"),
        ("eq(1, '1')", "EQ failed: values have different types (first: number, second: string)"),
        ("eq(torch.Tensor(2), torch.Tensor(3))", "The tensors have different sizes"),
        ("eq(torch.Tensor{0/0}, torch.Tensor{0/0})", "TensorEQ(==) violation: max diff=nan, tolerance=0"),
        ("assertTensorNe(torch.Tensor{1}, torch.Tensor{1})", "TensorNE(==) violation: max diff=0, tolerance=0"),
        ("assertError(function() end)", "ERROR violation: err=nil"),
        ("assert(false)", "BOOL violation condition=false"),
    ],
)
def test_assertion_texts(call: str, message: str, lua: LuaRuntime) -> None:
    lua.execute(
        f"""
        local tester = torch.Tester()
        tester._failure = function(_, text) return false, text end
        passed, text = tester:{call}
        """
    )
    assert lua.eval("passed") is False
    assert lua.eval("text") == message


def test_tables_that_contain_themselves_can_be_compared(lua: LuaRuntime) -> None:
    lua.execute("local a, b = {1}, {1} a.a, b.a = a, b same = torch.Tester():eq(a, b)")
    assert lua.eval("same") is True


def test_suites_refuse_what_is_no_new_test(lua: LuaRuntime) -> None:
    for statement, message in {
        "s.t = print s.t = print": "Test t is already defined.",
        "s.t = {}": "Nested tables of tests are not supported",
        "s.t = 1": "Only functions are supported as members of a TestSuite",
    }.items():
        with pytest.raises(LuaError, match=message):
            lua.execute(f"local s = torch.TestSuite() {statement}")


def test_files_of_packages(lua: LuaRuntime, tmp_path: Path) -> None:
    (tmp_path / "part.lua").write_text("return 'part of ' .. ...")
    (tmp_path / "part.lua").write_text("loaded = (loaded or 0) + 1 return 'part'")
    (tmp_path / "main.lua").write_text("include('part.lua')")
    lua.execute(f"package.path = '{tmp_path.parent}/?/main.lua;' .. package.path dofile('{tmp_path}/main.lua')")
    assert lua.eval("loaded") == 1
    assert lua.eval(f"torch.packageLuaPath('{tmp_path.name}')") == str(tmp_path)
    assert lua.eval(f"torch.include('{tmp_path.name}', 'part.lua')") == "part"
    assert lua.eval("torch.packageLuaPath('no-such-package')") is None
    assert lua.eval("torch.packageLuaPath() .. '/torch' == torch.packageLuaPath('torch')")


def test_included_files_run_under_their_full_names(lua: LuaRuntime, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "part.lua").write_text("source = debug.getinfo(1, 'S').source")
    (tmp_path / "main.lua").write_text("return select('#', include 'below/part.lua')")
    lua.execute(f"lfs = require 'lfs' folder = lfs.currentdir() lfs.chdir('{tmp_path}')")
    assert lua.eval("dofile('main.lua')") == 0
    lua.execute("lfs.chdir(folder)")
    assert lua.eval("source") == f"@{tmp_path}/below/part.lua"


def test_processors(lua: LuaRuntime) -> None:
    assert lua.eval("torch.getnumcores()") == os.cpu_count()


def test_terminals(lua: LuaRuntime) -> None:
    assert lua.eval("torch.isatty(io.open('/dev/null'))") is False


def test_heap_tracking(lua: LuaRuntime) -> None:
    lua.execute("torch.setheaptracking(false)")
    assert lua.eval("torch._heaptracking") is False
    lua.execute("torch.setheaptracking(true)")
    assert lua.eval("torch._heaptracking") is True
    lua.execute("torch.updateerrorhandlers() torch.updatethreadlocals()")
