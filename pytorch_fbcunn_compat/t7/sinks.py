"""How the items of a Torch7 stream are spelled when written: binary (little endian, 8-byte longs) and ascii."""

from __future__ import annotations

import struct
from typing import BinaryIO

import numpy as np
import torch

_FLUSH = 1 << 20


class BinarySink:
    """Writes what 64-bit Linux Torch7 writes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.chunks: list[bytes] = []
        self.pending = 0
        self._pack_int = struct.Struct("<i").pack
        self._pack_long = struct.Struct("<q").pack
        self._pack_double = struct.Struct("<d").pack

    def _put(self, data: bytes) -> None:
        self.chunks.append(data)
        self.pending += len(data)
        if self.pending > _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Hands everything that is pending to the file."""
        self.file.write(b"".join(self.chunks))
        self.chunks.clear()
        self.pending = 0

    def int(self, value: int) -> None:
        self._put(self._pack_int(value))

    def long(self, value: int) -> None:
        self._put(self._pack_long(value))

    def longs(self, values: tuple[int, ...]) -> None:
        self._put(struct.pack(f"<{len(values)}q", *values))

    def double(self, value: float) -> None:
        self._put(self._pack_double(value))

    def string(self, value: bytes) -> None:
        self._put(self._pack_int(len(value)) + value)

    def raw(self, value: bytes) -> None:
        self._put(value)

    def elements(self, data: torch.Tensor) -> None:
        """The elements of a 1-D contiguous CPU tensor."""
        array = data.numpy()
        if array.dtype.byteorder == ">" or (array.dtype.byteorder == "=" and np.little_endian is False):
            array = array.byteswap()
        self.flush()
        self.file.write(memoryview(array).cast("B"))


class AsciiSink:
    """Writes Torch7's ascii format: every item on a line, C's %d, %.9g and %.17g."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def flush(self) -> None:
        """Nothing is kept back."""

    def int(self, value: int) -> None:
        self.file.write(b"%d\n" % value)

    long = int

    def longs(self, values: tuple[int, ...]) -> None:
        if values:
            self.file.write(" ".join(map(str, values)).encode() + b"\n")

    def double(self, value: float) -> None:
        self.file.write(_decimal(value, 17) + b"\n")

    def string(self, value: bytes) -> None:
        self.int(len(value))
        self.raw(value)

    def raw(self, value: bytes) -> None:
        self.file.write(value + b"\n")

    def elements(self, data: torch.Tensor) -> None:
        """The elements of a 1-D contiguous CPU tensor, Byte and Char as the bytes themselves."""
        if not data.numel():
            return
        if data.element_size() == 1:
            self.raw(data.numpy().tobytes())
        elif data.is_floating_point():
            digits = 17 if data.dtype == torch.float64 else 9
            self.file.write(b" ".join(_decimal(value, digits) for value in data.tolist()) + b"\n")
        else:
            self.file.write(" ".join(map(str, data.tolist())).encode() + b"\n")


def _decimal(value: float, digits: int) -> bytes:
    return b"%.*g" % (digits, value)
