"""Damaged and malicious .t7 files: each loads or raises T7Error; nothing crashes or takes memory without reason."""

from __future__ import annotations

import io
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaTable, T7Error, load, save

SMALL = [
    "scalars.t7", "scalars.ascii.t7", "views.t7", "views.ascii.t7", "shared_storage.t7", "cycle.t7", "cycle.ascii.t7",
    "table_keys.t7", "functions.t7", "functions_legacy.t7", "tds.t7", "long32.t7", "bigendian.t7", "noversion.ascii.t7",
    "custom_class.t7", "tensors_all_types.t7", "storages_all_types.ascii.t7", "serialize.t7",
]  # fmt: skip
LIMIT = 1 << 20  # a small file may cost this much beyond a multiple of its size


def try_load(data: bytes) -> None:
    """Loads; whatever comes back must be sound enough to be walked and read."""
    try:
        value = load(data)
    except T7Error as error:
        assert len(str(error)) < 1000
        return
    stack, seen = [value], set()
    while stack:
        value = stack.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, torch.Tensor) and 0 < value.numel() < 10_000:
            value.double().sum().item()
        elif isinstance(value, LuaTable):
            stack.extend(value.values())
        elif hasattr(value, "fields"):
            stack.append(value.fields)


def measured(data: bytes) -> int:
    tracemalloc.start()
    try:
        try_load(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", SMALL)
def test_truncated_at_every_byte(shared: Path, name: str) -> None:
    data = (shared / "t7" / name).read_bytes()
    for length in range(len(data)):
        if length < len(data) - 1 and not name.endswith(".ascii.t7"):
            with pytest.raises(T7Error):
                load(data[:length])
        else:
            try_load(data[:length])


@pytest.mark.parametrize("name", SMALL)
def test_every_byte_changed(shared: Path, name: str) -> None:
    data = (shared / "t7" / name).read_bytes()[:3000]
    generator = random.Random(1)
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << generator.randrange(8)
        try_load(bytes(damaged))
        damaged[place] = generator.choice((0, 1, 4, 127, 128, 255))
        try_load(bytes(damaged))


@pytest.mark.parametrize("seed", range(20))
def test_random_tail(shared: Path, seed: int) -> None:
    generator = random.Random(seed)
    data = (shared / "t7" / generator.choice(SMALL)).read_bytes()
    cut = generator.randrange(4, len(data))
    try_load(data[:cut] + generator.randbytes(200))


@pytest.mark.parametrize("value", [0x7FFFFFFF, -1, -(2**31), 1 << 24])
@pytest.mark.parametrize("name", ["scalars.t7", "views.t7", "tds.t7", "functions.t7", "custom_class.t7"])
def test_every_integer_replaced_by_an_extreme_one(shared: Path, name: str, value: int) -> None:
    data = (shared / "t7" / name).read_bytes()
    for place in range(min(len(data) - 4, 1500)):
        damaged = bytearray(data)
        struct.pack_into("<i", damaged, place, value)
        try_load(bytes(damaged))


def header(typename: str, index: int = 1) -> bytes:
    name = typename.encode()
    return struct.pack("<iii", 4, index, 3) + b"V 1" + struct.pack("<i", len(name)) + name


OVERSIZED = {
    "string": struct.pack("<ii", 2, 0x7FFFFFF0),
    "table": struct.pack("<iii", 3, 1, 0x7FFFFFF0),
    "nested tables": b"".join(struct.pack("<iiiid", 3, i, 100_000_000, 1, 1.0) for i in range(1, 50)),
    "function": struct.pack("<iii", 8, 1, 0x7FFFFFF0),
    "storage": header("torch.DoubleStorage") + struct.pack("<q", 1 << 60),
    "storage, overflow": header("torch.DoubleStorage") + struct.pack("<q", (1 << 61) + 1) + bytes(6),
    "dimensions": header("torch.DoubleTensor") + struct.pack("<i", 0x7FFFFFF0),
    "tds.Hash": header("tds.Hash") + struct.pack("<q", 1 << 60),
    "tds.Vec": header("tds.Vec") + struct.pack("<q", 1 << 40),
    "ascii string": b"2\n2147483647\nabc",
    "ascii table": b"3\n1\n2147483647\n",
    "ascii storage": b"4\n1\n3\nV 1\n19\ntorch.DoubleStorage\n99999999999\n1 2 3\n",
    "ascii integer": b"3\n1\n" + b"9" * 5000 + b"\n",
}


@pytest.mark.parametrize("what", OVERSIZED)
def test_oversized_counts_are_refused_before_memory_is_taken(what: str) -> None:
    data = OVERSIZED[what]
    with pytest.raises(T7Error):
        load(data)
    assert measured(data) < LIMIT


def tensor(size: list[int], stride: list[int], offset: int, elements: int) -> bytes:
    numbers = [*size, *stride, offset]
    return (
        header("torch.DoubleTensor")
        + struct.pack(f"<i{len(numbers)}q", len(size), *numbers)
        + header("torch.DoubleStorage", 2)
        + struct.pack("<q", elements)
        + bytes(8 * elements)
    )


@pytest.mark.parametrize(
    ("size", "stride", "offset"),
    [
        ([4], [1], 1), ([2], [3], 1), ([3], [1], 2), ([1], [1], 4), ([1], [1], 0), ([1], [1], -5), ([2, 2], [2, 1], 1),
        ([-1], [1], 1), ([3], [-1], 3), ([1 << 40, 1 << 40], [0, 0], 1), ([2], [1 << 62], 1), ([1 << 62], [4], 1),
    ],
)  # fmt: skip
def test_a_tensor_never_reaches_past_its_storage(size: list[int], stride: list[int], offset: int) -> None:
    with pytest.raises(T7Error, match=r"storage has 3|has size|dimensions|cannot"):
        load(tensor(size, stride, offset, 3), long_size=8)


def test_an_expanded_tensor_takes_no_memory() -> None:
    value = load(tensor([1 << 20, 1 << 20], [0, 0], 1, 1))
    assert value.shape == (1 << 20, 1 << 20)
    assert value.untyped_storage().nbytes() == 8


def test_a_tensor_may_not_take_a_storage_of_another_type() -> None:
    data = struct.pack("<iii", 3, 9, 2)
    data += struct.pack("<id", 1, 1.0) + header("torch.ByteStorage", 2) + struct.pack("<q", 16) + bytes(16)
    data += struct.pack("<id", 1, 2.0) + header("torch.DoubleTensor", 3)
    data += struct.pack("<iqqqii", 1, 16, 1, 1, 4, 2)
    with pytest.raises(T7Error, match=r"torch\.DoubleTensor has a torch\.ByteStorage"):
        load(data, long_size=8)


def test_references_to_objects_of_another_kind() -> None:
    table = struct.pack("<iii", 3, 1, 1) + struct.pack("<id", 1, 1.0)
    for tag, what in ((4, "Torch object"), (8, "function")):
        with pytest.raises(T7Error, match=f"reference to a {what} names an object that is a table"):
            load(table + struct.pack("<ii", tag, 1))


def nested(depth: int) -> bytes:
    return b"".join(struct.pack("<iiiid", 3, i, 1, 1, 1.0) for i in range(1, depth + 1)) + struct.pack("<id", 1, 7.0)


def test_a_million_nested_tables() -> None:
    table = load(nested(1_000_000))
    depth = 0
    while isinstance(table, LuaTable):
        table, depth = table[1], depth + 1
    assert (table, depth) == (7, 1_000_000)


def test_a_hundred_thousand_nested_objects_of_other_kinds() -> None:
    depth = 100_000
    hashes = b"".join(header("tds.Hash", i) + struct.pack("<qid", 1, 1, 1.0) for i in range(1, depth))
    load(hashes + struct.pack("<id", 1, 7.0))
    objects = b"".join(header("a.B", 2 * i) + struct.pack("<iiiid", 3, 2 * i + 1, 1, 1, 1.0) for i in range(1, depth))
    load(objects + struct.pack("<id", 1, 7.0))
    keys = b"".join(struct.pack("<iii", 3, i, 1) for i in range(1, depth))
    with pytest.raises(T7Error):
        load(keys)


def test_deep_tables_are_written_without_recursion() -> None:
    stream = io.BytesIO()
    save(stream, load(nested(100_000)))
    assert stream.getvalue() == nested(100_000)


def test_a_table_that_is_its_own_key() -> None:
    table = load(struct.pack("<iii", 3, 1, 1) + struct.pack("<ii", 3, 1) + struct.pack("<id", 1, 5.0))
    assert table[table] == 5


def test_nil_and_nan_as_keys_are_refused() -> None:
    for key in (struct.pack("<i", 0), struct.pack("<id", 1, float("nan"))):
        with pytest.raises(T7Error, match="as a key"):
            load(struct.pack("<iii", 3, 1, 1) + key + struct.pack("<id", 1, 5.0) + bytes(16))


def test_memory_stays_a_small_multiple_of_the_file() -> None:
    empty_tables = struct.pack("<iii", 3, 1, 20_000) + b"".join(
        struct.pack("<idiii", 1, float(i), 3, i + 1, 0) for i in range(1, 20_001)
    )
    assert measured(empty_tables) < 40 * len(empty_tables)
    assert measured(nested(20_000)) < 40 * len(nested(20_000))


@pytest.mark.parametrize("keys", [1, 1.5, 100])
def test_a_record_that_differs_late_is_read_by_the_general_code(keys: float) -> None:
    rows = [LuaTable([(keys, i), ("name", f"row {i}"), ("ok", i % 2 == 0)]) for i in range(50)]
    rows[20] = LuaTable([(keys, 20), ("name", 5), ("ok", True)])
    rows[30] = LuaTable([(keys, 30), ("name", "short")])
    rows[40] = rows[3]
    stream = io.BytesIO()
    save(stream, rows)
    read = load(stream.getvalue())
    assert [row.items() for row in read.to_list()] == [row.items() for row in rows]
    assert read[41] is read[4]
    data = stream.getvalue()
    for length in range(0, len(data) - 1, 7):
        with pytest.raises(T7Error):
            load(data[:length])


def test_an_empty_tensor_with_other_dimensions_beyond_all_bounds() -> None:
    """Found by fuzzing: torch multiplies the sizes before it meets the 0."""
    head = struct.pack("<ii", 4, 1) + struct.pack("<i", 3) + b"V 1" + struct.pack("<i", 17) + b"torch.FloatTensor"
    geometry = struct.pack("<i3q3qq", 3, 0, 1 << 40, 1 << 40, 1, 1, 1, 1)
    with pytest.raises(T7Error, match="has size 0x1099511627776x1099511627776"):
        load(head + geometry + struct.pack("<i", 0))


@pytest.mark.parametrize(
    ("kind", "word"), [("Float", b"0" + b"\xa4" * 5000), ("Long", b"9" * 300), ("Int", b"x" * 999)]
)
def test_messages_are_short_whatever_stands_in_the_file(kind: str, word: bytes) -> None:
    name = f"torch.{kind}Storage".encode()
    data = b"4\n1\n3\nV 1\n%d\n%s\n2\n1 %s\n" % (len(name), name, word)
    with pytest.raises(T7Error, match="is no number it can hold") as caught:
        load(data)
    assert len(str(caught.value)) < 300


def test_long_keys_are_shortened_in_paths(tmp_path: Path) -> None:
    save(tmp_path / "x.t7", {"k" * 3000: {"k" * 3000: "end"}})
    data = (tmp_path / "x.t7").read_bytes()
    with pytest.raises(T7Error) as caught:
        load(data[:-2])
    assert len(str(caught.value)) < 400
