"""No function of torch keeps memory: the C heap and the bridge's own count are the same after many calls."""

from __future__ import annotations

import ctypes
import os
import sys

import numpy as np
import pytest

from .function_table import TABLE
from .test_functions import FORMS, operands

CALLS = 200
# A lost tensor is 200 bytes a call, the smallest block of the heap 32.
ALLOWED = CALLS * 16

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks glibc for the size of its heap"),
    pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="glibc's heap is not in use under AddressSanitizer"),
]


class _Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "used", "free", "keepcost")
    ]


def heap_in_use() -> int:
    """Bytes handed out by malloc and not freed, of all threads, without Python's and LuaJIT's objects."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    found = mallinfo()
    return found.used + found.hblkhd


REPEAT = """
local body, calls, a, b, c, i = ...
local run = assert(loadstring('local a, b, c, i = ... ' .. body))
local memory = require('bridge').memory
for _ = 1, calls do run(a, b, c, i) end
memory.trim()
return (memory.state())
"""


def check(lua, body: str, *values: object) -> None:
    """Fails when ``CALLS`` calls leave memory behind every time; tables that grow by doubling do so once."""
    lua.execute(REPEAT, body, 20, *values)
    growth = []
    for _ in range(5):
        counted, heap = lua.execute(REPEAT, body, 1, *values), heap_in_use()
        # A count that fell is what compiled code of earlier calls kept alive.
        assert lua.execute(REPEAT, body, CALLS, *values) <= counted, f"{body} changes the bridge's count of bytes"
        growth.append(heap_in_use() - heap)
        if growth[-1] <= ALLOWED:
            return
    raise AssertionError(f"{CALLS} calls of {body} leave {growth} bytes on the heap")


@pytest.mark.parametrize(
    ("lost", "message"), [("torch.DoubleTensor(2)", "the bridge's count"), ("a:t()", "on the heap")]
)
def test_lost_tensors_are_noticed(lua, lost: str, message: str) -> None:
    import torch

    with pytest.raises(AssertionError, match=message):
        check(lua, f"require('ffi').gc({lost}, nil)", torch.rand(4, 5))


@pytest.mark.parametrize("name", sorted(TABLE))
def test_calls_leave_nothing_behind(lua, name: str) -> None:
    for row in TABLE[name]:
        kind = row.types[-1]
        rest = row.arguments.split(", ", 1)[1] if ", " in row.arguments else ""
        made = operands(row, kind, False, np.random.default_rng(1))
        for letter in row.forms:
            body = FORMS[letter][0].format(
                name=name, arguments=row.arguments, rest=rest, rest_after=rest and ", " + rest
            )
            check(lua, body, *[made.get(key) for key in "abci"])


@pytest.mark.parametrize(
    "body",
    [
        "torch.mm(torch.Tensor(2, 3), torch.Tensor(2, 3))",
        "torch.Tensor(5):add(torch.Tensor(7))",
        "torch.Tensor(2, 3):select(3, 1)",
        "torch.cat(torch.Tensor(2, 3), torch.Tensor(3, 2), 1)",
        "require('bridge').aten.tanh('a string')",
        "require('bridge').aten.cat({torch.Tensor(2), torch.Tensor(2, 2)}, 0)",
        "torch.svd(torch.Tensor(5))",
        "torch.Tensor(torch.DoubleStorage(4), 0, torch.LongStorage{3})",
    ],
)
def test_calls_that_fail_leave_nothing_behind(lua, body: str) -> None:
    guarded = f"local ok = pcall(function() return {body} end) assert(not ok)"
    check(lua, guarded)


@pytest.mark.parametrize(
    "body",
    [
        "a:storage() a:clone():storage():resize(100)",
        "a:select(1, 1):narrow(1, 1, 2) a:t() a[{{1, 2}, 3}] = 4",
        "a:index(1, torch.LongTensor{1, 2}) a:maskedSelect(a:gt(0))",
        "torch.deserialize(torch.serialize(a))",
        "torch.svd(a) torch.qr(a) torch.inverse(torch.eye(4))",
        "require('bridge').aten.cat({a, a}, 1); require('bridge').aten['split.Tensor'](a, 2)",
        "a:float():long():byte():half():double()",
        "torch.Generator() torch.Timer() tostring(a)",
        "a:clone():apply(function(x) return x + 1 end)",
        "local f = torch.MemoryFile() f:writeDouble(3) f:close()",
    ],
)
def test_statements_leave_nothing_behind(lua, body: str) -> None:
    import torch

    check(lua, body, torch.rand(4, 5, dtype=torch.float64))
