"""sys: clock, shell commands, small helpers."""

from __future__ import annotations

import time

import pytest


@pytest.fixture
def sys_(lua):
    lua.execute("require 'sys'")
    return lua


def test_clock_and_sleep(sys_):
    assert sys_.eval("sys.clock()") == pytest.approx(time.time(), abs=5)
    assert sys_.eval("(function() sys.tic(); sys.sleep(0.05); return sys.toc() end)()") == pytest.approx(0.05, abs=0.2)


def test_commands_are_run_by_the_shell(sys_):
    assert sys_.eval("sys.execute('echo one >&2; echo two')") == "one\ntwo"
    assert sys_.eval("sys.fexecute('echo one; echo two', '*l')") == "one"
    assert sys_.eval("sys.ls('/etc/passwd')") == "/etc/passwd"


def test_helpers(sys_):
    assert sys_.eval("sys.split('a,b,,c', ',')").to_plain() == ["a", "b", "", "c"]
    assert sys_.eval("sys.split(',a', ',')").to_plain() == ["a"]
    assert sys_.eval("sys.isNaN(0/0)") is True
    assert sys_.eval("sys.COLORS.Red .. sys.COLORS._cyan") == "\x1b[1;31m\x1b[46m"
    assert sys_.eval("sys.uname()") in ("linux", "macos")


def test_fpath_is_the_callers(sys_, tmp_path):
    script = tmp_path / "here.lua"
    script.write_text("local folder, file = sys.fpath() return folder, file")
    assert sys_.run(script) == (str(tmp_path), "here.lua")
