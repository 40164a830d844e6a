"""PNG files with 16 bits a channel, which Pillow cannot read without loss when they have several channels."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
# Adam7: first column, first row, column step, row step of each pass.
_PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
_LARGEST_RATIO = 1032  # of what deflate can expand to; a header that claims more is a lie
_WHOLE = [(0, 0, 1, 1)]


def header(data: bytes) -> tuple[int, int, int, int, int]:
    """Width, height, bits a channel, colour type and interlace method. Raises ValueError for bytes that are no PNG."""
    if data[:8] != b"\x89PNG\r\n\x1a\n" or data[12:16] != b"IHDR" or len(data) < 33:
        raise ValueError("not a PNG file")
    width, height, bits, colour, _, _, interlace = struct.unpack(">IIBBBBB", data[16:29])
    return width, height, bits, colour, interlace


def _compressed(data: bytes) -> bytes:
    pieces, place = [], 8
    while place + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[place : place + 8])
        if kind == b"IDAT":
            pieces.append(data[place + 8 : place + 8 + length])
        elif kind == b"IEND":
            break
        place += length + 12
    return b"".join(pieces)


def _average_or_paeth(kind: int, row: np.ndarray, above: np.ndarray, step: int) -> None:
    """Both look at the byte to the left, so they go byte by byte."""
    for i in range(len(row)):
        left = int(row[i - step]) if i >= step else 0
        up = int(above[i])
        if kind == 3:
            predicted = (left + up) // 2
        else:
            corner = int(above[i - step]) if i >= step else 0
            estimate = left + up - corner
            distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
            predicted = (left, up, corner)[distances.index(min(distances))]
        row[i] = (int(row[i]) + predicted) & 255


def _unfilter(rows: np.ndarray, step: int) -> np.ndarray:
    """Undoes the filter that the first byte of each row names; ``step`` is the number of bytes in a pixel."""
    kinds, pixels = rows[:, 0], rows[:, 1:].copy()
    above = np.zeros(pixels.shape[1], np.uint8)
    for kind, row in zip(kinds, pixels, strict=True):
        if kind == 1:
            row[:] = np.cumsum(row.reshape(-1, step), axis=0, dtype=np.uint8).reshape(-1)
        elif kind == 2:
            row += above
        elif kind in (3, 4):
            _average_or_paeth(int(kind), row, above, step)
        elif kind:
            raise ValueError(f"filter {kind} does not exist")
        above = row
    return pixels


def decode(data: bytes) -> np.ndarray:
    """Height x width x channels of uint16 from a PNG with 16 bits a channel.

    Raises ValueError for other files, zlib.error for damaged ones.
    """
    width, height, bits, colour, interlace = header(data)
    if bits != 16 or colour not in _CHANNELS:
        raise ValueError(f"16 bits a channel expected, got {bits} (colour type {colour})")
    channels = _CHANNELS[colour]
    step = 2 * channels
    passes = _PASSES if interlace else _WHOLE
    sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in passes]
    expected = sum(rows * (1 + columns * step) for columns, rows in sizes if columns > 0 and rows > 0)
    compressed = _compressed(data)
    raw = b""
    if expected <= _LARGEST_RATIO * len(compressed):
        raw = zlib.decompressobj().decompress(compressed, expected)
    if len(raw) < expected:
        raise ValueError(f"pixels need {expected} bytes, the file has {len(raw)}")
    image, place = np.zeros((height, width, channels), np.uint16), 0
    for (x, y, dx, dy), (columns, rows) in zip(passes, sizes, strict=True):
        if columns <= 0 or rows <= 0:
            continue
        length = rows * (1 + columns * step)
        block = np.frombuffer(raw, np.uint8, length, place).reshape(rows, 1 + columns * step)
        pixels = _unfilter(block, step).view(">u2").reshape(rows, columns, channels)
        image[y::dy, x::dx] = pixels
        place += length
    return image
