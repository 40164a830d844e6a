"""Lua states that run in threads of their own, and locks that all states of the process share."""

from __future__ import annotations

import atexit
import ctypes
import functools
import itertools
import sys
import threading
import time
import traceback

__all__ = ["closing", "join", "locks", "start"]

_LOCKS = 64
_STRIDE = 128  # more than any pthread_mutex_t; one cache line and its neighbour

_PATIENCE = 2.0  # seconds that the end of the program waits for threads with a job

_running: dict[int, threading.Thread] = {}
_numbers = itertools.count(1)


@functools.cache
def locks() -> tuple[int, int, int]:
    """Address of pthread mutexes that live as long as the process, their number, and the bytes from one to the next.

    Raises OSError.
    """
    table = ctypes.create_string_buffer(_LOCKS * _STRIDE + _STRIDE)
    first = -(-ctypes.addressof(table) // _STRIDE) * _STRIDE
    initialize = ctypes.CDLL(None).pthread_mutex_init
    initialize.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    for i in range(_LOCKS):
        code = initialize(first + i * _STRIDE, None)
        if code:
            raise OSError(code, "cannot make a mutex")
    _kept.append(table)
    return first, _LOCKS, _STRIDE


_kept: list[ctypes.Array[ctypes.c_char]] = []
_closing = ctypes.c_int32(0)


def closing() -> int:
    """Address of an int32 that is 1 once the program ends: threads that wait for something then end too."""
    return ctypes.addressof(_closing)


@atexit.register
def _end_threads() -> None:
    # A thread that returns to Python after the interpreter has gone would be torn down in the middle of Lua.
    _closing.value = 1
    until = time.monotonic() + _PATIENCE
    for thread in list(_running.values()):
        thread.join(max(0.0, until - time.monotonic()))


def _run(code: str, name: str) -> None:
    from ..runtime import LuaRuntime

    try:
        LuaRuntime().execute(code, name=f"={name}")  # the state is closed here, in its own thread
    except SystemExit:
        print(f"{name} called os.exit: it ended, the program goes on", file=sys.stderr)
    except BaseException:
        print(f"error in {name}:", file=sys.stderr)
        traceback.print_exc()


def start(code: str) -> int:
    """Runs Lua code in a new Lua state in a new thread; returns a number for `join`. Errors go to the standard error.

    The end of the program does not wait long for the thread's.
    """
    number = next(_numbers)
    thread = threading.Thread(target=_run, args=(code, f"Lua thread {number}"), name=f"lua-{number}", daemon=True)
    _running[number] = thread
    thread.start()
    return number


def join(number: int) -> None:
    """Waits for the end of a thread. Raises LookupError for a number that `start` did not give, or at a second call."""
    thread = _running.pop(int(number), None)
    if thread is None:
        raise LookupError(f"there is no Lua thread {number}, or it has been waited for")
    thread.join()
