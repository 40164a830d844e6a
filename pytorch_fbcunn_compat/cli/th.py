"""``th``: runs Lua Torch scripts, or the interactive prompt."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from ..lua import LuaError, LuaRuntime

USAGE = """\
Usage: th [options] [script.lua [arguments]]

Options:
  -l name            load a library first
  -e statement       run a Lua statement
  -i, --interactive  start the prompt after the script or statement
  -g, --globals      print a line for every new global variable and every unknown one that is read
  -gg, --gglobals    make both an error
  --plain            run as plain luajit does: no preloaded packages, Lua's own print and require
  -h, --help         show this text
  -v, --version      show the version
Without a script and a statement the prompt is started; - reads the script from the standard input."""

# A program stuck in a library function can always be left with so many Ctrl-C.
_DEADLY_INTERRUPTS = 3
_INTERRUPTED_STATUS = 130


class UsageError(Exception):
    """The command line makes no sense; the message says why."""


@dataclass
class Options:
    """The command line of th."""

    libraries: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    script: str | None = None
    arguments: list[str] = field(default_factory=list)
    interactive: bool = False
    monitor: str = ""
    plain: bool = False
    show: str = ""


_FLAGS = {
    "-i": ("interactive", True),
    "--interactive": ("interactive", True),
    "-g": ("monitor", "monitor_G()"),
    "--globals": ("monitor", "monitor_G()"),
    "-gg": ("monitor", "monitor_G(true)"),
    "--gglobals": ("monitor", "monitor_G(true)"),
    "--plain": ("plain", True),
    "-h": ("show", "help"),
    "--help": ("show", "help"),
    "-v": ("show", "version"),
    "--version": ("show", "version"),
}

# Options of the original th that need packages which do not exist here.
_NO_ASYNC = "there is no event loop (the async package); run the script without it, or its parts with threads"
_NO_GRAPHICS = "there is no gfx.js server; write images to files with image.save"
_ABSENT = {"-a": _NO_ASYNC, "--async": _NO_ASYNC, "-x": _NO_GRAPHICS, "--gfx": _NO_GRAPHICS}


def parse(argv: list[str]) -> Options:
    """Options up to the script's name; everything after it belongs to the script. Raises UsageError."""
    options = Options()
    words = iter(argv)
    for word in words:
        if word in _FLAGS:
            setattr(options, *_FLAGS[word])
        elif word in ("-e", "-l"):
            value = next(words, None)
            if value is None:
                raise UsageError(f"{word} needs a {'statement' if word == '-e' else 'library name'}")
            (options.statements if word == "-e" else options.libraries).append(value)
        elif word.startswith("-l"):
            options.libraries.append(word[2:])
        elif word in _ABSENT:
            raise UsageError(f"{word} is not supported: {_ABSENT[word]}")
        elif word.startswith("-") and word != "-":
            raise UsageError(f"unrecognized flag {word}")
        else:
            options.script = word
            break
    options.arguments = list(words)
    return options


def _report(message: str, traceback: str = "") -> None:
    from ..lua.runtime import flush

    flush()
    text = f"th: {message}\n{traceback}" if traceback else f"th: {message}"
    sys.stderr.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
    sys.stderr.flush()


def _one_line(message: str) -> str:
    """LuaJIT lists every file it tried for a module; the first line, their number and the advice do."""
    first, *rest = message.splitlines()
    tried = [line for line in rest if line.startswith("\tno f")]
    if tried and "not found:" in first and len(rest) <= len(tried) + 1:
        advice = rest[-1].strip() if len(rest) > len(tried) else "LUA_PATH adds more"
        return f"{first.rstrip(':')} ({len(tried)} places searched)\n  {advice}"
    return message


def _report_error(error: LuaError) -> None:
    message = _one_line(error.message)
    _report(message, error.traceback if message == error.message else "")
    if error.__cause__ is not None and os.environ.get("FBCUNN_PYTHON_TRACEBACK"):
        import traceback

        traceback.print_exception(error.__cause__)


def _work(lua: LuaRuntime, options: Options) -> None:
    if options.statements:
        words = [] if options.script is None else [options.script, *options.arguments]
        lua.set_arguments("-e", words)
    elif options.script is not None:
        lua.set_arguments(options.script, options.arguments)
    if not options.plain:
        lua.require("trepl")
    for name in options.libraries:
        lua.execute("local name = ... _G[name] = require(name) or _G[name]", name)
    startup = os.environ.get("TREPLSTARTUP")
    if startup and options.script and not options.plain:
        lua.call(lua.globals["dofile"], startup)
    if options.monitor:
        lua.require("trepl")
        lua.execute(options.monitor)
    if options.statements:
        for statement in options.statements:
            lua.execute(statement, name="=(command line)")
    elif options.script == "-":
        lua.execute(sys.stdin.buffer.read(), name="=stdin")
    elif options.script is not None:
        lua.run(options.script, options.arguments)


def _prompt(lua: LuaRuntime, stream: TextIO) -> None:
    from .repl import Repl

    lua.require("trepl")
    Repl(lua, stream).run()


def run(options: Options) -> int:
    """Does what the command line asks for; the exit status."""
    from ..lua import LuaError, LuaRuntime, LuaSyntaxError, interrupt

    lua = LuaRuntime()
    interrupt.set_deadly(_DEADLY_INTERRUPTS)
    lua.set_host("repl", lambda: _prompt(lua, sys.stdin))
    wants_prompt = options.interactive or (options.script is None and not options.statements)
    try:
        try:
            _work(lua, options)
        except LuaSyntaxError as error:
            _report(error.message)
            if not options.interactive:
                return 1
        except LuaError as error:
            _report_error(error)
            if not options.interactive:
                return 1
        except OSError as error:
            _report(f"cannot open {error.filename}: {error.strerror}")
            return 1
        if wants_prompt:
            _prompt(lua, sys.stdin)
    except KeyboardInterrupt as error:
        _report("interrupted!", getattr(error, "lua_traceback", ""))
        return _INTERRUPTED_STATUS
    return 0


def _leave(status: int) -> int:
    """Writes everything out; a reader that has gone away is no error."""
    from ..lua.runtime import flush

    try:
        flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def main(argv: list[str] | None = None) -> int:
    """Entry point of the command ``th``; the exit status."""
    try:
        options = parse(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        print(f"th: {error}\n{USAGE}", file=sys.stderr)
        return 2
    if options.show == "help":
        print(USAGE)
        return 0
    if options.show == "version":
        from .. import __version__

        print(f"th (pytorch_fbcunn_compat) {__version__} in {Path(__file__).resolve().parent.parent}")
        return 0
    try:
        status = run(options)
    except SystemExit as error:  # os.exit
        status = error.code if isinstance(error.code, int) else 1
    return _leave(status)


if __name__ == "__main__":
    sys.exit(main())
