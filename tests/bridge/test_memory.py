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
