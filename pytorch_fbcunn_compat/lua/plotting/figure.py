"""The figures that exist, where they go, and when they are drawn.

A figure with a file of its own is drawn when it is flushed or closed; one that stands for a window is drawn into a PNG
file by a thread, a moment after it changed, so that a script that plots in its inner loop does not wait. What is left
is drawn when the program ends.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

from . import draw
from .settings import Panel, Settings

FORMATS = {".png": "png", ".eps": "eps", ".ps": "ps", ".pdf": "pdf", ".svg": "svg", ".jpg": "jpg", ".jpeg": "jpg"}
_SIZE, _DPI = (6.4, 4.8), 100
_DELAY = 0.2  # seconds: a plot command is followed by those that set its title and labels
_SHARE = 4  # at most one part in five of the time goes into drawing
_AT_ONCE = 100  # so often a file is drawn whenever it is asked for; a loop that never stops asking gets it later

_lock = threading.RLock()
_figures: dict[int, Figure] = {}
_files: dict[str, Times] = {}
_late: dict[str, Figure] = {}
"""Closed figures whose files are still to be drawn."""
_last = 0
_timer: threading.Timer | None = None


@dataclass
class Times:
    """When a file was drawn, how long that took, and how often."""

    ended: float = 0.0
    cost: float = 0.0
    count: int = 0

    def due(self) -> float:
        """Seconds until it may be drawn again."""
        return self.ended + _SHARE * self.cost - time.monotonic()


@dataclass(eq=False)
class Figure:
    """One figure. ``path`` None: a window, which gets a temporary PNG file once there is something to draw."""

    name: str
    path: str | None = None
    window: bool = True
    format: str = "png"
    size: tuple[float, float] = _SIZE
    settings: Settings = field(default_factory=Settings)
    panels: list[Panel] = field(default_factory=list)
    layout: tuple[int, int] = (1, 1)
    collecting: bool = False
    """Between ``set multiplot`` and ``unset multiplot``."""
    changed: bool = False

    def add(self, panel: Panel) -> None:
        """Shows a panel, beside the others in a multiplot, in their place otherwise."""
        if not self.collecting:
            self.panels, self.layout = [panel], (1, 1)
        else:
            panel.settings = copy.deepcopy(self.settings)
            self.panels.append(panel)
        self.touch()

    def touch(self) -> None:
        """Notes that the figure has changed."""
        if self.panels:
            self.changed = True
            if self.window:
                _schedule(_DELAY)

    def times(self) -> Times:
        """Those of its file."""
        return _files.setdefault(os.path.abspath(self.path), Times()) if self.path else Times()

    def write(self, path: str, format: str) -> None:
        """Draws into a file, which is replaced at once. Raises ValueError, OSError."""
        rows, columns = self.layout
        while rows * columns < len(self.panels):
            rows += 1
        folder, name = os.path.split(os.path.abspath(path))
        shown = draw.picture(self.panels, self.settings, (rows, columns), self.size, _DPI)
        descriptor, part = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                shown.savefig(file, format=format)
            os.chmod(part, 0o666 & ~_umask())
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(part)
            raise

    def refresh(self) -> None:
        """Draws what has changed into the figure's own file."""
        if not self.changed:
            return
        first = self.path is None
        if self.path is None:
            descriptor, self.path = tempfile.mkstemp(prefix="gnuplot-", suffix=".png")
            os.close(descriptor)
        self.changed = False
        begun, times = time.monotonic(), self.times()
        _late.pop(os.path.abspath(self.path), None)
        self.write(self.path, self.format)
        times.ended = time.monotonic()
        times.cost = times.ended - begun
        times.count += 1
        if first:
            print(f"gnuplot: {self.name} is written to {self.path}", file=sys.stderr, flush=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _schedule(delay: float) -> None:
    global _timer
    if _timer is None or not _timer.is_alive():
        _timer = threading.Timer(max(delay, _DELAY), _draw_due)
        _timer.daemon = True
        _timer.start()


def _draw_due() -> None:
    global _timer
    with _lock:
        _timer = None
        windows = [figure for figure in _figures.values() if figure.window]
        waiting = [figure for figure in (*windows, *_late.values()) if figure.changed]
        for figure in waiting:
            if figure.times().due() <= 0:
                _attempt(figure)
        left = [figure.times().due() for figure in waiting if figure.changed]
        if left:
            _schedule(min(left))


def _attempt(figure: Figure) -> None:
    try:
        figure.refresh()
    except Exception as problem:  # nobody waits for the result: the only place to tell it
        print(f"gnuplot: {figure.name} could not be drawn: {problem}", file=sys.stderr, flush=True)


@atexit.register
def _finish() -> None:
    with _lock:
        for figure in (*_figures.values(), *_late.values()):
            if figure.changed:
                _attempt(figure)


def locked() -> threading.RLock:
    """Held while figures are changed."""
    return _lock


def create(name: str, path: str | None) -> int:
    """A number for a new figure; ``path`` None: a window. Raises ValueError for an ending that names no format."""
    global _last
    format = "png"
    if path is not None:
        format = format_of(path)
    with _lock:
        _last += 1
        _figures[_last] = Figure(name, path, window=path is None, format=format)
        return _last


def format_of(path: str) -> str:
    """The format that a file name asks for. Raises ValueError."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise ValueError(f"gnuplot: {path}: a name ending in {', '.join(FORMATS)} is expected")
    return FORMATS[ending]


def get(number: float) -> Figure:
    """The figure of a number."""
    return _figures[int(number)]


def flush(figure: Figure) -> None:
    """Draws a figure into its file; later, when that was done very often. Raises ValueError, OSError."""
    with _lock:
        times = figure.times()
        if not figure.changed:
            return
        if times.count < _AT_ONCE or times.due() <= 0:
            figure.refresh()
        elif figure.path is not None:
            _late[os.path.abspath(figure.path)] = figure
            _schedule(times.due())


def remove(number: float) -> None:
    """Draws a figure for the last time and forgets it."""
    with _lock:
        figure = _figures.pop(int(number), None)
        if figure is not None:
            flush(figure)
