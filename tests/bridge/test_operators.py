"""Operators by name: arguments by schema, defaults, lists, results, nesting."""

from __future__ import annotations

import torch


def call(lua, body: str):
    return lua.execute("require 'torch'; local bridge = require 'bridge'; local aten = bridge.aten; " + body)


def test_defaults_and_keyword_arguments_by_position(lua) -> None:
    a, b = call(lua, "local t = torch.Tensor{1, 2}; return aten.add(t, t)[2], aten.add(t, t, 3)[2]")
    assert (a, b) == (4, 8)


def test_out_variants_write_into_the_tensor_given(lua) -> None:
    same, value = call(
        lua, "local r = torch.Tensor(2); local q = aten['tanh.out'](torch.Tensor{0, 1}, r); return q == r, r[2]"
    )
    assert same is True and abs(value - 0.7615941559557649) < 1e-15


def test_lists_of_numbers_and_of_tensors(lua) -> None:
    total, joined = call(
        lua,
        "local t = torch.Tensor(2, 3):fill(2); local total = aten['sum.dim_IntList'](t, {0, 1}, true); "
        "return total[1][1], aten.cat({t, t}, 1):size(2)",
    )
    assert (total, joined) == (12, 6)


def test_none_inside_a_list(lua) -> None:
    rows = call(
        lua,
        "local t = torch.Tensor{{1, 2}, {3, 4}}; return aten['index.Tensor'](t, {bridge.none, torch.LongTensor{1}})",
    )
    assert rows.tolist() == [[2.0], [4.0]]


def test_several_results_and_lists_of_results(lua) -> None:
    values, indices = call(lua, "return aten['max.dim'](torch.Tensor{{1, 5}, {7, 2}}, 1)")
    assert values.tolist() == [5, 7] and indices.tolist() == [1, 0]
    assert call(lua, "local p = aten['split.Tensor'](torch.Tensor(5), 2); return #p, p[3]:size(1)") == (3, 1)


def test_bool_results_become_byte_tensors(lua) -> None:
    assert call(lua, "return torch.type(aten['gt.Scalar'](torch.Tensor{1, 2}, 1))") == "torch.ByteTensor"


def test_our_own_operators_are_reached_like_pytorchs(lua) -> None:
    import pytorch_fbcunn_compat.ops  # noqa: F401  (registers fbcunn::*)

    names = [name for name in torch._C._dispatch_get_all_op_names() if name.startswith("fbcunn::")]
    assert names
    assert call(lua, f"return bridge.schema('{names[0]}')").startswith(names[0].split(".")[0])


def test_a_finalizer_may_call_an_operator_while_arguments_are_converted(lua) -> None:
    wrong, finalized = call(
        lua,
        """
        local wrong, finalized = 0, 0
        local probe = torch.Tensor{1, 2, 3}
        local function litter()
          local object = newproxy(true)
          getmetatable(object).__gc = function()
            finalized = finalized + 1
            if aten['sum'](probe)[1] ~= 6 then wrong = wrong + 1 end
          end
        end
        collectgarbage('setpause', 1); collectgarbage('setstepmul', 1000)
        local a, b = torch.Tensor{1, 2}, torch.Tensor{10, 20}
        for i = 1, 20000 do
          litter()
          local r = aten.cat({a, b, a}, 0)
          if r[3] ~= 10 or r[6] ~= 2 then wrong = wrong + 1 end
        end
        local counted = finalized
        litter = nil
        collectgarbage()
        return wrong, counted
        """,
    )
    assert wrong == 0
    assert finalized > 1000
