"""Every file of the golden collection, written by the real Torch7, loads as what Torch7 said it holds."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaTable, T7Error, TdsHash, TdsVec, iter_objects, load, register_reader, save
from pytorch_fbcunn_compat.t7.registry import READERS

from .golden import Comparison

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "t7"
FILES = sorted(path.name for path in FOLDER.glob("*.t7"))


def expectation(path: Path) -> tuple[dict | None, dict[str, np.ndarray]]:
    name = path.name.removesuffix(".t7").removesuffix(".ascii").removesuffix(".cleared")
    recorded = json.loads((path.parent / f"{name}.json").read_text())
    arrays = path.parent / f"{name}.npz"
    graph = None if path.name.endswith(".cleared.t7") else recorded.get("graph")
    return graph, dict(np.load(arrays)) if arrays.exists() else {}


WITH_GRAPH = [name for name in FILES if expectation(FOLDER / name)[0] is not None]


def test_most_files_have_a_recorded_graph(shared: Path) -> None:
    assert len(WITH_GRAPH) > 70


@pytest.mark.parametrize("name", WITH_GRAPH)
def test_object_graph(name: str) -> None:
    graph, arrays = expectation(FOLDER / name)
    Comparison(arrays).check(graph, load(FOLDER / name))


@pytest.mark.parametrize("name", WITH_GRAPH)
@pytest.mark.parametrize("ascii", [False, True], ids=["binary", "ascii"])
def test_written_again_it_is_the_same_graph(name: str, ascii: bool) -> None:
    graph, arrays = expectation(FOLDER / name)
    stream = io.BytesIO()
    save(stream, load(FOLDER / name), ascii=ascii)
    Comparison(arrays).check(graph, load(stream.getvalue()))


@pytest.mark.parametrize("name", [name for name in FILES if ".ascii" not in name])
def test_written_again_it_has_the_same_size(name: str) -> None:
    """Same records in the same order: the writer adds and drops nothing."""
    if name in ("bigendian.t7", "long32.t7", "custom_write.t7"):
        pytest.skip("written in another encoding than ours, or in a class's own format")
    stream = io.BytesIO()
    save(stream, load(FOLDER / name))
    assert len(stream.getvalue()) == (FOLDER / name).stat().st_size


@pytest.mark.parametrize("name", FILES)
def test_every_file_loads(name: str) -> None:
    if name == "custom_write.t7":
        pytest.skip("needs a registered reader; see test_custom_write")
    load(FOLDER / name)


@pytest.mark.parametrize("name", ["lenet.t7", "views.t7", "tds.t7", "scalars.ascii.t7", "functions.t7"])
def test_the_source_may_be_a_path_bytes_or_a_stream(shared: Path, name: str) -> None:
    path = shared / "t7" / name
    data = path.read_bytes()
    sizes = []
    for source in (path, str(path), data, io.BytesIO(data)):
        stream = io.BytesIO()
        save(stream, load(source))
        sizes.append(len(stream.getvalue()))
    assert len(set(sizes)) == 1


@pytest.mark.parametrize("name", ["scalars.t7", "scalars.ascii.t7"])
def test_minus_zero_and_infinity(shared: Path, name: str) -> None:
    table = load(shared / "t7" / name)
    assert str(table[3]) == "-0.0"
    assert (table[7], table[8], table[9]) == (float("inf"), float("-inf"), 2**53)


def test_tds(shared: Path) -> None:
    table = load(shared / "t7" / "tds.t7")
    assert type(table.h) is TdsHash
    assert type(table.v) is TdsVec
    assert (table.h.a, table.h[3], table.h.t.tolist(), table.h.sub.x) == (1, "three", [1, 2], 5)
    assert table.v.to_list() == [10, "x"]


def test_old_function_tags(shared: Path) -> None:
    table = load(shared / "t7" / "functions_legacy.t7")
    assert (table.six.tag, table.seven.tag, table.after) == (6, 7, 42)
    assert table.six.named_upvalues == {"upvalue1": 100}
    assert table.seven.named_upvalues == {"upvalue1": 200}


def test_functions_can_be_refused(shared: Path) -> None:
    with pytest.raises(T7Error, match="holds a Lua function"):
        load(shared / "t7" / "functions.t7", functions="refuse")


def test_shared_upvalues_are_shared(shared: Path) -> None:
    table = load(shared / "t7" / "functions.t7")
    k_of_f1, k_of_f2 = table.f1.upvalues[1], table.f2.upvalues[1]
    assert k_of_f1.id == k_of_f2.id
    assert table.fact.upvalues[1].value is table.fact


def test_custom_write(shared: Path) -> None:
    path = shared / "t7" / "custom_write.t7"
    with pytest.raises(T7Error, match=r"peer\.Custom.*register_reader"):
        load(path)

    @register_reader("peer.Custom")
    def read_custom(payload, obj):
        number = payload.int()
        obj.fields = yield
        obj["number"] = number

    try:
        table = load(path)
    finally:
        del READERS["peer.Custom"]
    assert (table[1].number, table[1].v, table[1].q, table[2]) == (99, 5, "custom", "tail")


def test_long_size_and_byte_order_can_be_given(shared: Path) -> None:
    folder = shared / "t7"
    assert load(folder / "long32.t7", long_size=4).l.tolist() == load(folder / "long32.t7").l.tolist()
    assert load(folder / "bigendian.t7", byteorder="big").keys() == load(folder / "bigendian.t7").keys()
    with pytest.raises(T7Error):
        load(folder / "bigendian.t7", byteorder="little")
    with pytest.raises(T7Error):
        load(folder / "long32.t7", long_size=8)


def test_several_objects_in_one_file(shared: Path) -> None:
    shared_tensor = torch.arange(6.0)
    stream = io.BytesIO()
    from pytorch_fbcunn_compat.t7.sinks import BinarySink
    from pytorch_fbcunn_compat.t7.writer import Writer

    sink = BinarySink(stream)
    writer = Writer(sink)
    for value in (1, [shared_tensor], "three", [shared_tensor]):
        writer.write(value)
    sink.flush()
    first, second, third, fourth = iter_objects(stream.getvalue())
    assert (first, third) == (1, "three")
    assert second[1] is fourth[1]


def test_a_stream_is_left_behind_the_object() -> None:
    stream = io.BytesIO()
    save(stream, {"a": 1})
    save(stream, "next")
    stream.seek(0)
    assert load(stream)["a"] == 1
    assert load(stream) == "next"


def test_a_table_of_keys_of_every_kind(shared: Path) -> None:
    table = load(shared / "t7" / "table_keys.t7")
    assert (table[True], table[False], table[10**10]) == ("booltrue", "boolfalse", "big")
    assert [table[key] for key in table if isinstance(key, LuaTable)] == ["tablekey"]
