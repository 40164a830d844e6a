"""xlua: progress bars, option parsers, profilers, argument tables, additions to string and table."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytorch_fbcunn_compat import LuaError


@pytest.fixture
def xlua(lua, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lua.execute("require 'xlua'")
    return lua


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.25, "250ms"), (61, "1m1s"), (3725.5, "1h2m"), (90000, "1D1h"), (3.02, "3s20ms")],
)
def test_times(xlua, seconds, text):
    assert xlua.eval(f"xlua.formatTime({seconds})") == text


def test_progress_draws_a_bar(xlua, capfd):
    xlua.execute("for i = 1, 4 do xlua.progress(i, 4) end io.flush()")
    out = capfd.readouterr().out
    lines = out.split("[")[1:]
    assert [len(line.split("]")[0]) for line in lines] == [46] * 4
    assert lines[1].startswith("=" * 22 + ">" + "." * 23 + "]")
    assert lines[3].startswith("=" * 45 + ">]")
    assert "ETA" in lines[0] and "Tot" in lines[3] and " 4/4 \n" in lines[3]


def test_progress_begins_again_when_the_count_falls_back(xlua, capfd):
    xlua.execute("for epoch = 1, 2 do for i = 1, 3 do xlua.progress(i, 4) end end io.flush()")
    assert capfd.readouterr().out.count(" 1/4 ") == 2


def test_option_parser(lua):
    lua.execute(
        """
        require 'xlua'
        arg = {[0] = 'train.lua', '-s', '5', '--name=x=y', '--flag', 'rest'}
        op = xlua.OptionParser('%prog [options]')
        op:option{'-s', '--size', dest = 'size', default = 3, help = 'how many'}
        op:option{'-n', '--name', dest = 'name', help = 'what'}
        op:option{'-f', '--flag', dest = 'flag', action = 'store_true', help = 'whether'}
        options, rest = op:parse()
        """
    )
    assert lua.eval("options.size") == "5"
    assert lua.eval("options.name") == "x=y"
    assert lua.eval("options.flag") is True
    assert lua.eval("rest[1]") == "rest"
    assert lua.eval("op:tostring(true, {'-s', '-f'})") == "-s=5,-f=true"


def test_option_parser_refuses_unknown_options():
    code = "arg = {[0] = 's.lua', '--no'}; require 'xlua'; xlua.OptionParser('%prog'):parse()"
    script = f"from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().execute({code!r})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert "invalid option --no" in done.stderr
    assert "Usage: s.lua" in done.stdout and "show this help message and exit" in done.stdout


def test_profiler(xlua):
    xlua.execute("p = xlua.Profiler('off'); p:start('a', 'fps'); real, cpu = p:lap('a')")
    assert 0 <= xlua.eval("real") < 5
    assert xlua.eval("p:formatAll()").startswith("$ profiler report:\n$ real 0.")
    with pytest.raises(LuaError, match="There is no such profiler - b"):
        xlua.execute("p:lap('b')")


def test_unpack(xlua):
    xlua.execute(
        """
        function f(...)
          local _, a, b, c = xlua.unpack({...}, 'f', 'does things',
            {arg = 'a', type = 'number', help = 'first', req = true},
            {arg = 'b', type = 'number', help = 'second', default = 2},
            {arg = 'c', type = 'number', help = 'third', defaulta = 'a'})
          return a, b, c
        end
        """
    )
    assert xlua.eval("f")(1) == (1, 2, 1)
    assert xlua.eval("{f{a = 5, b = 6}}").to_plain() == [5, 6, 5]
    with pytest.raises(LuaError, match="missing argument: a"):
        xlua.execute("f{b = 1}")


def test_additions(xlua):
    assert xlua.eval("('a b c'):split(' ')").to_plain() == ["a", "b", "c"]
    kept, taken = xlua.eval("{table.splice({1, 2, 3, 4}, 2, 2)}").to_plain()
    assert (kept, taken) == ([1, 4], [2, 3])
    assert xlua.eval("table.prune({1, 2, 1, 3})").to_plain() == [1, 2, 3]
    assert xlua.eval("('math.pi'):tosymbol()") == pytest.approx(3.14159265)
    assert xlua.eval("xlua.table2string({1, 'a', k = {true}})") == '{1,"a",k={true}}'
    assert xlua.eval("xlua.require('no.such.package')") is False


def test_envparams(xlua, monkeypatch):
    monkeypatch.setenv("COUNT", "7")
    monkeypatch.setenv("QUIET", "true")
    params = xlua.eval("xlua.envparams{COUNT = 1, QUIET = false, OTHER = 'x'}").to_plain()
    assert params == {"COUNT": 7, "QUIET": True, "OTHER": "x"}
    monkeypatch.setenv("COUNT", "many")
    with pytest.raises(LuaError, match="environment variable COUNT should be a number, got many"):
        xlua.execute("xlua.envparams{COUNT = 1}")
