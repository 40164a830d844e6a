"""Sizes that no memory holds, and results that cannot be returned, leave every tensor as it was."""

from __future__ import annotations

import pytest

HUGE = "torch.LongStorage{94171046176667, 145}"


@pytest.mark.parametrize(
    "statement",
    [
        f"t:resize({HUGE})",
        f"torch.zeros(t, {HUGE})",
        f"t:rand({HUGE})",
        f"t:set(t:storage(), 1, {HUGE})",
        "t:set(t:storage(), 1, torch.LongStorage{3, 3}, torch.LongStorage{2^60, 1})",
        "t:set(t:storage(), 1, torch.LongStorage{2^40, 2^40})",
        "t:resize(2^40, 2^40)",
        "torch.DoubleTensor(2^62 + 1024)",
        "torch.DoubleTensor(2^31, 2^31, 4)",
        "aten['cat.out']({aten.expand(torch.DoubleTensor(4), {2^44, 4})}, 0, t)",
        "torch.repeatTensor(t, 2^44, 1)",
    ],
)
def test_a_size_no_memory_holds_is_refused_and_leaves_the_tensor_alone(lua, statement: str) -> None:
    first, second, message, sizes, total = lua.execute(
        f"""
        require 'torch'
        local aten = require('bridge').aten
        local t = torch.DoubleTensor{{1, 2, 3, 4}}
        local first = pcall(function() {statement} end)
        local second, message = pcall(function() {statement} end)
        return first, second, message, t:nElement(), t:nElement() > 0 and t:sum()
        """
    )
    assert (first, second) == (False, False), message
    assert "not enough memory" in message or "larger than any memory" in message or "overflow" in message, message
    # ATen has changed the shape of a result when it fails; what does not fit its memory is emptied.
    assert (sizes, total) in [(4, 10), (0, False)]


def test_not_enough_memory_is_said_in_torch7s_words(lua) -> None:
    message = lua.execute("require 'torch'; local ok, message = pcall(torch.FloatTensor, 2^46) return message")
    _, _, message = message.partition(": ")
    assert message == "$ Torch: not enough memory: you tried to allocate 262144GB. Buy new RAM!"


def test_results_before_one_that_cannot_be_returned_are_given_up(lua) -> None:
    before, after, message = lua.execute(
        """
        require 'torch'
        local bridge = require 'bridge'
        local aten, memory = bridge.aten, bridge.memory
        local t, message = torch.rand(200, 200), nil
        local function fail() -- real eigenvalues would be returned, complex vectors are not
          local ok, text = pcall(aten.linalg_eig, t)
          assert(not ok)
          message = text
        end
        fail()
        memory.collect()
        local before = memory.state()
        for i = 1, 3 do fail() end
        memory.collect()
        return before, memory.state(), message
        """
    )[:3]
    assert before == after
    assert "no tensor of element type ComplexDouble" in message


@pytest.mark.parametrize("value", ["0/0", "1/0"])
def test_eig_refuses_what_would_upset_lapack(lua, value: str) -> None:
    message = lua.execute(
        f"require 'torch'; local t = torch.eye(5); t[2][3] = {value}; "
        "local ok, message = pcall(torch.eig, t, 'V') return message"
    )
    assert "NaN or infinity" in message
