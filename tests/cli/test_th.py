"""The command th: scripts, statements, exit codes, messages, the prompt."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
TH = [sys.executable, "-m", "pytorch_fbcunn_compat.cli.th"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
ENVIRONMENT.pop("LUA_PATH", None)


def th(*args: str | Path, stdin: str = "", cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TH, *map(str, args)],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**ENVIRONMENT, **env},
        timeout=120,
    )


@pytest.fixture
def script(tmp_path):
    def write(text: str, name: str = "script.lua") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_script_gets_its_arguments(script):
    path = script("io.write(arg[0], ' ', #arg, ' ', arg[1], ' ', arg[2], ' ', select('#', ...), '\\n')")
    done = th(path, "-e", "two words")
    assert done.stdout == f"{path} 2 -e two words 0\n"
    assert (done.stderr, done.returncode) == ("", 0)


@pytest.mark.parametrize(
    ("statement", "output"),
    [
        ("print(1, 'a', true, nil)", "1\ta\ttrue\tnil\t\n"),
        ("print()", ""),
        ("print(nil)", "nil\t\n"),
        ("print({})", "{}\n"),
        ("print({1, 'x', {y = 'z'}})", '{\n  1 : 1\n  2 : "x"\n  3 : \n    {\n      y : "z"\n    }\n}\n'),
        ("print({a = {}})", "{\n  a : {...}\n}\n"),
        ("print(1, {2}, 3)", "1\t{\n  1 : 2\n}\n3\t\n"),
        ("print(setmetatable({}, {__tostring = function() return 'me' end}))", "me\n"),
        ("print(torch.range(1, 2))", " 1\n 2\n[torch.DoubleTensor of size 2]\n\n"),
        ("print({torch.FloatTensor(2, 3), torch.LongStorage(4)})", None),
        ("print_old(1, 2)", "1\t2\n"),
        ("setprintlevel(0) print(1, 2)", "1\t2\n"),
        ("setprintlevel(1) print({{1}})", "{\n  1 : {...}\n}\n"),
        (
            "io.write('%d of %s' % {3, {} and 'x'}, ' ', '$a ${b} $c' % {a = 1, b = 2}, ' ', '%5.2f' % math.pi)",
            "3 of x 1 2 $c  3.14",
        ),
        ("io.write(type(torch), type(paths), type(sys), type(xlua))", "tabletabletabletable"),
    ],
)
def test_statements_and_the_print_of_th(statement, output):
    done = th("-e", statement)
    if output is None:
        output = "{\n  1 : FloatTensor - size: 2x3\n  2 : LongStorage - size: 4\n}\n"
    assert (done.stdout, done.stderr, done.returncode) == (output, "", 0)


def test_nested_tables_are_shown_down_to_a_depth():
    done = th("-e", "print({{{{{{}}}}}})")
    assert done.stdout.count("{\n") == 5
    assert "1 : {...}" in done.stdout


def test_plain_is_lua_without_trepl():
    done = th("--plain", "-e", "print({} and 1, 'b') print(torch, pcall(function() return '%d' % 1 end))")
    lines = done.stdout.splitlines()
    assert lines[0] == "1\tb"
    assert lines[1].startswith("nil\tfalse\t(command line):1: attempt to perform arithmetic on a string value")


@pytest.mark.parametrize(
    ("code", "status"),
    [("os.exit(0)", 0), ("os.exit(7)", 7), ("os.exit(true)", 0), ("os.exit(false)", 1), ("pcall(os.exit, 4)", 4),
     ("error('x')", 1), ("local x = 1", 0)],
)  # fmt: skip
def test_exit_codes(code, status, script):
    done = th(script(f"io.write('written')\n{code}"))
    assert done.returncode == status
    assert done.stdout == "written"


def test_files_left_open_are_written_on_exit(script, tmp_path):
    th(script(f"f = io.open('{tmp_path}/out', 'w') f:write('kept') os.exit(0)"))
    assert (tmp_path / "out").read_text() == "kept"


def test_an_error_gives_file_line_and_traceback(script):
    path = script("local function f()\n  error('went wrong')\nend\nprint('before')\nf()\n")
    done = th(path.name, cwd=path.parent)
    assert done.stdout == "before\t\n"
    assert done.stderr == (
        "th: script.lua:2: went wrong\nstack traceback:\n\t[C]: in function 'error'\n"
        "\tscript.lua:2: in function 'f'\n\tscript.lua:5: in main chunk\n"
    )
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("local a =\n= 3", "th: script.lua:2: unexpected symbol near '='"),
        ("\nrequire 'no.such'", "th: script.lua:2: module 'no.such' not found"),
        ("\nrequire './no/such'", "th: script.lua:2: module './no/such' not found"),
    ],
)
def test_a_broken_script_is_one_clear_line(script, text, message):
    path = script(text)
    done = th(path.name, cwd=path.parent)
    assert done.stderr.startswith(message)
    assert done.stderr.splitlines()[0].startswith(message)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "line", "status"),
    [
        (["absent.lua"], "th: cannot open absent.lua: no such Lua script", 1),
        (["."], "th: cannot open .: a Lua script is expected, this is a folder", 1),
        (["--absent"], "th: unrecognized flag --absent", 2),
        (
            ["-a"],
            "th: -a is not supported: there is no event loop (the async package); run the script without it, or its "
            "parts with threads",
            2,
        ),
        (["-e"], "th: -e needs a statement", 2),
        (["-e", "x = = 1"], "th: (command line):1: unexpected symbol near '='", 1),
    ],
)
def test_a_wrong_command_line_is_one_clear_line(args, line, status, tmp_path):
    done = th(*args, cwd=tmp_path)
    assert done.stderr.splitlines()[0] == line
    assert done.returncode == status


def test_a_statement_takes_the_place_of_the_script(script):
    """As in the original: the words behind it are arguments only."""
    path = script("print('script')")
    assert th("-e", "print('statement', #arg)", path.name, "word", cwd=path.parent).stdout == "statement\t2\t\n"


def test_help_and_version():
    assert th("-h").stdout.startswith("Usage: th [options] [script.lua [arguments]]")
    assert re.match(r"th \(pytorch_fbcunn_compat\) \d+\.\d+", th("-v").stdout)


def test_require_with_a_dot_runs_the_file_beside_the_one_that_asks_every_time(script):
    script("count = (count or 0) + 1 return {count = count, name = ...}", "lib/part.lua")
    script("local part = require './part' return part", "lib/init.lua")
    path = script("io.write(require('./lib').count, require('lib.part').count, require('./lib/part').count)")
    assert th(path, cwd=path.parent).stdout == "123"
    elsewhere = th(path, cwd=path.parent.parent)
    assert "module 'lib.part' not found" in elsewhere.stderr


def test_require_falls_back_to_a_path_in_the_current_folder(script):
    script("return 'found'", "models/net.lua")
    path = script("io.write(require 'models/net')")
    assert th(path, cwd=path.parent).stdout == "found"


def test_import_makes_fields_global():
    assert th("-e", "import 'torch' io.write(type(randn))").stdout == "function"


def test_libraries_are_loaded_first(script):
    script("return {value = 5}", "extra.lua")
    path = script("io.write(extra.value)")
    assert th("-l", "extra", path, cwd=path.parent).stdout == "5"


def test_globals_can_be_watched(script):
    path = script("x = 1\nlocal y = undefined_name\n")
    printed = th("-g", path.name, cwd=path.parent)
    assert "created global variable: x @ script.lua:1" in printed.stdout
    assert "attempt to read undeclared variable: undefined_name @ script.lua:2" in printed.stdout
    strict = th("-gg", path.name, cwd=path.parent)
    assert "created global variable: x" in strict.stderr and strict.returncode == 1


def test_a_script_can_come_from_the_standard_input():
    assert th("-", "a", stdin="io.write(arg[1], #'xyz')").stdout == "a3"


def test_lines_from_a_pipe_are_evaluated_like_at_the_prompt():
    lines = "x = 3\nx + 1\n= x\n'a', nil\nfor i = 1, 2 do\n  print(i)\nend\nx;\nerror('oops')\n_LAST\n#_RESULTS\nexit\n"
    done = th(stdin=lines)
    assert done.stdout.splitlines() == [
        "4\t", "3\t", "a\tnil\t", "1\t", "2\t", "stdin:1: oops", "stack traceback:", "\t[C]: in function 'error'",
        "\tstdin:1: in function 'chunk'", "a\t", "4\t",
    ]  # fmt: skip
    assert (done.stderr, done.returncode) == ("", 0)


def test_help_at_the_prompt_tells_where_a_function_is_defined():
    done = th(stdin="? print\n?\n? torch\n")
    assert "print: function" in done.stdout
    assert "trepl/print.lua:" in done.stdout
    assert "Ctrl-D" in done.stdout
    assert "fields: " in done.stdout


def test_a_reader_that_goes_away_is_no_error(script):
    path = script("for i = 1, 20000 do print('a long line of text') end")
    done = subprocess.run(
        f"{' '.join(TH)} {path} | head -1", shell=True, capture_output=True, text=True, env=ENVIRONMENT
    )
    assert done.stdout == "a long line of text\t\n"
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_a_script_with_a_traceback(script):
    path = script("io.write('ready\\n') io.flush()\nlocal i = 0\nwhile true do i = i + 1 end\n")
    process = subprocess.Popen(
        [*TH, "--plain", path.name],
        cwd=path.parent,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert errors.startswith("th: interrupted!\nstack traceback:\n\tscript.lua:3: in main chunk")
    assert process.returncode == 130


def test_three_ctrl_c_end_a_program_that_waits_in_a_library_function(script):
    path = script("io.write('ready\\n') io.flush() io.read('*a')")
    process = subprocess.Popen(
        [*TH, "--plain", path],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    for _ in range(3):
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == -signal.SIGINT
    process.communicate()


@pytest.mark.timing
def test_start_up_takes_below_one_and_a_half_seconds_and_500_mb(script):
    path = script(
        "local line\nfor text in io.lines('/proc/self/status') do line = text:match('VmHWM:%s+(%d+)') or line end\n"
        "io.write(line, '\\n') io.flush()"
    )
    times, peak = [], 0
    for _ in range(3):
        start = time.perf_counter()
        process = subprocess.Popen([*TH, path], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        peak = int(process.stdout.readline())
        times.append(time.perf_counter() - start)
        process.communicate()
    assert min(times) < 1.5
    assert peak < 500_000 + (300_000 if torch.version.cuda else 0)  # what a CUDA build takes for itself


class Terminal:
    """th on a pseudo-terminal."""

    def __init__(self, tmp_path: Path, *args: str) -> None:
        environment = {**ENVIRONMENT, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path / "state"), "NO_COLOR": "1"}
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.chdir(tmp_path)
            os.execve(TH[0], [*TH, *args], environment)
        self.text = ""

    def wait_for(self, text: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while text not in self.text:
            left = end - time.monotonic()
            assert left > 0, f"no {text!r} in {self.text!r}"
            if select.select([self.descriptor], [], [], left)[0]:
                raw = os.read(self.descriptor, 65536)
                if b"\x1b[6n" in raw:  # prompt_toolkit asks where the cursor is
                    os.write(self.descriptor, b"\x1b[1;1R")
                self.text += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", raw.decode("utf-8", "replace"))

    def send(self, text: str) -> None:
        self.text = ""
        os.write(self.descriptor, text.encode())

    def finish(self, seconds: float = 10) -> int:
        """Exit status of the process, which is killed when it does not end by itself."""
        end = time.monotonic() + seconds
        while (ended := os.waitpid(self.pid, os.WNOHANG))[0] == 0 and time.monotonic() < end:
            if select.select([self.descriptor], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self.descriptor, 65536).decode("utf-8", "replace")
                except OSError:  # the other side is closed
                    time.sleep(0.05)
        if ended[0] == 0:
            os.kill(self.pid, signal.SIGKILL)
            ended = os.waitpid(self.pid, 0)
        os.close(self.descriptor)
        return os.waitstatus_to_exitcode(ended[1])


@pytest.fixture
def start_terminal(tmp_path):
    terminals = []

    def start(*args: str) -> Terminal:
        terminals.append(Terminal(tmp_path, *args))
        terminals[-1].wait_for("th>")
        return terminals[-1]

    yield start
    for terminal in terminals:
        with contextlib.suppress(OSError):  # it has ended already
            terminal.finish(0)


def test_the_prompt(start_terminal, tmp_path):
    terminal = start_terminal()
    terminal.send("long_variable_name = 6 * 7\r")
    terminal.wait_for("s]")  # the time it took
    terminal.send("long_var\t")
    terminal.wait_for("long_variable_name")
    terminal.send("\r")
    terminal.wait_for("42")
    terminal.wait_for("s]")
    terminal.send("for i = 1, 2 do\r")
    terminal.wait_for("..>")
    terminal.send("print('line ' .. i) end\r")
    terminal.wait_for("line 2")
    terminal.wait_for("s]")
    terminal.send("error('mishap')\r")
    terminal.wait_for("stdin:1: mishap")
    terminal.wait_for("th>")
    terminal.send("io.write('spinning ', 'now') io.flush() while true do end\r")
    terminal.wait_for("spinning now")
    time.sleep(0.3)
    terminal.send("\x03")
    terminal.wait_for("interrupted!")
    terminal.wait_for("th>")
    terminal.send("os.exit(3)\r")
    assert terminal.finish() == 3
    history = (tmp_path / "state" / "fbcunn" / "th_history").read_text()
    assert "+long_variable_name = 6 * 7" in history


def test_interactive_after_a_script(start_terminal, script):
    script("value = 'from the script'")
    terminal = start_terminal("-i", "script.lua")
    terminal.send("value\r")
    terminal.wait_for("from the script")
    terminal.wait_for("s]")
    time.sleep(0.5)
    terminal.send("\x04")
    assert terminal.finish() == 0
