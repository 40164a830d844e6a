"""Gradients of rows picked by their numbers (lookup.cpp)."""

from __future__ import annotations

import pytest

ROWS_IN_TURN = """
require 'nn'
local kind, width, threads = ...
torch.setdefaulttensortype(kind)
torch.manualSeed(3)
local before = torch.getnumthreads()
torch.setnumthreads(threads)
local count, rows = 3000, 200
local numbers = torch.LongTensor(count):random(1, rows)
local gradients = torch.randn(count, width)
local function layer()
  local m = nn.LookupTable(rows, width, 7)
  m.gradWeight:fill(0.1)
  return m
end
local together, in_turn = layer(), layer()
together:accGradParameters(numbers, gradients, 0.3)
for i = 1, count do
  in_turn:accGradParameters(numbers:narrow(1, i, 1), gradients:narrow(1, i, 1), 0.3)
end
torch.setnumthreads(before)
torch.setdefaulttensortype('torch.DoubleTensor')
return together.gradWeight:equal(in_turn.gradWeight), in_turn.gradWeight[7]:clone():add(-0.1):abs():max()
"""


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 37, 256])
@pytest.mark.parametrize("kind", ["torch.FloatTensor", "torch.DoubleTensor"])
def test_rows_together_have_the_bits_of_rows_in_turn(lua, kind: str, width: int, threads: int) -> None:
    equal, change_of_padding = lua.execute(ROWS_IN_TURN, kind, width, threads)
    assert equal
    assert change_of_padding < 1e-8


def test_a_number_without_a_row_leaves_the_gradient_as_it_was(lua) -> None:
    message, total = lua.execute(
        """
        require 'nn'
        local m = nn.LookupTable(10, 4)
        local numbers, gradients = torch.LongTensor { 1, 2, 11, 3 }, torch.ones(4, 4)
        local _, message = pcall(m.accGradParameters, m, numbers, gradients)
        return message, m.gradWeight:sum()
        """
    )
    assert "1 <= input <= 10" in message and "value: 11" in message
    assert total == 0
