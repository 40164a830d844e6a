"""What Unicode says about characters, for the Lua package lua-utf8."""

from __future__ import annotations

import unicodedata

__all__ = ["kinds", "mapped", "width"]

_HEXADECIMAL = "0123456789abcdefABCDEF"


def kinds(code: float) -> str:
    """The letters of Lua's character classes (``a c d g l p s u w x``) to which a code point belongs."""
    if not 0 <= code < 0x110000:
        return ""
    letter = chr(int(code))
    category = unicodedata.category(letter)
    found = {
        "a": letter.isalpha(),
        "c": category == "Cc",
        "d": category == "Nd",
        "g": letter.isprintable() and not letter.isspace(),
        "l": letter.islower(),
        "p": category[0] == "P" or (code < 128 and category[0] == "S"),
        "s": letter.isspace(),
        "u": letter.isupper(),
        "w": letter.isalpha() or category == "Nd",
        "x": letter in _HEXADECIMAL,
    }
    return "".join(name for name, belongs in found.items() if belongs)


def mapped(text: str, how: str) -> str:
    """The text with each letter in ``lower``, ``upper``, ``title`` case or ``fold``ed; never longer than it was."""
    function = {"lower": str.lower, "upper": str.upper, "title": str.title, "fold": str.casefold}[how]
    letters = [(letter, function(letter)) for letter in text]
    return "".join(new if len(new) == 1 else letter for letter, new in letters)


def width(text: str) -> int:
    """Columns on a terminal: two for wide characters, none for combining ones."""
    columns = 0
    for letter in text:
        if unicodedata.combining(letter) or unicodedata.category(letter) in ("Mn", "Me", "Cf"):
            continue
        columns += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
    return columns
