"""Ctrl-C while Lua runs in the main thread: the Python side of ``csrc/host/interrupt.cpp``, which says how it works."""

from __future__ import annotations

import ctypes
import functools
import signal
import threading
import warnings

import lupa.luajit21

from .. import _native

_pointer = ctypes.c_void_p


class _LuaApi(ctypes.Structure):
    _fields_ = [(name, _pointer) for name in ("sethook", "error", "profile_start", "profile_stop")]


@functools.cache
def _host() -> ctypes.PyDLL | None:
    """The host library, set up for lupa's LuaJIT; None, after a warning, where it has not been built."""
    try:
        # PyDLL keeps the GIL: two threads must not change the profiler's fields at once.
        host = ctypes.PyDLL(_native.host_library())
    except (_native.NativeLibraryError, OSError) as error:
        warnings.warn(f"Ctrl-C will not stop compiled Lua loops: {error}", RuntimeWarning, stacklevel=2)
        return None
    luajit = ctypes.CDLL(lupa.luajit21.__file__)
    names = ("lua_sethook", "luaL_error", "luaJIT_profile_start", "luaJIT_profile_stop")
    api = _LuaApi(*(ctypes.cast(getattr(luajit, name), _pointer).value for name in names))
    luajit.luaL_newstate.restype = _pointer
    host.fbcunn_host_setup.argtypes = [ctypes.POINTER(_LuaApi), _pointer]
    for name in ("prepare", "running", "enter", "leave", "settle"):
        getattr(host, f"fbcunn_host_{name}").argtypes = [_pointer]
    host.fbcunn_host_running.restype = _pointer
    host.fbcunn_host_setup(ctypes.byref(api), luajit.luaL_newstate())
    return host


def set_deadly(count: int) -> None:
    """So many interrupts in a row without an effect, because Lua waits in a library function, end the process."""
    host = _host()
    if host is not None:
        host.fbcunn_host_set_deadly(count)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


class Interrupter:
    """Makes Ctrl-C raise the error "interrupted!" in one Lua state while the main thread runs it.

    Python's own handler of SIGINT is in place whenever Python code runs, and all the time when the program has
    installed another one than Python's default.
    """

    _owner: Interrupter | None = None  # the runtime whose outermost call installed our handler

    def __init__(self, state: int, wanted: bool = True) -> None:
        """``state``: address of a lua_State of the runtime that stays alive."""
        self._state = state
        # The library notes which thread is the main one when it is set up.
        self._host = _host() if wanted and _in_main_thread() else None
        if self._host is not None:
            self._host.fbcunn_host_prepare(state)

    def checks(self) -> int | None:
        """Address of ``fbcunn_host_checks``; None where loops have no checks."""
        if self._host is None:
            return None
        return ctypes.cast(self._host.fbcunn_host_checks, _pointer).value

    def enter(self) -> int | None:
        """Called before Lua is entered; returns what `leave` needs."""
        if self._host is None or not _in_main_thread():
            return None
        if Interrupter._owner is not None:
            return self._host.fbcunn_host_running(self._state) or 0
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return None
        self._host.fbcunn_host_enter(self._state)
        Interrupter._owner = self
        return -1

    def leave(self, before: int | None, interrupted: bool) -> bool:
        """Called after Lua has returned; ``interrupted``: it returned the error. Whether there was an interrupt."""
        if before is None:
            return interrupted
        assert self._host is not None
        if before == -1:
            Interrupter._owner = None
            return self._host.fbcunn_host_leave(self._state) == 2 or interrupted
        self._host.fbcunn_host_running(before or None)
        if interrupted:
            self._host.fbcunn_host_settle(self._state)
        return interrupted

    def pause(self) -> int | None:
        """Called when Lua calls Python; returns what `resume` needs."""
        if self._host is None or Interrupter._owner is None or not _in_main_thread():
            return None
        return self._host.fbcunn_host_running(None)

    def resume(self, before: int | None) -> None:
        """Called when Python returns to Lua."""
        if before is not None:
            assert self._host is not None
            self._host.fbcunn_host_running(before)
