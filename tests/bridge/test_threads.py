"""Runtimes in different threads run in parallel: Lua holds no GIL."""

from __future__ import annotations

import os
import threading
import time

import pytest

from pytorch_fbcunn_compat import LuaRuntime

WORK = """
require 'torch'
torch.setnumthreads(1)
local t = torch.Tensor(200):fill(0.5)
return function(n)
  local total = 0
  for k = 1, n do
    for i = 1, 200 do total = total + t[i] end
    t:mul(0.999)
  end
  return total
end
"""


@pytest.mark.timing
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
def test_two_runtimes_in_two_threads_do_nearly_twice_the_work() -> None:
    works = [LuaRuntime().execute(WORK) for _ in range(2)]
    rounds = 150_000

    def seconds(functions: list) -> float:
        threads = [threading.Thread(target=f, args=(rounds,)) for f in functions]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - start

    seconds(works)  # compile
    # The best of several: other processes of the machine only ever make it slower.
    speedup = max(2 * seconds(works[:1]) / seconds(works) for _ in range(8))
    assert speedup >= 1.7
