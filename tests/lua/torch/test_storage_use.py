"""Tensors over storages that are easily mistaken: size storages, empty ones, elements that several places share."""

from __future__ import annotations

import torch


def test_a_long_storage_is_the_elements_of_a_long_tensor_and_the_sizes_of_any_other(lua) -> None:
    assert lua.eval("torch.LongTensor(torch.LongStorage{2, 3})").tolist() == [2, 3]
    assert lua.eval("torch.LongTensor(torch.DoubleTensor(4, 5):size())").tolist() == [4, 5]
    assert lua.eval("torch.LongTensor.new(torch.LongStorage{7}):size(1)") == 1
    assert lua.eval("torch.DoubleTensor(torch.LongStorage{2, 3})").shape == (2, 3)
    shared = lua.execute("local s = torch.LongStorage{2, 3}; torch.LongTensor(s)[1] = 9; return s[1]")
    assert shared == 9


def test_an_empty_storage_is_kept_where_an_empty_tensor_has_none(lua) -> None:
    assert lua.eval("torch.Tensor():storage()") is None
    assert lua.eval("#torch.DoubleTensor(torch.DoubleStorage()):storage()") == 0
    lua.execute(
        """
        local storage = torch.DoubleStorage()
        t = torch.DoubleTensor(storage)
        storage:resize(6)
        t:resize(4):fill(2)
        """
    )
    assert lua.eval("t:sum()") == 8 and lua.eval("#t:storage()") == 6


def test_what_is_written_through_an_expanded_tensor_reaches_its_elements_once_for_each_place(lua) -> None:
    assert lua.eval(
        "(function() local x = torch.Tensor{{1}, {2}}; x:expand(2, 3):add(1); return x end)()"
    ).tolist() == [
        [4],
        [5],
    ]
    assert lua.eval("(function() local x = torch.ones(300, 1); x:expand(300, 2):mul(3); return x:sum() end)()") == 2700
    for kind in ("Double", "Float", "Long", "Int", "Byte"):
        filled = lua.eval(
            f"(function() local x = torch.{kind}Tensor(300, 1); x:expand(300, 3):fill(5); return x end)()"
        )
        assert torch.equal(filled, torch.full_like(filled, 5))


def test_a_serialized_value_is_read_from_a_char_tensor_too(lua) -> None:
    read = lua.eval(
        "torch.deserializeFromStorage(torch.CharTensor(torch.serializeToStorage({ 4, 'five' })):clone())"
    ).to_plain()
    assert read == [4, "five"]


def test_c_functions_over_the_c_librarys_structures_can_be_declared(lua) -> None:
    lua.execute("require('ffi').cdef[[ void THFloatStorage_free(THFloatStorage *self); ]]")
    assert "THLongTensor" in lua.eval("tostring(require('ffi').typeof('THLongTensor *'))")
