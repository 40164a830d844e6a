"""Ascii Torch7 streams: the same objects, spelled as text, one `write` of Torch7's File to a line."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import torch

from .reader import Reader
from .storage import ElementType

_TOKEN = re.compile(rb"\s*(\S{1,400})")
_INTEGER = re.compile(rb"\s*([+-]?\d{1,20})(?!\S)")


class AsciiReader(Reader):
    """Reads an ascii stream held in memory. A newline after each item is skipped, as Torch7 does."""

    min_entry = 6  # "5\n1\n" and "0\n"
    min_object = 2

    def __init__(self, buffer: bytes, source: str, **options: Any) -> None:
        super().__init__(source, len(buffer), **options)
        self.buffer = buffer

    def int(self) -> int:
        match = _INTEGER.match(self.buffer, self.position)
        if match is None:
            shown = bytes(self.buffer[self.position : self.position + 20])
            self.fail(f"an integer was expected, the text goes on with {shown!r}" if shown else "the file ends here")
        self.position = match.end()
        self._skip_newline()
        return int(match[1])

    long = int

    def double(self) -> float:
        match = _TOKEN.match(self.buffer, self.position)
        if match is None:
            self.fail("a number was expected, the file ends here")
        try:
            value = float(match[1])
        except ValueError:
            self.fail(f"a number was expected, the text goes on with {match[1][:20]!r}")
        self.position = match.end()
        self._skip_newline()
        return value

    def string(self) -> bytes:
        value = self.raw(self.int())
        return value

    def raw(self, count: int) -> bytes:
        self.need(count, "a string")
        start = self.position
        self.position = start + count
        self._skip_newline()
        return bytes(self.buffer[start : start + count])

    def _skip_newline(self) -> None:
        following = self.buffer[self.position : self.position + 2]
        if following[:1] == b"\n":
            self.position += 1
        elif following == b"\r\n":
            self.position += 2

    def geometry(self, dimensions: int) -> tuple[tuple[int, ...], tuple[int, ...], int]:
        self.need(2 * (2 * dimensions + 1) - 1, f"a tensor of {dimensions} dimensions")
        size = tuple(self.int() for _ in range(dimensions))
        stride = tuple(self.int() for _ in range(dimensions))
        return size, stride, self.int()

    def elements(self, element: ElementType) -> torch.Tensor:
        start = self.position
        count = self.int()
        characters = element.size == 1  # Byte and Char are written as the bytes themselves
        least = count if characters else 2 * count - 1
        if count < 0 or least > self.end - self.position:
            self.fail(
                f"a {element.storage_class} of {count} elements needs at least {least} bytes, "
                f"the file has {self.end - self.position} left",
                start,
            )
        if count == 0:
            return torch.empty(0, dtype=element.dtype)
        if characters:
            return torch.frombuffer(bytearray(self.raw(count)), dtype=element.dtype)
        tokens = self._tokens(count)
        return torch.from_numpy(self._parse(tokens, element))

    def _tokens(self, count: int) -> list[bytes]:
        """The next `count` words; normally they are exactly one line."""
        end = self.buffer.find(b"\n", self.position)
        line_end = self.end if end < 0 else end
        tokens = self.buffer[self.position : line_end].split()
        if len(tokens) == count:
            self.position = line_end
        else:
            tokens = []
            for _ in range(count):
                match = _TOKEN.match(self.buffer, self.position)
                if match is None:
                    self.fail(f"a storage of {count} elements ends after {len(tokens)}")
                tokens.append(match[1])
                self.position = match.end()
        self._skip_newline()
        return tokens

    def _parse(self, tokens: list[bytes], element: ElementType) -> np.ndarray:
        try:
            if element.code[0] == "f":
                # doubles first: a float written with 9 digits must be rounded once, as scanf("%f") does
                with np.errstate(over="ignore"):
                    return np.array(list(map(float, tokens)), np.float64).astype(element.code)
            values = list(map(int, tokens))
            return np.array(values, np.int64).astype(element.code, casting="unsafe")
        except (ValueError, OverflowError):
            word = next((token for token in tokens if not _holds(element, token)), b"")
            self.fail(f"an element of a {element.storage_class} is no number it can hold: {word[:40]!r}")


def _holds(element: ElementType, token: bytes) -> bool:
    try:
        return element.code[0] == "f" and float(token) is not None or -(1 << 63) <= int(token) < 1 << 63
    except ValueError:
        return False
