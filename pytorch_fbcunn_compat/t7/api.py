"""`load`, `iter_objects`: open a file, find out how it is written, read objects."""

from __future__ import annotations

import contextlib
import gc
import io
import mmap as mmap_module
import os
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import torch

from .ascii import AsciiReader
from .binary import BinaryReader
from .errors import T7Error
from .reader import Reader
from .sniff import HEAD, detect
from .storage import ElementType

FileLike = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
MapLocation = str | torch.device | dict[str, str] | Callable[[str], "str | torch.device"] | None


def load(
    file: FileLike,
    *,
    map_location: MapLocation = None,
    functions: str = "data",
    long_size: int | None = None,
    byteorder: str | None = None,
    mmap: bool = True,
    models: str = "objects",
) -> Any:
    """Reads the first object of a Torch7 file: what ``torch.save`` wrote in Lua.

    Args:
        file: a path, the bytes themselves, or an object with ``read`` (file, zip member, HTTP response). A seekable
            file object is left behind the object that was read, so that the next call reads the next one.
        map_location: device for the tensors: a device or its name, a dict or a function from the place recorded in the
            file ("cpu" or "cuda") to a device. By default everything, Cuda tensors included, comes to the CPU.
        functions: "data" returns Lua functions as inert `LuaFunction`s; "refuse" raises when one is met.
        long_size: 4 or 8; found out from the first tensor by default.
        byteorder: "little" or "big"; found out from the first object by default.
        mmap: map large storages from the file instead of reading them (copy on write: the file never changes). While
            such tensors live, the file must not be shortened by another program.
        models: "objects" returns Lua modules and criterions as TorchObjects, with all that the file says of them, which
            can be called like the modules they stand for; "modules" returns torch.nn.Modules in their place, wherever
            in the file's tables they are. `load_model` returns the one model of a file.

    Returns:
        numbers (int where whole), str (bytes where not UTF-8), bool, None, torch.Tensor (those that shared a storage in
        Lua share one), LuaTable, TorchObject, LuaStorage, LuaFunction.

    Raises:
        T7Error: not a Torch7 file, or a damaged one; says where and why.
        PortError: models="modules" was asked for, and a layer has no counterpart.
        OSError: the file cannot be opened.
    """
    if models not in ("objects", "modules"):
        raise ValueError(f'models is "objects" or "modules", not {models!r}')
    value = _first(file, map_location, functions, long_size, byteorder, mmap)
    if models == "modules":
        from ..port.build import with_modules

        return with_modules(value)
    return value


def _first(
    file: FileLike,
    map_location: MapLocation,
    functions: str,
    long_size: int | None,
    byteorder: str | None,
    mmap: bool,
) -> Any:
    with _open(file, map_location, functions, long_size, byteorder, mmap) as reader, _collector_paused():
        start = reader.position
        try:
            return reader.object()
        except T7Error as error:
            if not _may_retry(reader):
                raise
            reader.long_size, reader.position = 4, start
            reader.objects.clear()
            try:
                value = reader.object()
            except T7Error:
                raise error from None
            if not reader.looks_like_object(reader.position):
                raise
            return value


def iter_objects(
    file: FileLike,
    *,
    map_location: MapLocation = None,
    functions: str = "data",
    long_size: int | None = None,
    byteorder: str | None = None,
    mmap: bool = True,
) -> Iterator[Any]:
    """Reads all objects of a file, one after another: what several ``file:writeObject`` calls wrote.

    References from a later object to an earlier one are kept, as in Torch7. Arguments and errors as for `load`.
    """
    with _open(file, map_location, functions, long_size, byteorder, mmap) as reader:
        while not _at_end(reader):
            with _collector_paused():
                value = reader.object()
            yield value


def _may_retry(reader: Reader) -> bool:
    return isinstance(reader, BinaryReader) and reader.long_size_guessed and reader.long_size == 8


