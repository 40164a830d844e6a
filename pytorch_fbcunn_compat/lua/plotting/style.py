"""gnuplot's words for how one curve looks: ``with lines lw 2 lc rgb "red"``, and the short forms of Lua Torch."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHORT = {
    "": "",
    ".": "with dots",
    "+": "with points",
    "-": "with lines",
    "+-": "with linespoints",
    "-+": "with linespoints",
    "~": "smooth csplines",
    "|": "with boxes",
    "v": "with vectors",
}

# gnuplot takes every unambiguous beginning of a word; these are the ones people write.
KINDS = {
    "l": "lines", "li": "lines", "line": "lines", "lines": "lines",
    "p": "points", "point": "points", "points": "points",
    "lp": "linespoints", "linesp": "linespoints", "linespoint": "linespoints", "linespoints": "linespoints",
    "d": "dots", "dots": "dots",
    "i": "impulses", "impulses": "impulses",
    "boxes": "boxes", "histogram": "boxes", "histograms": "boxes",
    "steps": "steps", "st": "steps", "histeps": "histeps", "fsteps": "fsteps",
    "vec": "vectors", "vectors": "vectors",
    "filledc": "filledcurves", "filledcurve": "filledcurves", "filledcurves": "filledcurves",
    "e": "yerrorbars", "errorbars": "yerrorbars", "yerrorbars": "yerrorbars", "errorlines": "yerrorlines",
    "yerrorlines": "yerrorlines",
    "labels": "labels",
}  # fmt: skip

_SMOOTH = ("csplines", "acsplines", "bezier", "sbezier", "unique", "frequency", "cumulative")
_MARKERS = ["o", "+", "x", "*", "s", "s", "o", "o", "^", "^", "v", "v", "D", "D"]
_COLOURS = [f"tab:{name}" for name in "blue red green orange purple cyan brown pink gray olive".split()]
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s'\"]+")
_WORDS_WITH_A_VALUE = {
    "lw": "width", "linewidth": "width",
    "ps": "size", "pointsize": "size",
    "dt": "dash", "dashtype": "dash",
}  # fmt: skip
_FILLS = ("transparent", "solid", "pattern", "border", "noborder", "empty")
_DASHES = {"1": "-", "2": "--", "3": ":", "4": "-.", "'-'": "--", '"-"': "--", "'.'": ":", '"."': ":"}


class UnknownStyle(ValueError):
    """A word that is not understood; the message names it."""


@dataclass
class Style:
    """How one curve looks. ``kind`` None: the figure's default; the other None: matplotlib's choice."""

    kind: str | None = None
    smooth: str | None = None
    colour: str | None = None
    width: float | None = None
    size: float | None = None
    dash: str | None = None
    marker: str | None = None
    alpha: float | None = None
    second_axis: bool = False
    offset: str = ""


def unquote(word: str) -> str:
    """A word without its quotation marks."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "'\"" else word


def cycle(number: float) -> str:
    """gnuplot's line type as a colour."""
    return _COLOURS[(int(number) - 1) % len(_COLOURS)]


def _colour(words: list[str]) -> str:
    word = words.pop(0)
    if word in ("rgb", "rgbcolor"):
        text = unquote(words.pop(0))
        return text.replace("dark-", "dark").replace("light-", "light")
    if word in ("variable", "palette"):
        raise UnknownStyle(f"colour {word}")
    return cycle(float(word))


def _is_number(word: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", word) is not None


def _modifier(style: Style, word: str, words: list[str]) -> None:
    if word in _WORDS_WITH_A_VALUE:
        field = _WORDS_WITH_A_VALUE[word]
        value = words.pop(0)
        setattr(style, field, _DASHES.get(value, "-") if field == "dash" else float(value))
    elif word in ("lc", "linecolor"):
        style.colour = _colour(words)
    elif word in ("lt", "linetype", "ls", "linestyle"):
        style.colour = _colour(words) if words[0] in ("rgb", "rgbcolor") else cycle(float(words.pop(0)))
    elif word in ("pt", "pointtype"):
        value = words.pop(0)
        style.marker = _MARKERS[int(float(value)) % len(_MARKERS)] if _is_number(value) else f"${unquote(value)}$"
    elif word in ("fs", "fill", "fillstyle"):
        _fill(style, words)
    elif word in ("axes", "axis"):
        style.second_axis = words.pop(0).endswith("y2")
    elif word == "offset":
        style.offset = words.pop(0)
    elif word in ("point", "filled", "nohidden3d", "notitle", "nohead", "head", "closed", "enhanced"):
        pass
    else:
        raise UnknownStyle(word)


def _fill(style: Style, words: list[str]) -> None:
    style.alpha = 1.0
    while words and (words[0] in _FILLS or _is_number(words[0])):
        word = words.pop(0)
        if _is_number(word):
            style.alpha = min(max(float(word), 0.0), 1.0)


def parse(text: str) -> Style:
    """The style of a format string of ``gnuplot.plot``. Raises UnknownStyle."""
    words = [word for word in _TOKEN.findall(SHORT.get(text, text)) if word != ","]
    style = Style()
    try:
        while words:
            word = words.pop(0)
            if word in ("w", "with"):
                kind = words.pop(0)
                if kind not in KINDS:
                    raise UnknownStyle(f"with {kind}")
                style.kind = KINDS[kind]
            elif word == "smooth":
                kind = words.pop(0)
                found = [name for name in _SMOOTH if name.startswith(kind)]
                if not found:
                    raise UnknownStyle(f"smooth {kind}")
                style.smooth = found[0]
            elif word in KINDS and style.kind is None and style.smooth is None:
                style.kind = KINDS[word]
            else:
                _modifier(style, word, words)
    except (IndexError, ValueError) as problem:
        if isinstance(problem, UnknownStyle):
            raise
        raise UnknownStyle(text) from None
    return style
