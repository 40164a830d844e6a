"""The one exception that reading or writing a .t7 file raises."""

from __future__ import annotations


class T7Error(ValueError):
    """A .t7 file (or an object to be saved as one) cannot be used; the message says what, where and what to do.

    Attributes:
        reason: the message without the place.
        source: name of the file or stream, or ``None``.
        offset: byte offset in the file, or ``None``.
        index: number of the object being read (Torch's own numbering inside the file), or ``None``.
        path: field path such as ``model.modules[3].weight``, or ``None``.
    """

    def __init__(
        self,
        reason: str,
        *,
        source: str | None = None,
        offset: int | None = None,
        index: int | None = None,
        path: str | None = None,
    ) -> None:
        self.reason = reason
        self.source = source
        self.offset = offset
        self.index = index
        self.path = path
        place = source or ""
        if offset is not None:
            place += f" at byte {offset}"
        if index is not None:
            place += f", object {index}"
        if path:
            place += f", {path}"
        place = place.lstrip(", ")
        super().__init__(f"{place}: {reason}" if place else reason)


def format_path(keys: list[object], root: str = "") -> str:
    """``['modules', 3, 'weight']`` → ``modules[3].weight``; long paths keep both ends."""
    if len(keys) > 16:
        omitted = len(keys) - 12
        return f"{format_path(keys[:6], root)} … ({omitted} levels) … {format_path(keys[-6:])}"
    text = root
    for key in keys:
        if isinstance(key, str) and key.isidentifier():
            name = key if len(key) <= 40 else f"{key[:39]}…"
            text += f".{name}" if text else name
        elif isinstance(key, (str, bytes, int, float, bool)):
            text += f"[{key!r:.40}]"
        else:
            text += f"[{type(key).__name__}]"
    return text