def _at_end(reader: Reader) -> bool:
    if isinstance(reader, AsciiReader):
        return (
            not reader.buffer[reader.position : reader.position + 4096].strip() and reader.end - reader.position < 4096
        )
    return reader.position >= reader.end


@contextlib.contextmanager
def _collector_paused() -> Iterator[None]:
    """Python's cycle collector walks all tables again and again while they are being made; nothing is garbage yet."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextlib.contextmanager
def _open(
    file: FileLike,
    map_location: MapLocation,
    functions: str,
    long_size: int | None,
    byteorder: str | None,
    use_mmap: bool,
) -> Iterator[Reader]:
    if functions not in ("data", "refuse"):
        raise ValueError(f'functions is "data" or "refuse", not {functions!r}')
    if long_size not in (None, 4, 8):
        raise ValueError(f"long_size is 4 or 8, not {long_size!r}")
    if byteorder not in (None, "little", "big"):
        raise ValueError(f'byteorder is "little" or "big", not {byteorder!r}')
    options = {"place": _place(map_location), "functions": functions}
    handle: BinaryIO | None = None
    buffer: bytes | mmap_module.mmap
    if isinstance(file, (bytes, bytearray, memoryview)):
        buffer, source, back = bytes(file), "bytes", None
    elif isinstance(file, (str, os.PathLike)):
        source, back = os.fspath(file), None
        handle = open(file, "rb", buffering=0)  # noqa: SIM115 (closed below)
        try:
            buffer = _map(handle)
        except BaseException:
            handle.close()
            raise
    else:
        buffer, source, back = _read_all(file)
    try:
        encoding = detect(bytes(buffer[:HEAD]), len(buffer), source, byteorder)
        if encoding.ascii:
            reader: Reader = AsciiReader(buffer if isinstance(buffer, bytes) else buffer[:], source, **options)
        else:
            reader = BinaryReader(
                buffer,
                source,
                byteorder=encoding.byteorder,
                long_size=long_size,
                mapped=use_mmap and isinstance(buffer, mmap_module.mmap),
                file=handle if isinstance(buffer, mmap_module.mmap) else None,
                **options,
            )
        yield reader
        if back is not None:
            file.seek(back + reader.position)  # type: ignore[union-attr]
    finally:
        if handle is not None:
            handle.close()


def _map(handle: BinaryIO) -> bytes | mmap_module.mmap:
    """The contents: mapped, or read where the file is small or cannot be mapped (a pipe)."""
    try:
        if os.fstat(handle.fileno()).st_size >= 1 << 16:
            return mmap_module.mmap(handle.fileno(), 0, access=mmap_module.ACCESS_COPY)
    except (OSError, ValueError):
        pass
    return handle.readall()  # type: ignore[attr-defined]


def _read_all(file: BinaryIO) -> tuple[bytes, str, int | None]:
    if not hasattr(file, "read"):
        raise TypeError(f"a path, bytes or a binary file was expected, not {type(file).__name__}")
    source = str(getattr(file, "name", None) or type(file).__name__)
    back = None
    with contextlib.suppress(OSError, AttributeError, io.UnsupportedOperation):
        if file.seekable():
            back = file.tell()
    data = file.read()
    if isinstance(data, str):
        raise TypeError(f"{source} is open in text mode; open it with mode 'rb'")
    return bytes(data), source, back


def _place(map_location: MapLocation) -> Callable[[ElementType], torch.device] | None:
    """Where storages of an element type go; None keeps everything on the CPU without another step."""
    if map_location is None:
        return None

    def recorded(element: ElementType) -> str:
        return "cuda" if element.cuda else "cpu"

    if isinstance(map_location, dict):
        return lambda element: torch.device(map_location.get(recorded(element), recorded(element)))
    if callable(map_location):
        return lambda element: torch.device(map_location(recorded(element)))
    device = torch.device(map_location)
    return None if device.type == "cpu" else lambda element: device
