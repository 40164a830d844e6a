"""An embedded LuaJIT with the packages of Lua Torch."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import lupa.luajit21

from .. import __version__, _native
from . import rewriter, services
from .convert import Converter
from .errors import LuaError, LuaSyntaxError
from .interrupt import Interrupter
from .objects import LuaFunction, LuaTable
from .search_path import lua_root, search_path

_KEPT_EXCEPTIONS = 8
_CHUNK_NAME = "=(python)"
_INTERRUPTED = "interrupted!"

_libc = ctypes.CDLL(None)
_libc_stdout = ctypes.c_void_p.in_dll(_libc, "stdout")


def _flush_python() -> None:
    # sys.stdout is None under pythonw, and closed in some test runners.
    if sys.stdout is not None and not sys.stdout.closed:
        sys.stdout.flush()


def _flush_lua() -> None:
    _libc.fflush(_libc_stdout)


def flush() -> None:
    """Writes out what Python and Lua have buffered for the standard output."""
    _flush_python()
    _libc.fflush(None)


class LuaRuntime:
    """One Lua state. Several of them run in parallel in several threads; one of them runs in one thread at a time.

    ``encoding``: how Lua strings become Python strings and back; bytes that do not fit survive as surrogates. None
    gives bytes. Conversions of the other values are described in `pytorch_fbcunn_compat.lua.convert`.

    Ctrl-C in the main thread raises KeyboardInterrupt, also out of compiled loops. That costs a test a line of compiled
    code, and more where LuaJIT compiles one loop several times, for closures made anew (``benchmarks/lua_host.py``);
    ``interruptible=False`` saves it. ``os.exit`` raises SystemExit.

    Raises RuntimeError when lupa's LuaJIT was built without GC64, which would limit memory to 2 GB.
    """

    def __init__(self, *, encoding: str | None = "utf-8", interruptible: bool = True) -> None:
        self._lua = lupa.luajit21.LuaRuntime(
            encoding="latin-1", unpack_returned_tuples=True, register_eval=False, register_builtins=False
        )
        if not self._lua.eval("require('ffi').abi('gc64')"):
            raise RuntimeError(
                f"{self._lua.lua_implementation} was built without GC64 and could use only 2 GB of memory; "
                "reinstall lupa: pip install --force-reinstall lupa"
            )
        self._lock = threading.RLock()
        self._depth = 0
        self._exit_code: int | None = None
        self._raised: list[tuple[str, BaseException]] = []
        self._convert = Converter(self, encoding)
        self._glue = self._start()
        self._call = self._glue["call"]
        self._clear_hook = self._glue["clear_hook"]
        state = int(self._glue["state"]())
        self._interrupter = Interrupter(state, interruptible)
        self._host["state"], self._host["checks"] = state, self._interrupter.checks()
        self.globals = LuaTable(self, self._lua.globals())
        """The table of global variables."""

    def _start(self) -> Any:
        lua_globals = self._lua.globals()
        lua_globals["python"] = None  # lupa's own library, which Lua programs do not expect
        package = lua_globals["package"]
        package["path"] = search_path(package["path"], os.environ.get("LUA_PATH"))
        host = self._lua.table_from(
            {
                "library": self._bridge_library,
                "header": _native.bridge_header,
                "openblas": _native.openblas_library,
                "cache": lambda: str(_native.cache_root()),
                "lua_root": str(lua_root()),
                "rewrite": self._rewrite,
                "version": __version__,
                "script_argv": self._lua.table(),
                "exit": self._note_exit,
            }
        )
        package["loaded"]["bridge.host"] = host
        self._host = host
        require = self._lua.eval("require")
        require("compat")
        glue = require("compat.glue")
        self._glue = glue
        host["python"] = self.callback(self._service)
        return glue

    # What Lua asks the host for -----------------------------------------------------------------------------------

    @staticmethod
    def _bridge_library() -> str:
        library = _native.bridge_library()
        _native.load_operators()
        return library

    @staticmethod
    def _rewrite(source: str, chunkname: str, syntax: bool) -> str:
        return rewriter.rewrite(source.encode("latin-1"), syntax=syntax).decode("latin-1")

    def _note_exit(self, code: float) -> None:
        self._exit_code = int(code)

    @staticmethod
    def _service(name: str) -> dict[str, Callable[..., Any]]:
        return services.functions(name)

    # Calls ----------------------------------------------------------------------------------------------------------

    def run(self, path: str | os.PathLike[str], args: Sequence[Any] = ()) -> Any:
        """Runs a Lua file with the global ``arg`` set to its arguments (``arg[0]`` is the path); returns its results.

        Raises FileNotFoundError or IsADirectoryError, LuaSyntaxError, LuaError.
        """
        path = os.fspath(path)
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, "a Lua script is expected, this is a folder", path)
        if not os.path.isfile(path) and not os.path.exists(path):
            raise FileNotFoundError(errno.ENOENT, "no such Lua script", path)
        self.set_arguments(path, args)
        return self.call(self._compiled("compile_file", path))

    def set_arguments(self, script: str, args: Sequence[Any]) -> None:
        """Sets the global ``arg``: the arguments, with the script at index 0."""
        words = [os.fspath(value) if isinstance(value, os.PathLike) else str(value) for value in args]
        self.globals["arg"] = {-1: "th", 0: script, **dict(enumerate(words, 1))}
        self._host["script_argv"] = self.globals["arg"]._raw

    def execute(self, code: str | bytes, *args: Any, name: str = _CHUNK_NAME) -> Any:
        """Runs Lua statements; ``args`` are ``...`` in them. Returns what they return: None, a value or a tuple.

        Raises LuaSyntaxError, LuaError.
        """
        return self.call(self._compiled("compile", code, name), *args)

    def eval(self, expression: str | bytes) -> Any:
        """Value of a Lua expression (a tuple where it has several). Raises LuaSyntaxError, LuaError."""
        head = "return " if isinstance(expression, str) else b"return "
        return self.execute(head + expression)

    def require(self, name: str) -> Any:
        """Result of Lua's ``require``, for example a package's table. Raises LuaError."""
        return self.call(self.globals["require"], name)

    def call(self, function: Any, *args: Any) -> Any:
        """Calls a Lua value: None, its result, or the tuple of its results.

        Raises LuaError, with an exception raised by a Python callback as its cause; KeyboardInterrupt and SystemExit.
        """
        to_lua, to_python = self._convert.to_lua, self._convert.to_python
        results = self._protected(to_lua(function), *[to_lua(value) for value in args])
        if len(results) == 1:
            return to_python(results[0])
        return tuple(to_python(value) for value in results) if results else None

    def glue(self, name: str, *args: Any) -> Any:
        """Calls a function of ``lua/compat/glue.lua``, converting both ways."""
        to_lua = self._convert.to_lua
        results = self._protected(self._glue[name], *[to_lua(value) for value in args])
        if len(results) <= 1:
            return self._convert.to_python(results[0]) if results else None
        return tuple(self._convert.to_python(value) for value in results)

    def raw_glue(self, name: str, *args: Any) -> Any:
        """Calls a function of ``lua/compat/glue.lua`` on lupa's own values."""
        return self._glue[name](*args)

    def _compiled(self, how: str, source: str | bytes, *name: str) -> LuaFunction:
        chunk, *message = self._protected(self._glue[how], self._convert.raw_text(source), *name)
        if chunk is None:
            raise LuaSyntaxError(str(self._convert.to_python(message[0])))
        return LuaFunction(self, chunk)

    def _protected(self, function: Any, *args: Any) -> tuple[Any, ...]:
        """Calls a raw Lua value with raw arguments; returns raw results."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                _flush_python()
            before = self._interrupter.enter()
            self._depth += 1
            failure: LuaError | None = None
            try:
                answer = self._call(function, *args)
                if answer is True:  # lupa returns a single result as it is
                    results = ()
                elif answer[0] is True:
                    results = answer[1:]
                else:
                    failure = self._failure(answer[1])
            except lupa.luajit21.LuaError as error:  # an error in lupa itself, or in the handling of an error
                failure = LuaError(self._readable(str(error)))
            finally:
                self._depth -= 1
                interrupted = failure is not None and failure.message.endswith(_INTERRUPTED)
                stopped = self._interrupter.leave(before, interrupted)
                if outermost:
                    _flush_lua()
            self._end_program(outermost)
            if stopped:
                interrupt = KeyboardInterrupt(_INTERRUPTED)
                interrupt.lua_traceback = failure.traceback if failure is not None else ""  # type: ignore[attr-defined]
                raise interrupt
            if failure is None:
                return results
            cause = self._cause(failure.message)
            if outermost:
                self._raised.clear()
            if isinstance(cause, (KeyboardInterrupt, SystemExit)):
                raise cause
            raise failure from cause

    def _end_program(self, outermost: bool) -> None:
        if self._exit_code is None:
            return
        code = self._exit_code
        if outermost:
            self._exit_code = None
            self._clear_hook()
        raise SystemExit(code)

    def _failure(self, described: Any) -> LuaError:
        if lupa.luajit21.lua_type(described) != "table":  # out of memory, or an error in the handler
            return LuaError(self._readable(str(described)))
        value = self._convert.to_python(described["value"])
        # Ctrl-C can come when lupa has begun to call Python but none of our code is running yet.
        message = self.note(value) if isinstance(value, BaseException) else self._readable(described["message"])
        return LuaError(message, self._readable(described["traceback"]), value)

    def _readable(self, text: str) -> str:
        return text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")

    # Python called by Lua -------------------------------------------------------------------------------------------

    def callback(self, function: Callable[..., Any]) -> Any:
        """A Lua function (lupa's own object) that calls a Python one; a tuple becomes several results."""
        return self._glue["callback"](self._convert.callback(function))

    @contextlib.contextmanager
    def python_running(self) -> Iterator[None]:
        """While Lua waits for Python: Ctrl-C is Python's again, and both write to the standard output in order."""
        before = self._interrupter.pause()
        _flush_lua()
        try:
            yield
        finally:
            _flush_python()
            self._interrupter.resume(before)

    def note(self, error: BaseException) -> str:
        """The message under which Lua sees a Python exception; the exception is kept for `call` to chain."""
        if isinstance(error, LuaError):
            message = error.message
        elif isinstance(error, KeyboardInterrupt):
            message = _INTERRUPTED
        else:
            message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        self._raised = [*self._raised[-_KEPT_EXCEPTIONS + 1 :], (message, error)]
        return message

    def _cause(self, message: str) -> BaseException | None:
        return next((error for text, error in reversed(self._raised) if text in message), None)

    # Values ---------------------------------------------------------------------------------------------------------

    def to_python(self, value: Any) -> Any:
        """A value as lupa gives it, for Python."""
        return self._convert.to_python(value)

    def table(self, value: Sequence[Any] | dict[Any, Any] = ()) -> LuaTable:
        """A new Lua table with a copy of a list, tuple or dict."""
        return LuaTable(self, self._convert.to_lua(value if isinstance(value, dict) else list(value)))

    def new_table(self) -> Any:
        """An empty table, as lupa's own object."""
        return self._lua.table()

    def set_host(self, name: str, value: Any) -> None:
        """Sets a field of the Lua module ``bridge.host``."""
        self._host[name] = self._convert.to_lua(value)

    def use_torch(self) -> None:
        """Loads the Lua package torch unless it is loaded. Raises LuaError."""
        if self._lua.globals()["package"]["loaded"]["torch"] is None:
            self.require("torch")

    @property
    def implementation(self) -> str:
        """Name and version of the LuaJIT inside."""
        return self._lua.lua_implementation
