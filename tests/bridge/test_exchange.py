"""Tensors cross between Python and Lua without a copy and keep their identity."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch


def test_identity_survives_a_round_trip(lua) -> None:
    lua.require("torch")
    same = lua.eval("function(x) return x end")
    tensor = torch.arange(6.0).view(2, 3)
    assert same(tensor) is tensor


def test_memory_is_shared_both_ways(lua) -> None:
    lua.require("torch")
    tensor = torch.zeros(3, dtype=torch.float64)
    lua.eval("function(x) x[2] = 5 end")(tensor)
    assert tensor.tolist() == [0, 5, 0]
    lua.execute("shared = torch.FloatTensor(4):fill(1)")
    view = lua.eval("shared")
    view.mul_(3)
    assert lua.eval("shared:sum()") == 12


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (torch.uint8, "Byte"),
        (torch.int8, "Char"),
        (torch.int16, "Short"),
        (torch.int32, "Int"),
        (torch.int64, "Long"),
        (torch.float32, "Float"),
        (torch.float64, "Double"),
        (torch.float16, "Half"),
    ],
)
def test_classes_follow_dtypes(lua, dtype: torch.dtype, name: str) -> None:
    lua.require("torch")
    tensor = torch.ones(2, 3, dtype=dtype)
    assert lua.eval("function(x) return torch.typename(x) end")(tensor) == f"torch.{name}Tensor"
    assert lua.eval(f"torch.{name}Tensor(2, 2)").dtype == dtype


def test_a_dtype_without_a_class_is_refused_by_name(lua) -> None:
    lua.require("torch")
    with pytest.raises(TypeError, match="no class for tensors of BFloat16; convert it first"):
        lua.eval("function(x) return x end")(torch.zeros(2, dtype=torch.bfloat16))


def test_scalars_become_one_element(lua) -> None:
    lua.require("torch")
    scalar = torch.tensor(4.0)
    assert lua.eval("function(x) x:add(1) return x:dim(), x[1] end")(scalar) == (1, 5)
    assert scalar.item() == 5


def test_empty_tensors_have_no_dimension_in_lua(lua) -> None:
    lua.require("torch")
    assert lua.eval("function(x) return x:dim(), x:nElement(), #x:size():totable() end")(torch.zeros(0, 3)) == (0, 0, 0)


def test_tensors_die_with_their_last_reference(lua) -> None:
    lua.require("torch")
    tensor = torch.zeros(5)
    alive = weakref.ref(tensor)
    lua.globals["kept"] = tensor
    del tensor
    gc.collect()
    assert lua.eval("kept:nElement()") == 5
    lua.execute("kept = nil; collectgarbage(); collectgarbage()")
    gc.collect()
    assert alive() is None


def test_autograd_sees_writes_made_in_lua(lua) -> None:
    lua.require("torch")
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    z = (y * y).sum()  # saves y
    lua.eval("function(t) t:narrow(1, 1, 2):fill(7) end")(y.detach())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_lua_records_no_gradient_and_leaves_grad_mode_alone(lua) -> None:
    lua.require("torch")
    x = torch.ones(3, requires_grad=True)
    result = lua.eval("function(t) return require('bridge').aten.tanh(t) end")(x)
    assert not result.requires_grad
    assert torch.is_grad_enabled()


def test_bool_tensors_become_byte_tensors_over_the_same_memory(lua) -> None:
    lua.require("torch")
    mask = torch.zeros(3, dtype=torch.bool)
    lua.eval("function(x) assert(torch.type(x) == 'torch.ByteTensor') x[2] = 1 end")(mask)
    assert mask.tolist() == [False, True, False]
