"""The interactive prompt of th."""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..lua.errors import LuaError

if TYPE_CHECKING:
    from prompt_toolkit.completion import CompleteEvent, Completion
    from prompt_toolkit.document import Document

    from ..lua import LuaRuntime

BANNER = "th: Lua Torch on PyTorch, {version}   (? for help, Ctrl-D to leave)"
PROMPT, CONTINUATION = "th> ", "..> "
_LEAVE = {"exit", "quit", "break"}
_OPEN_STRING = re.compile(r"""['"]([^'"]*)$""")

_ReadLine = Callable[[str], str]


def history_file() -> Path:
    """Where lines are kept: ``$TREPL_HISTORY``, else ``$XDG_STATE_HOME/fbcunn/th_history``."""
    if named := os.environ.get("TREPL_HISTORY"):
        return Path(named)
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state) / "fbcunn" / "th_history"


class Repl:
    """Reads lines, hands them to ``lua/trepl/console.lua``; on a terminal with history and completion."""

    def __init__(self, lua: LuaRuntime, stream: TextIO) -> None:
        self._lua = lua
        self._stream = stream
        self._terminal = stream.isatty() and sys.stdout.isatty()
        self._console = lua.require("trepl.console")

    def run(self) -> None:
        """Until end of file, ``exit`` or ``break``. Raises SystemExit on os.exit."""
        read = self._terminal_reader() if self._terminal else self._plain_reader()
        while True:
            try:
                text = self._read_input(read)
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if text.strip() in _LEAVE:
                return
            if text.strip():
                self._submit(text)

    def _read_input(self, read: _ReadLine) -> str:
        """One line, and those after it until they are complete; an empty line ends them in any case."""
        text = read(PROMPT)
        while text.strip() not in _LEAVE and self._console.is_incomplete(text):
            try:
                line = read(CONTINUATION)
            except EOFError:
                return text
            if not line.strip():
                return text
            text += "\n" + line
        return text

    def _submit(self, text: str) -> None:
        try:
            self._console.submit(text, self._terminal)
        except LuaError as error:
            self._show(str(error))
        except KeyboardInterrupt as error:
            traceback = getattr(error, "lua_traceback", "")
            self._show(f"interrupted!\n{traceback}" if traceback else "interrupted!")

    @staticmethod
    def _show(text: str) -> None:
        sys.stdout.write(text.encode("utf-8", "surrogateescape").decode("utf-8", "replace") + "\n")
        sys.stdout.flush()

    def _plain_reader(self) -> _ReadLine:
        def read(_: str) -> str:
            line = self._stream.readline()
            if not line:
                raise EOFError
            return line.rstrip("\n")

        return read

    def _terminal_reader(self) -> _ReadLine:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import FileHistory, InMemoryHistory

        from .. import __version__

        path = history_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            history: Any = FileHistory(str(path))
        except OSError as error:
            self._show(f"th: the history cannot be kept in {path}: {error.strerror}")
            history = InMemoryHistory()
        self._show(BANNER.format(version=__version__))
        session: PromptSession[str] = PromptSession(
            history=history, completer=_completer(self._complete), complete_while_typing=False
        )
        return session.prompt

    def _complete(self, text: str) -> tuple[list[str], int]:
        """Replacements for the end of a text, and how many characters they replace."""
        if string := _OPEN_STRING.search(text):
            start = string.group(1)
            found = glob.glob(glob.escape(os.path.expanduser(start)) + "*")
            return sorted(name + "/" if os.path.isdir(name) else name for name in found), len(start)
        try:
            names, length = self._console.complete(text)
        except LuaError:  # a metamethod of the value at hand raised it; there is nothing to offer then
            return [], 0
        return names.to_list(), length


def _completer(complete: Callable[[str], tuple[list[str], int]]) -> Any:
    from prompt_toolkit.completion import Completer, Completion

    class LuaCompleter(Completer):
        def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
            names, length = complete(document.text_before_cursor)
            for name in names:
                yield Completion(name, start_position=-length)

    return LuaCompleter()
