"""Exceptions for errors raised by Lua code."""

from __future__ import annotations

from typing import Any


class LuaError(RuntimeError):
    """An error that no Lua code caught.

    ``message``: Lua's message, with file and line where Lua gave them.
    ``traceback``: Lua's stack at the error, innermost call first; empty where there is none.
    ``value``: the error value itself, converted; the same as ``message`` when it is a string.
    """

    def __init__(self, message: str, traceback: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.traceback = traceback
        self.value = message if value is None else value

    def __str__(self) -> str:
        return f"{self.message}\n{self.traceback}" if self.traceback else self.message


class LuaSyntaxError(LuaError):
    """Lua text that does not compile; the message starts with file and line."""
