"""Every entry of the bridge that can throw does so safely from compiled Lua loops."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "csrc" / "bridge"

# A failing call of each entry, as a Lua expression over: C, f (a float matrix), d (a double matrix), v (a vector of 5),
# s (a storage), nothing (an empty handle), buffer (int64_t[8]), out (a fresh empty handle), number (double[1]).
FAILING = {
    "fbl_tensor_new": "C.fbl_tensor_new(out, 99, -1, 0, buffer)",
    "fbl_tensor_alias": "C.fbl_tensor_alias(out, nothing)",
    "fbl_tensor_set": "C.fbl_tensor_set(f, d)",
    "fbl_tensor_set_storage": "C.fbl_tensor_set_storage(f, s, -5, 0, nil, nil)",
    "fbl_tensor_resize": "C.fbl_tensor_resize(nothing, 0, buffer)",
    "fbl_tensor_resize_as": "C.fbl_tensor_resize_as(f, nothing)",
    "fbl_tensor_storage": "C.fbl_tensor_storage(out, nothing)",
    "fbl_tensor_contiguous": "C.fbl_tensor_contiguous(out, nothing)",
    "fbl_tensor_clone": "C.fbl_tensor_clone(out, nothing)",
    "fbl_tensor_cast": "C.fbl_tensor_cast(out, f, 99, -1)",
    "fbl_storage_new": "C.fbl_storage_new(out, -1, -1)",
    "fbl_storage_resize": "C.fbl_storage_resize(s, -1)",
    "fbl_storage_map": "C.fbl_storage_map(out, '/nonexistent/file', 8, 0)",
    "fbl_select": "C.fbl_select(out, f, 9, 0)",
    "fbl_narrow": "C.fbl_narrow(out, f, 0, 90, 1)",
    "fbl_transpose": "C.fbl_transpose(out, f, 0, 9)",
    "fbl_unfold": "C.fbl_unfold(out, f, 0, 90, 1)",
    "fbl_as_strided": "C.fbl_as_strided(out, f, 1, buffer, buffer, 1e9)",
    "fbl_get_at": "C.fbl_get_at(f, 1, buffer, number)",
    "fbl_set_at": "C.fbl_set_at(f, 1, buffer, 1)",
    "fbl_fill": "C.fbl_fill(nothing, 1)",
    "fbl_with_scalar": "C.fbl_with_scalar(0, f, nothing, 1)",
    "fbl_with_tensor": "C.fbl_with_tensor(0, f, f, 1, v)",
    "fbl_unary": "C.fbl_unary(999, f, f)",
    "fbl_copy": "C.fbl_copy(f, v)",
    "fbl_sum": "C.fbl_sum(nothing, number)",
    "fbl_dot": "C.fbl_dot(d, v, number)",
    "fbl_extreme": "C.fbl_extreme(1, void, number)",
    "fbl_product": "C.fbl_product(f, 0, nil, 1, d, v)",
    "fbl_storage_view": "C.fbl_storage_view(out, s, 4, 99)",
    "fbl_sum_along": "C.fbl_sum_along(out, d, 9, 0)",
    "fbl_variance": "C.fbl_variance(nothing, 0, number)",
    "fbl_variance_along": "C.fbl_variance_along(out, d, 9, 0, 0)",
    "fbl_extreme_along": "C.fbl_extreme_along(1, out, out, d, 9)",
    "fbl_sort": "C.fbl_sort(out, out, d, 9, 0)",
    "fbl_compare": "C.fbl_compare(99, out, d, 1)",
    "fbl_index": "C.fbl_index(out, d, 9, d)",
    "fbl_slice": "C.fbl_slice(out, nothing, 0, nil)",
    "fbl_slice_fill": "C.fbl_slice_fill(nothing, 0, nil, 1)",
    "fbl_slice_copy": "C.fbl_slice_copy(d, 0, nil, v)",
    "fbl_blas_load": "C.fbl_blas_load('/nonexistent/file')",
    "fbl_blas_choice": "C.fbl_blas_choice(C.FBL_BYTE, 0, number, count)",
    "fbl_batch_product": "C.fbl_batch_product(cube, cube, d)",
    "fbl_kth": "C.fbl_kth(out, out, d, 9, 1)",
    "fbl_topk": "C.fbl_topk(out, out, d, 9, 1, 0, 0)",
    "fbl_convolve": "C.fbl_convolve(v, nothing, d, nil, window)",
    "fbl_convolve_input": "C.fbl_convolve_input(v, cube, nothing, d, window)",
    "fbl_convolve_weight": "C.fbl_convolve_weight(d, nil, cube, nothing, 1, window)",
    "fbl_connect": "C.fbl_connect(v, nothing, cube, v, d, connections)",
    "fbl_connect_input": "C.fbl_connect_input(v, cube, nothing, cube, d, connections)",
    "fbl_connect_weight": "C.fbl_connect_weight(cube, v, cube, nothing, d, 1, connections)",
    "fbl_max_pool": "C.fbl_max_pool(v, v, nothing, window, 0)",
    "fbl_max_pool_input": "C.fbl_max_pool_input(v, nothing, v, v)",
    "fbl_lookup_weight": "C.fbl_lookup_weight(d, nothing, d, 1, 0)",
    "fbl_add_product": "C.fbl_add_product(v, v, 1, nothing, v)",
    "fbl_linear": "C.fbl_linear(v, nothing, d, nil)",
    "fbl_linear_input": "C.fbl_linear_input(v, d, nothing, d)",
    "fbl_linear_weight": "C.fbl_linear_weight(d, nil, v, nothing, 1)",
    "fbl_unary_input": "C.fbl_unary_input(999, v, v, v)",
    "fbl_softmax": "C.fbl_softmax(v, nothing, 0)",
    "fbl_softmax_input": "C.fbl_softmax_input(v, nothing, v, 0)",
    "fbl_likelihood": "C.fbl_likelihood(v, v, nothing, v, nil, 0, 0)",
    "fbl_likelihood_input": "C.fbl_likelihood_input(v, v, nothing, v, nil, 0, 0)",
    "fbl_loss": "C.fbl_loss(0, v, v, nothing, nil, 0, 0)",
    "fbl_cross_entropy_input": "C.fbl_cross_entropy_input(v, v, nothing, 0)",
    "fbl_batch_norm": "C.fbl_batch_norm(v, nothing, statistics, 1, 0.1, 1e-5)",
    "fbl_batch_norm_backward": "C.fbl_batch_norm_backward(v, nil, nil, nothing, v, statistics, 1, 1, 1e-5)",
    "fbl_sequence": "C.fbl_sequence(nothing, C.FBL_RANGE, 0, 1)",
    "fbl_mode": "C.fbl_mode(d, d, d, 9)",
    "fbl_correlate": "C.fbl_correlate(out, cube, cube, 0, 0)",
    "fbl_eig": "C.fbl_eig(out, out, d)",
    "fbl_pstrf": "C.fbl_pstrf(out, out, d, 1, -1)",
    "fbl_call": "C.fbl_call(-1, 0, values, 8, values, count)",
    "fbl_random_fill": "C.fbl_random_fill(torch._gen, C.FBL_RANDOM_NORMAL, f, 0, -1)",
    "fbl_random_bernoulli": "C.fbl_random_bernoulli(torch._gen, f, v)",
    "fbl_randperm": "C.fbl_randperm(torch._gen, f, -1)",
    "fbl_multinomial": "C.fbl_multinomial(torch._gen, f, cube, 3, 0)",
    "fbl_alias_setup": "C.fbl_alias_setup(d, f, f)",
    "fbl_alias_draw": "C.fbl_alias_draw(torch._gen, f, void, void)",
}

PRELUDE = """
require 'torch'
local ffi = require 'ffi'
local C = require('bridge').C
local f, d, v = torch.FloatTensor(2, 3):zero(), torch.DoubleTensor(2, 3):zero(), torch.DoubleTensor(5):zero()
local s = torch.FloatStorage(4)
local void, cube = torch.DoubleTensor(), torch.DoubleTensor(2, 2, 2):fill(1)
local nothing, out = ffi.new('fbl_tensor'), ffi.new('fbl_tensor')
local buffer, number = ffi.new('int64_t[8]'), ffi.new('double[1]')
local count, values = ffi.new('int[1]'), ffi.new('fbl_value[8]')
local window, connections = ffi.new('fbl_window'), ffi.new('fbl_connections')
local statistics = ffi.new('fbl_batch_statistics')
for i = 0, 7 do buffer[i] = 1 end
"""


def throwing_entries() -> set[str]:
    """Names of the functions whose body starts with FBL_TRY, from the sources."""
    names: set[str] = set()
    for source in SOURCES.glob("*.cpp"):
        names |= set(re.findall(r"^int (fbl_\w+)\([^;{]*?\)\s*\{\s*FBL_TRY", source.read_text(), re.MULTILINE))
    return names


def test_every_throwing_entry_has_a_case() -> None:
    assert throwing_entries() == set(FAILING)


@pytest.mark.parametrize("entry", sorted(FAILING))
def test_throws_20000_times_in_a_compiled_loop(lua, entry: str) -> None:
    call = FAILING[entry]
    failures, message = lua.execute(
        PRELUDE
        + f"""
        local failures = 0
        for i = 1, 20000 do
          if {call} ~= 0 then failures = failures + 1 end
        end
        return failures, ffi.string(C.fbl_last_error())
        """
    )
    assert failures == 20000
    if entry not in ("fbl_get_at", "fbl_set_at"):  # these answer a status without a message
        assert message and "Exception raised from" not in message


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("t:select(3, 1)", "out of range"),
        ("t[9] = 1", "out of"),
        ("t:view(7)", "Wrong size for view"),
        ("torch.mm(t, t)", "size mismatch"),
        ("t:copy(torch.Tensor(7))", "inconsistent tensor size"),
        ("t:add(torch.Tensor(7))", "inconsistent tensor size"),
        ("torch.inexistent_function(t)", "attempt to call"),
        ("aten.tanh()", "argument 'self' is missing"),
        ("aten.tanh('a string')", "Tensor expected, got string"),
        ("aten.sum(t, t, t, t, t, t)", "at most"),
        ("aten.no_such_operator(t)", "PyTorch has no operator aten::no_such_operator"),
        ("aten['select.int'](t, 0.5, 0)", "argument 'dim': integer expected, got 0.5"),
    ],
)
def test_errors_arrive_in_pcall_with_the_line_of_the_script(lua, statement: str, message: str) -> None:
    caught, text = lua.execute(
        f"""
        require 'torch'
        local aten = require('bridge').aten
        local t = torch.Tensor(2, 3):zero()
        local caught, text = 0, nil
        for i = 1, 20000 do
          local ok, problem = pcall(function()
            {statement}
          end)
          if not ok then caught, text = caught + 1, problem end
        end
        return caught, text
        """,
        name="@script.lua",
    )
    assert caught == 20000
    assert message in text
    assert re.match(r"script\.lua:8: ", text), text
