"""LuaTable and TorchObject: what a table is in Python."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaFunction, LuaTable, TdsHash, TorchObject


def test_fields_are_attributes_and_items() -> None:
    table = LuaTable({"weight": 1, 2: "two"})
    assert (table.weight, table["weight"], table[2], table.get("none")) == (1, 1, "two", None)
    table.bias = 3
    assert table.keys() == ["weight", 2, "bias"]
    del table["bias"]
    assert "bias" not in table
    with pytest.raises(AttributeError, match="no field 'bais'; it has weight, 2"):
        table.bais  # noqa: B018


def test_nil_values_do_not_exist() -> None:
    table = LuaTable({"a": 1})
    table["a"] = None
    assert len(table) == 0
    assert table  # an empty Lua table is true


def test_booleans_are_not_numbers() -> None:
    table = LuaTable([(1, "one"), (True, "yes"), (0, "zero"), (False, "no")])
    assert (table[1], table[True], table[0], table[False]) == ("one", "yes", "zero", "no")
    assert table.keys() == [1, True, 0, False]
    with pytest.raises(ValueError, match="one key in a Python dict"):
        table.to_dict()


def test_numbers_are_one_kind_of_key() -> None:
    table = LuaTable({1: "one"})
    assert table[1.0] == "one"


@pytest.mark.parametrize("key", [None, float("nan")])
def test_keys_that_lua_refuses(key: object) -> None:
    with pytest.raises(ValueError, match="as a key"):
        LuaTable()[key] = 1


def test_tables_are_compared_by_identity_and_can_be_keys() -> None:
    first, second = LuaTable({"a": 1}), LuaTable({"a": 1})
    assert first != second
    table = LuaTable([(first, 1), (second, 2), (torch.ones(2), 3)])
    assert (table[first], table[second]) == (1, 2)


def test_arrays() -> None:
    assert LuaTable.from_list(["a", "b"]).to_list() == ["a", "b"]
    assert LuaTable({2: "b", 1: "a"}).to_list() == ["a", "b"]
    with_hole = LuaTable({1: "a", 3: "c"})
    assert not with_hole.is_list
    assert with_hole.border() == 1
    with pytest.raises(ValueError, match="not an array: it has the keys 1, 3"):
        with_hole.to_list()
    assert LuaTable().to_list() == []


def test_objects() -> None:
    linear = TorchObject("nn.Linear", 1, {"bias": 2, "fields": 3})
    assert (linear.typename, linear.version, linear.bias, linear["bias"]) == ("nn.Linear", 1, 2, 2)
    assert linear.fields["fields"] == 3
    linear.bias = 4
    assert linear.fields.bias == 4
    with pytest.raises(AttributeError, match=r"the nn\.Linear has no field 'weight'; it has bias"):
        linear.weight  # noqa: B018


def test_reprs_are_short() -> None:
    table = LuaTable.from_list(range(1000))
    table["self"] = table
    assert len(repr(table)) < 200
    assert "nn.Linear" in repr(TorchObject("nn.Linear"))


@pytest.mark.parametrize("make", [copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_keep_cycles(make: object) -> None:
    table = TdsHash({"a": LuaTable({True: 1})})
    table["self"] = table
    table["object"] = TorchObject("nn.Linear", 2, {"t": table})
    copied = make(table)
    assert copied is not table
    assert type(copied) is TdsHash
    assert copied["self"] is copied
    assert copied.a[True] == 1
    assert (copied.object.typename, copied.object.version) == ("nn.Linear", 2)
    assert copied.object.t is copied


def test_functions_name_their_upvalues() -> None:
    function = LuaFunction(b"\x1bLJ", LuaTable.from_list([LuaTable({"name": "k", "id": 1, "value": 5})]))
    assert function.named_upvalues == {"k": 5}
