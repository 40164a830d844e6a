"""Classes that write themselves in a format of their own (a Lua ``write`` method), and how to read them.

Most Torch classes are saved as a table of fields and need nothing here. A class whose Lua side defines ``write`` and
``read`` can have any layout; it is described by a reader (and a writer) registered under its name:

    @register_reader("peer.Custom")
    def read_custom(payload, obj):
        obj["format"] = payload.int()     # what file:readInt() reads
        obj.fields = yield                # what file:readObject() reads: any object, however deep

The reader is a generator so that deep files need no recursion: each bare ``yield`` gives the stream's next object.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Protocol

from .errors import T7Error
from .objects import TdsHash, TdsVec, TorchObject


class Payload(Protocol):
    """What a registered reader may read from the stream (the counterparts of Torch's ``file:readInt()`` …)."""

    def int(self) -> int: ...
    def long(self) -> int: ...
    def double(self) -> float: ...
    def string(self) -> bytes: ...
    def raw(self, count: int) -> bytes: ...
    def remaining_entries(self, count: int, per_entry: int) -> None: ...


class Sink(Protocol):
    """What a registered writer may write to the stream."""

    def int(self, value: int) -> None: ...
    def long(self, value: int) -> None: ...
    def double(self, value: float) -> None: ...
    def string(self, value: bytes) -> None: ...
    def raw(self, value: bytes) -> None: ...


Reader = Callable[[Payload, Any], Generator[None, Any, None]]
Writer = Callable[[Sink, Any], Generator[Any, None, None]]

READERS: dict[str, Reader] = {}
WRITERS: dict[str, Writer] = {}
FACTORIES: dict[str, type] = {}


def register_reader(typename: str, factory: Callable[[], Any] | None = None) -> Callable[[Reader], Reader]:
    """Decorator: reads the payload of objects of class ``typename`` with a generator ``reader(payload, obj)``.

    Args:
        typename: the Torch class.
        factory: makes the empty object; by default a TorchObject of that class.
    """

    def add(reader: Reader) -> Reader:
        READERS[typename] = reader
        if factory is not None:
            FACTORIES[typename] = factory
        return reader

    return add


def register_writer(typename: str) -> Callable[[Writer], Writer]:
    """Decorator: writes the payload of class ``typename`` with a generator ``writer(sink, obj)``.

    It yields each object that is to be written in place.
    """

    def add(writer: Writer) -> Writer:
        WRITERS[typename] = writer
        return writer

    return add


def new_object(typename: str, version: int) -> Any:
    """An empty object of a registered class."""
    factory = FACTORIES.get(typename)
    return factory() if factory else TorchObject(typename, version)


@register_reader("tds.Hash", TdsHash)
def _read_tds_hash(payload: Payload, table: TdsHash) -> Generator[None, Any, None]:
    count = payload.long()
    payload.remaining_entries(count, 2)
    for _ in range(count):
        key = yield
        value = yield
        try:
            table[key] = value
        except ValueError as error:
            raise T7Error(f"in a tds.Hash, {error}") from None


@register_reader("tds.Vec", TdsVec)
def _read_tds_vec(payload: Payload, table: TdsVec) -> Generator[None, Any, None]:
    count = payload.long()
    payload.remaining_entries(count, 1)
    for position in range(1, count + 1):
        table[position] = yield


@register_writer("tds.Hash")
def _write_tds_hash(sink: Sink, table: TdsHash) -> Generator[Any, None, None]:
    sink.long(len(table))
    for key, value in table.items():
        yield key
        yield value


@register_writer("tds.Vec")
def _write_tds_vec(sink: Sink, table: TdsVec) -> Generator[Any, None, None]:
    values = table.to_list()
    sink.long(len(values))
    yield from values


@register_reader("nn.DataParallelTable")
def _read_data_parallel_table(payload: Payload, obj: TorchObject) -> Generator[None, Any, None]:
    """Version 3 and later write the list of GPUs, then the fields; before, one table of fields as other classes."""
    if obj.version < 3:
        obj.fields = yield
        return
    gpus = yield
    fields = yield
    obj.fields = fields
    obj.fields["gpuAssignments"] = gpus


@register_writer("nn.DataParallelTable")
def _write_data_parallel_table(sink: Sink, obj: TorchObject) -> Generator[Any, None, None]:
    if obj.version >= 3:
        fields = type(obj.fields)(obj.fields)
        yield fields.get("gpuAssignments")
        del fields["gpuAssignments"]
        yield fields
    else:
        yield obj.fields
