"""Image files for the Lua package image. Pixels cross by address: decode, ask for the size, copy into a tensor."""

from __future__ import annotations

import ctypes
import io
import itertools
import os
from typing import Any

import numpy as np

from .. import png16

__all__ = ["decode", "encode", "size", "take"]

_PILLOW_NAMES = {"jpg": "JPEG", "png": "PNG"}
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}

# Results waiting for Lua to make room for them.
_waiting: dict[int, np.ndarray] = {}
_tokens = itertools.count(1)


def _source(path: str | None, address: int, count: int) -> bytes:
    if path is not None:
        with open(path, "rb") as file:
            return file.read()
    return ctypes.string_at(int(address), int(count))


def _netpbm_numbers(data: bytes, place: int, count: int) -> tuple[list[int], int]:
    """Whitespace-separated numbers of a header, comments skipped, and the place behind them."""
    numbers: list[int] = []
    while len(numbers) < count:
        while data[place : place + 1].isspace():
            place += 1
        if data[place : place + 1] == b"#":
            place = data.find(b"\n", place) + 1
            continue
        end = place
        while data[end : end + 1].isdigit():
            end += 1
        if end == place:
            raise ValueError("corrupted file or read error: a number is missing from the header")
        numbers.append(int(data[place:end]))
        place = end
    return numbers, place


def _netpbm(data: bytes) -> np.ndarray:
    kind = data[:2].decode("latin-1")
    if kind not in ("P2", "P3", "P5", "P6"):
        raise ValueError(f"unsupported magic number: {kind}" if kind[:1] == "P" else "corrupted file")
    (width, height, largest), place = _netpbm_numbers(data, 2, 3)
    channels = 3 if kind in ("P3", "P6") else 1
    count = width * height * channels
    if kind in ("P2", "P3"):
        values = np.array(data[place:].split()[:count], dtype=np.int64)
    else:
        values = np.frombuffer(data, ">u2" if largest > 255 else np.uint8, offset=place + 1)[:count].astype(np.int64)
    if len(values) < count:
        raise ValueError(f"corrupted file or read error: {count} values expected, {len(values)} found")
    if largest != 255:
        values = values * 255 // largest
    return values.astype(np.uint8).reshape(height, width, channels)


def _pillow(data: bytes, kind: str) -> np.ndarray:
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data), formats=[_PILLOW_NAMES[kind]])
    except (UnidentifiedImageError, SyntaxError, ValueError, OSError) as error:
        raise ValueError(f"Error during init_io: {error}") from None
    try:
        if kind == "png" and png16.header(data)[2] == 16:
            return png16.decode(data)
        if picture.mode == "P":
            picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
        elif picture.mode not in _MODES.values():
            picture = picture.convert("L" if picture.mode in ("1", "I", "F") else "RGB")
        pixels = np.asarray(picture)
    except Exception as error:
        raise ValueError(f"Error during read_image: {error}") from None
    return pixels.reshape(*pixels.shape[:2], -1)


def _hold(array: np.ndarray) -> int:
    token = next(_tokens)
    _waiting[token] = np.ascontiguousarray(array)
    return token


def decode(kind: str, path: str | None, address: int = 0, count: int = 0) -> tuple[int, int, int, int, int]:
    """Pixels of a jpg, png, ppm or pgm, from a file or from ``count`` bytes at an address.

    Returns a token for `take`, then height, width, channels and bits a channel (8 or 16).
    Raises OSError, ValueError.
    """
    data = _source(path, address, count)
    pixels = _pillow(data, kind) if kind in _PILLOW_NAMES else _netpbm(data)
    return (_hold(pixels), *pixels.shape, 8 * pixels.itemsize)


def take(token: int, address: int) -> None:
    """Copies what a token stands for to an address, row by row with the channels innermost, and forgets it."""
    array = _waiting.pop(int(token))
    ctypes.memmove(int(address), array.ctypes.data, array.nbytes)


def _written(kind: str, pixels: np.ndarray, quality: int) -> bytes:
    height, width, channels = pixels.shape
    if kind in ("ppm", "pgm"):
        magic = "P6" if channels == 3 else "P5"
        return f"{magic}\n{width} {height}\n255\n".encode() + pixels.tobytes()
    from PIL import Image

    picture = Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels, _MODES[channels])
    options: dict[str, Any] = {"quality": int(quality)} if kind == "jpg" else {}
    buffer = io.BytesIO()
    picture.save(buffer, _PILLOW_NAMES[kind], **options)
    return buffer.getvalue()


def encode(
    kind: str, path: str | None, address: int, height: int, width: int, channels: int, quality: int = 75
) -> tuple[int, int]:
    """Writes bytes of pixels (row by row, channels innermost) as a jpg, png, ppm or pgm, to a file or for `take`.

    Returns the token and the number of bytes (0 and 0 for a file). A file appears complete or not at all.
    Raises OSError.
    """
    shape = int(height), int(width), int(channels)
    count = shape[0] * shape[1] * shape[2]
    pixels = np.frombuffer((ctypes.c_uint8 * count).from_address(int(address)), np.uint8).reshape(shape)
    data = _written(kind, pixels, quality)
    if path is None:
        return _hold(np.frombuffer(data, np.uint8)), len(data)
    sibling = f"{path}.{os.getpid()}.part"
    try:
        with open(sibling, "wb") as file:
            file.write(data)
        os.replace(sibling, path)
    finally:
        if os.path.exists(sibling):
            os.remove(sibling)
    return 0, 0


def size(kind: str, path: str) -> tuple[int, int, int]:
    """Channels, height and width of an image file, from its header. Raises OSError, ValueError."""
    if kind not in _PILLOW_NAMES:
        height, width, channels = _netpbm_size(path)
        return channels, height, width
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=[_PILLOW_NAMES[kind]]) as picture:
            channels = 3 if picture.mode == "P" else len(picture.getbands())
            return channels, picture.height, picture.width
    except UnidentifiedImageError as error:
        raise ValueError(f"Error during init_io: {error}") from None


def _netpbm_size(path: str) -> tuple[int, int, int]:
    """Height, width and channels of a netpbm file. Raises OSError, ValueError."""
    with open(path, "rb") as file:
        data = file.read(4096)
    kind = data[:2].decode("latin-1")
    if kind not in ("P2", "P3", "P5", "P6"):
        raise ValueError(f"unsupported magic number: {kind}")
    (width, height), _ = _netpbm_numbers(data, 2, 2)
    return height, width, 3 if kind in ("P3", "P6") else 1
