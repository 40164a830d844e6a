"""Time to load .t7 files: this reader, our Lua torch.load, PyPI's torchfile (if installed), NumPy for raw data.

    python benchmarks/t7_load.py

All sides run in one process, interleaved; median, smallest and largest of the runs, in milliseconds, go to
``benchmarks/results/t7_load.json``. The real Torch7 took, on another two-core machine: 443 ms for the small tables,
137 ms for the small tensors, 11.7 ms for the model, 86 ms for the 200 MB tensor.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import environment, write  # noqa: E402
from pytorch_fbcunn_compat import LuaRuntime  # noqa: E402
from pytorch_fbcunn_compat.port import to_module  # noqa: E402
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject, load, save  # noqa: E402

REPETITIONS = 9


def double(*size: int) -> torch.Tensor:
    return torch.randn(*size, dtype=torch.float64)


def module(typename: str, **fields: Any) -> TorchObject:
    common = {"_type": "torch.DoubleTensor", "output": double(0), "gradInput": double(0)}
    return TorchObject(typename, 1, common | fields)


def model_of_400() -> TorchObject:
    modules = []
    for _ in range(200):
        weights = {"weight": double(10, 10), "bias": double(10), "gradWeight": double(10, 10), "gradBias": double(10)}
        modules += [module("nn.Linear", **weights), module("nn.Tanh")]
    return module("nn.Sequential", modules=LuaTable.from_list(modules))


def contents() -> dict[str, Any]:
    return {
        "100,000 tables {number, string}": [[i, f"s{i}"] for i in range(1, 100_001)],
        "20,000 tensors of 10 doubles": [double(10) for _ in range(20_000)],
        "model of 400 modules": model_of_400(),
        "200 MB float tensor": torch.ones(50_000_000),
    }


def sides(name: str, path: Path, lua: LuaRuntime) -> dict[str, Callable[[], Any]]:
    read_lua = lua.eval("function(path) torch.load(path) end")
    found = {"load": lambda: load(path), "Lua torch.load": lambda: lua.call(read_lua, str(path))}
    if name.startswith("model"):
        found["load and build the torch.nn.Module"] = lambda: to_module(load(path))
    if "MB" in name:
        offset = path.stat().st_size - 200_000_000
        found["load(mmap=False)"] = lambda: load(path, mmap=False)
        found["numpy.fromfile"] = lambda: np.fromfile(path, np.float32, 50_000_000, offset=offset)
    try:
        import torchfile
    except ImportError:
        pass
    else:
        found["torchfile"] = lambda: torchfile.load(str(path))
    return found


def measure(calls: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    times: dict[str, list[float]] = {name: [] for name in calls}
    failed: dict[str, Any] = {}
    for name in list(calls):
        try:
            calls[name]()
        except Exception as error:  # torchfile with a current Python or NumPy
            failed[name] = f"{type(error).__name__}: {error}"
            del calls[name], times[name]
    for _ in range(REPETITIONS):
        for name, call in calls.items():
            gc.collect()
            start = time.perf_counter()
            result = call()
            times[name].append((time.perf_counter() - start) * 1e3)
            del result
    return {
        name: {"median": round(statistics.median(runs), 3), "min": round(min(runs), 3), "max": round(max(runs), 3)}
        for name, runs in times.items()
    } | failed


def main() -> None:
    lua = LuaRuntime()
    lua.execute("require 'nn'")
    report: dict[str, Any] = {"environment": environment(), "unit": "milliseconds"}
    with tempfile.TemporaryDirectory() as folder:
        for name, value in contents().items():
            path = Path(folder) / "file.t7"
            save(path, value)
            report[name] = {"bytes": path.stat().st_size} | measure(sides(name, path, lua))
            print(name, json.dumps(report[name], indent=2), flush=True)
    print(write("t7_load", report))


if __name__ == "__main__":
    main()
