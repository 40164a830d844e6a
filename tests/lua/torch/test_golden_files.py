"""Files written by the real Lua Torch7 load equal, and are written again byte for byte where order is determined."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime

from .recorded_graph import GraphComparison

HERE = Path(__file__).parent

# Plain data: no class but tensors and storages, or classes made in the test.
ORDERED = [
    "serialize",
    "size_no_stride",
    "storage_long_size",
    "table_2000",
    "tensor_byte",
    "tensor_char",
    "tensor_double",
    "tensor_double_special",
    "tensor_float",
    "tensor_half",
    "tensor_int",
    "tensor_long",
    "tensor_short",
    "top_emptytable",
    "top_false",
    "top_int",
    "top_nan",
    "top_nil",
    "top_num",
    "top_string",
    "top_true",
]
UNORDERED = [
    "custom_class",
    "cycle",
    "functions",
    "noversion",
    "optim_states",
    "rng_state",
    "scalars",
    "shared_storage",
    "storages_all_types",
    "table_keys",
    "tensors_all_types",
    "views",
]
SUFFIXES = {".t7": "binary", ".ascii.t7": "ascii"}


@pytest.fixture(scope="module")
def dump(lua: LuaRuntime):
    """Loads a file in Lua and returns the description of what it holds."""
    lua.execute(f"dump_graph = dofile('{HERE / 'dump_graph.lua'}')")
    lua.execute("peer = {} torch.class('peer.Thing') torch.class('peer.SubThing', 'peer.Thing')")

    def load(path: Path, loader: str) -> dict:
        return json.loads(lua.eval(f"dump_graph(({loader})('{path}'))"))

    return load


def expectation(shared: Path, name: str) -> tuple[dict, dict[str, np.ndarray]]:
    graph = json.loads((shared / "t7" / f"{name}.json").read_text())["graph"]
    arrays = shared / "t7" / f"{name}.npz"
    return graph, dict(np.load(arrays)) if arrays.exists() else {}


def check(dumped: dict, shared: Path, name: str) -> None:
    graph, arrays = expectation(shared, name)
    comparison = GraphComparison(dumped, arrays)
    comparison.check(graph, comparison.root)


def files(shared: Path, name: str) -> list[tuple[Path, str]]:
    found = [(shared / "t7" / f"{name}{suffix}", mode) for suffix, mode in SUFFIXES.items()]
    return [(path, mode) for path, mode in found if path.exists()]


@pytest.mark.parametrize("name", ORDERED + UNORDERED)
def test_loads_equal(name: str, shared: Path, dump) -> None:
    for path, mode in files(shared, name):
        check(dump(path, f"function(path) return torch.load(path, '{mode}') end"), shared, name)


@pytest.mark.parametrize("name", ORDERED + UNORDERED)
def test_loads_equal_after_saving_again(name: str, shared: Path, dump, tmp_path: Path) -> None:
    for path, mode in files(shared, name):
        again = f"""function(path)
          torch.save('{tmp_path}/again.t7', torch.load(path, '{mode}'), '{mode}')
          return torch.load('{tmp_path}/again.t7', '{mode}')
        end"""
        check(dump(path, again), shared, name)


@pytest.mark.parametrize("name", ORDERED)
def test_is_written_byte_for_byte(name: str, shared: Path, lua: LuaRuntime, tmp_path: Path) -> None:
    for path, mode in files(shared, name):
        copy = tmp_path / path.name
        lua.execute(f"torch.save('{copy}', torch.load('{path}', '{mode}'), '{mode}')")
        assert copy.read_bytes() == path.read_bytes()


def test_longs_of_four_bytes(shared: Path, dump) -> None:
    check(dump(shared / "t7" / "long32.t7", "function(path) return torch.load(path, 'b32') end"), shared, "long32")


def test_big_endian(shared: Path, dump) -> None:
    loader = "function(path) return torch.DiskFile(path):binary():bigEndianEncoding():readObject() end"
    check(dump(shared / "t7" / "bigendian.t7", loader), shared, "bigendian")


def test_functions_behave_as_recorded(shared: Path, lua: LuaRuntime) -> None:
    for suffix, mode in SUFFIXES.items():
        lua.execute(f"fs = torch.load('{shared}/t7/functions{suffix}', '{mode}')")
        assert lua.eval("fs.f1(5)") == 15
        assert list(lua.eval("fs.f2(2):totable()").values()) == [13, 15, 17]
        assert lua.eval("fs.f1(5)") == 16, "f1 and f2 share the upvalue k"
        assert lua.eval("fs.fact(5)") == 120
        assert lua.eval("fs.plain(3, 4)") == 12


def test_functions_of_the_oldest_formats(shared: Path, lua: LuaRuntime) -> None:
    lua.execute(f"old = torch.load('{shared}/t7/functions_legacy.t7')")
    six, seven = lua.eval("old.six(1)"), lua.eval("old.seven(1)")
    assert (six, seven, lua.eval("old.after")) == (101, 201, 42)


def test_custom_read_method(shared: Path, lua: LuaRuntime) -> None:
    lua.execute(
        """
        local Custom = torch.class('peer.Custom')
        function Custom:read(file) self.number = file:readInt(); self.content = file:readObject() end
        """
    )
    lua.execute(f"custom = torch.load('{shared}/t7/custom_write.t7')")
    assert lua.eval("torch.type(custom[1])") == "peer.Custom"
    assert lua.eval("custom[1].number") == 99
    assert (lua.eval("custom[1].content.v"), lua.eval("custom[1].content.q")) == (5, "custom")
    assert lua.eval("custom[2]") == "tail"


def test_an_unknown_class_is_named_with_its_place(shared: Path, lua: LuaRuntime) -> None:
    path = shared / "t7" / "tds.t7"
    message = lua.eval(f"select(2, pcall(torch.load, '{path}'))")
    assert "unknown Torch class <tds." in message
    assert f"({path} at byte " in message
