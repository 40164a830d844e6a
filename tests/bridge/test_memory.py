"""Tensor memory is charged to the Lua collector, which sees 24 bytes a tensor."""

from __future__ import annotations

import subprocess
import sys

TEMPORARIES = """
import resource
from pytorch_fbcunn_compat import LuaRuntime

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

lua = LuaRuntime()
lua.execute("require 'torch'; x = torch.FloatTensor(1024, 1024):fill(1); local y = x + 1")
before = peak()  # a CUDA build of torch takes hundreds of megabytes
lua.execute('''
local x = x
for i = 1, 3000 do {statement} end
''')
print(peak() - before)
"""


def megabytes_more(statement: str) -> int:
    result = subprocess.run(
        [sys.executable, "-c", TEMPORARIES.format(statement=statement)], capture_output=True, text=True, check=True
    )
    return int(result.stdout)


def test_three_thousand_temporaries_of_4_mb_take_less_than_570_mb() -> None:
    for statement in (
        "local y = x + 1",
        "local y = x:clone()",
        "local y = torch.FloatTensor(1024, 1024)",
        "local y = torch.exp(x)",
    ):
        assert megabytes_more(statement) < 570, statement


def test_results_of_operators_by_name_are_charged_too() -> None:
    assert megabytes_more("local y = require('bridge').aten.neg(x)") < 570


def test_charges_return_to_where_they_were(lua) -> None:
    before, during, after = lua.execute(
        """
        require 'torch'
        local memory = require('bridge').memory
        collectgarbage(); collectgarbage()
        local before = memory.state()
        local t = torch.FloatTensor(1000, 1000)
        local view, resized = t:t(), torch.ByteTensor()
        resized:resize(500)
        resized:resize(2000000)
        local during = memory.state()
        t, view, resized = nil, nil, nil
        collectgarbage(); collectgarbage()
        return before, during, (memory.state())
        """
    )
    assert during - before == 4_000_000 + 2_000_000
    assert after == before


def test_views_are_collected_by_their_number(lua) -> None:
    heap, most = lua.execute(
        """
        require 'torch'
        local bridge = require 'bridge'
        local m, most = torch.randn(10, 10), 0
        local makers = {
          function() return m:select(1, 3) end, function() return m[3] end, function() return m:narrow(1, 2, 5) end,
          function() return m:t() end, function() return m:view(-1) end, function() return m[{ { 2, 3 }, {} }] end,
          function() return torch.Tensor(m) end, function() return m:storage() end, function() return m:size() end,
          function() return m:unfold(1, 2, 1) end,
        }
        collectgarbage()
        local before = collectgarbage('count')
        local heap = 0
        for _, make in ipairs(makers) do
          for i = 1, 50000 do make() end
          heap = math.max(heap, collectgarbage('count') - before)
          local state = bridge.C.fbl_memory()
          most = math.max(most, state.handles / state.handle_limit)
        end
        return heap, most
        """
    )
    assert most <= 1
    assert heap < 4096
