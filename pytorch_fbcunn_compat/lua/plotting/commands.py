"""gnuplot's own commands, as ``gnuplot.raw`` passes them: those that decorate, arrange and plot files."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import numpy

from . import style as styles
from .figure import Figure, format_of
from .settings import Limit, Panel, Series, Settings
from .style import unquote

_TOKEN = re.compile(
    r"'[^']*'|\"(?:\\.|[^\"\\])*\"|\[[^\]]*\]|\((?:[^()'\"]|'[^']*'|\"[^\"]*\"|\([^()]*\))*\)|,|[^\s,'\"\[(]+"
)
_OFFSET = re.compile(r"\boffset\s+(?:(?:char|character|first|graph|screen)\s+)?[-+\d.]+(?:\s*,\s*[-+\d.]+)*")
_SILENT = {"raise", "lower", "quit", "exit", "pause", "clear", "print", "bind", "refresh", "replot", "#"}
_IGNORED_OPTIONS = {
    "macro", "macros", "samples", "isosamples", "pointsize", "encoding", "hidden3d", "cntrparam", "pm3d", "mouse",
    "margins", "lmargin", "rmargin", "tmargin", "bmargin", "origin", "ticslevel", "xyplane", "bars", "boxwidth",
    "decimalsign", "dgrid3d", "surface", "parametric", "polar", "angles", "locale", "print", "timefmt", "xdata",
    "zeroaxis", "xzeroaxis", "yzeroaxis", "mxtics", "mytics", "font", "colorsequence", "linetype",
}  # fmt: skip
_PLACES = {"left": "left", "right": "right", "center": "center", "top": "upper", "bottom": "lower", "middle": "center"}


class UnknownCommand(ValueError):
    """A command that is not understood; the message is the command."""


def split(text: str) -> list[str]:
    """The single commands of a text: separated by newlines and semicolons outside of quotes; comments are left out."""
    text = re.sub(r"\\\s*\n", " ", text)
    pieces, current, quote = [], "", ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "#" and (not current or current[-1].isspace()):
            quote = "\n"
        if quote == "\n":
            continue
        if letter in ";\n" and not quote:
            pieces.append(current)
            current = ""
        else:
            current += letter
    return [piece.strip() for piece in [*pieces, current] if piece.strip()]


def _text(words: list[str]) -> str:
    return unquote(words[0]).replace("\\n", "\n") if words else ""


def _limit(text: str, old: Limit) -> Limit:
    text = text.strip()
    if not text:
        return old
    return None if text == "*" else float(text)


def _set_range(settings: Settings, axis: str, words: list[str]) -> None:
    ends = words[0].strip("[]").split(":")
    if len(ends) != 2:
        raise UnknownCommand
    low, high = settings.ranges.get(axis, (None, None))
    settings.ranges[axis] = (_limit(ends[0], low), _limit(ends[1], high))
    if "reverse" in words:
        settings.reverse.add(axis)
    elif "noreverse" in words:
        settings.reverse.discard(axis)


def _ticks(settings: Settings, axis: str, words: list[str]) -> None:
    words = list(words)
    if "rotate" in words:
        by = words[words.index("rotate") + 1 :]
        settings.rotate[axis] = float(by[1]) if by[:1] == ["by"] and len(by) > 1 else 90.0
    for word in words:
        if word.startswith("("):
            found = re.findall(r"(?:(\"[^\"]*\"|'[^']*')\s*)?([-+\d.eE]+)", word[1:-1])
            settings.ticks[axis] = [(float(place), unquote(text) if text else place) for text, place in found]
            return
        if re.fullmatch(r"[-+\d.eE]+", word) and "by" not in words:
            settings.ticks[axis] = float(word)
            return


def _key(settings: Settings, words: list[str]) -> None:
    settings.key = "off" not in words
    settings.key_outside = bool({"outside", "outs", "out"} & set(words))
    horizontal = next((_PLACES[word] for word in words if word in ("left", "right", "center")), "right")
    vertical = next((_PLACES[word] for word in words if word in ("top", "bottom", "middle")), "upper")
    if set(words) & set(_PLACES):
        settings.key_place = "center" if (vertical, horizontal) == ("center", "center") else f"{vertical} {horizontal}"


def _logscale(settings: Settings, words: list[str]) -> None:
    axes = words[0] if words else "xy"
    base = float(words[1]) if len(words) > 1 else 10.0
    for axis in re.findall("y2|x2|cb|[xyz]", axes):
        settings.logscale[axis] = base


def _size(settings: Settings, words: list[str]) -> None:
    if not words or words[0] in ("noratio", "nosquare"):
        settings.ratio = None
    elif words[0] == "square":
        settings.ratio = 1.0
    elif words[0] == "ratio":
        ratio = float(words[1])
        settings.ratio = ratio or None


def _note(settings: Settings, words: list[str]) -> None:
    place = words[words.index("at") + 1 :] if "at" in words else []
    numbers = [float(word) for word in place if re.fullmatch(r"[-+\d.eE]+", word)]
    quoted = [word for word in words if word[0] in "'\""]
    if len(numbers) < 2 or not quoted:
        raise UnknownCommand
    settings.notes.append((unquote(quoted[0]), numbers[0], numbers[1]))


def _style(settings: Settings, words: list[str]) -> None:
    if words[:1] == ["data"]:
        settings.data_style = styles.parse("with " + words[1]).kind or settings.data_style
    elif words[:1] == ["line"]:
        settings.lines[int(words[1])] = styles.parse(" ".join(words[2:]))


def _view(settings: Settings, words: list[str]) -> None:
    if words[:1] == ["map"]:
        settings.flat = True
        return
    numbers = [float(word) for word in words if word != ","]
    settings.view = (numbers[0], numbers[1] if len(numbers) > 1 else 30.0)


def _assign(name: str, value: object) -> Callable[[Settings, list[str]], None]:
    return lambda settings, words: setattr(settings, name, value)


_SET: dict[str, Callable[[Settings, list[str]], None]] = {
    "title": lambda settings, words: setattr(settings, "title", _text(words)),
    "key": _key,
    "logscale": _logscale, "log": _logscale,
    "size": _size,
    "label": _note,
    "style": _style,
    "view": _view,
    "grid": _assign("grid", True),
    "border": _assign("border", True),
    "colorbox": _assign("colorbox", True),
    "contour": _assign("contour", True),
    "palette": lambda settings, words: setattr(settings, "palette", " ".join(words).replace(" , ", ",") or "color"),
    "autoscale": lambda settings, words: settings.ranges.clear(),
    "datafile": lambda settings, words: setattr(settings, "separator", _text(words[1:])),
}  # fmt: skip
_UNSET: dict[str, Callable[[Settings, list[str]], None]] = {
    "title": _assign("title", ""),
    "key": _assign("key", False),
    "logscale": lambda settings, words: settings.logscale.clear(),
    "log": lambda settings, words: settings.logscale.clear(),
    "size": _assign("ratio", None),
    "label": lambda settings, words: settings.notes.clear(),
    "grid": _assign("grid", False),
    "border": _assign("border", False),
    "colorbox": _assign("colorbox", False),
    "contour": _assign("contour", False),
    "view": _assign("flat", False),
    "tics": lambda settings, words: settings.ticks.update(x=False, y=False),
}


def _set(settings: Settings, name: str, words: list[str]) -> None:
    axis = re.fullmatch(r"(x2|y2|cb|[xyz])(label|range|r|tics)", name)
    if name in _SET:
        _SET[name](settings, words)
    elif axis and axis[2] == "label":
        settings.labels[axis[1]] = _text(words)
    elif axis and axis[2] == "tics":
        _ticks(settings, axis[1], words)
    elif axis:
        _set_range(settings, axis[1], words)
    elif name not in _IGNORED_OPTIONS and name not in ("tics", "format"):
        raise UnknownCommand


def _unset(settings: Settings, name: str, words: list[str]) -> None:
    axis = re.fullmatch(r"(x2|y2|cb|[xyz])(label|range|tics)", name)
    if name in _UNSET:
        _UNSET[name](settings, words)
    elif axis and axis[2] == "tics":
        settings.ticks[axis[1]] = False
    elif axis:
        (settings.labels if axis[2] == "label" else settings.ranges).pop(axis[1], None)
    elif name not in _IGNORED_OPTIONS:
        raise UnknownCommand


# Files ----------------------------------------------------------------------------------------------------------------


def _read(path: str, using: str, every: int, separator: str | None) -> tuple[list[list[float]], list[str]]:
    """Rows of numbers (the columns that ``using`` names), and the texts of the column for labels."""
    wanted = [part.strip() for part in re.split(r":(?![^(]*\))", using)] if using else []
    rows, texts = [], []
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line for line in file if line.strip() and not line.lstrip().startswith("#")]
    for number, line in enumerate(lines[::every]):
        cells = line.split(separator if separator not in (None, "", "whitespace") else None)
        row = []
        for part in wanted or [str(i + 1) for i in range(len(cells))]:
            column = re.fullmatch(r"\(?\$?(\d+)\)?", part)
            if column is None:
                found = re.search(r"\$(\d+)", part) or re.search(r"stringcolumn\((\d+)\)", part)
                if found is None or "sprintf" not in part and "string" not in part:
                    raise UnknownCommand
                texts.append(cells[int(found[1]) - 1])
                continue
            try:
                row.append(float(cells[int(column[1]) - 1]) if column[1] != "0" else float(number))
            except (ValueError, IndexError):
                row.append(float("nan"))
        rows.append([float(number), *row] if len(row) == 1 else row)
    return rows, texts


def _curve(words: list[str], settings: Settings, last: str) -> tuple[Series, str]:
    if not words or words[0][0] not in "'\"":
        raise UnknownCommand  # an expression
    path = unquote(words.pop(0)) or last
    label, using, every, rest = os.path.basename(path), "", 1, []
    while words:
        word = words.pop(0)
        if word in ("using", "u"):
            using = words.pop(0)
            while words and (using.endswith(":") or words[0].startswith(("(", ":"))):
                using += words.pop(0)
        elif word == "every":
            every = int(words.pop(0).split(":")[0])
        elif word in ("title", "t"):
            label = unquote(words.pop(0))
        elif word in ("notitle", "not"):
            label = ""
        else:
            rest.append(word)
    rows, texts = _read(path, using, every, settings.separator)
    return Series(label, numpy.array(rows, dtype=float, ndmin=2), styles.parse(" ".join(rest)), texts), path


def _plot(figure: Figure, words: list[str], solid: bool) -> None:
    for axis in "xyz":
        if words and words[0].startswith("["):
            _set_range(figure.settings, axis, [words.pop(0)])
    curves: list[list[str]] = [[]]
    for word in words:
        if word == ",":
            curves.append([])
        else:
            curves[-1].append(word)
    panel, path = Panel("points" if solid else "curves"), ""
    for curve in curves:
        series, path = _curve(curve, figure.settings, path)
        if solid:
            panel.grids.append((series.label, list(series.columns[:, :3].T)))
        else:
            panel.series.append(series)
    figure.add(panel)


# Commands -------------------------------------------------------------------------------------------------------------


def _terminal(figure: Figure, words: list[str]) -> None:
    """``set terminal png size 800,600``: the size in pixels, or in inches or cm where they are named."""
    if "size" not in words:
        return
    numbers = re.findall(r"([\d.]+)\s*(in|cm)?", " ".join(words[words.index("size") + 1 :]))[:2]
    units = {"": 100.0, "in": 1.0, "cm": 2.54}
    if len(numbers) == 2:
        width, height = (float(value) / units[unit] for value, unit in numbers)
        figure.size = (width, height)


def run(figure: Figure, command: str) -> None:
    """Does what one command says. Raises UnknownCommand, UnknownStyle, OSError (for a file that cannot be read)."""
    words = _TOKEN.findall(_OFFSET.sub("", command))
    verb = words.pop(0)
    try:
        if verb in ("plot", "p", "splot"):
            _plot(figure, words, verb == "splot")
            return
        if verb == "reset":
            figure.settings = Settings()
        elif verb in ("set", "unset"):
            name = words.pop(0)
            if name == "multiplot":
                _multiplot(figure, verb, words)
            elif name in ("terminal", "term", "t"):
                _terminal(figure, words)
            elif name in ("output", "out", "o"):
                _output(figure, verb, words)
            else:
                (_set if verb == "set" else _unset)(figure.settings, name, words)
        elif verb not in _SILENT:
            raise UnknownCommand
    except (UnknownCommand, IndexError, KeyError):
        raise UnknownCommand(command) from None
    except ValueError as problem:
        raise UnknownCommand(f"{command} ({problem})") from None
    figure.touch()


def _multiplot(figure: Figure, verb: str, words: list[str]) -> None:
    figure.collecting = verb == "set"
    if figure.collecting:
        numbers = [int(word) for word in words if word.isdigit()]
        figure.layout = (numbers[0], numbers[1]) if len(numbers) > 1 else (1, 1)
        figure.panels = []


def _output(figure: Figure, verb: str, words: list[str]) -> None:
    if figure.panels and not figure.window:
        figure.refresh()
    if verb == "set" and words:
        figure.path = unquote(words[0])
        figure.window, figure.format = False, format_of(figure.path)
