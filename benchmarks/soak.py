"""Random operations for minutes, their errors caught; passes when the process lives and its memory stays flat.

Operations are taken from torch's table of functions and from views, indexing, storages, callbacks and files
(``soak.lua``). Every half second everything unreachable is collected and the resident memory is read.

Memory is flat when the median of the last fifth of the samples lies no more than ``--allow`` MiB over the median of
the second fifth: the first fifth compiles code and grows tables. Losing one tensor header in a hundred calls for ten
minutes costs more than that. Lua's own heap and the bridge's count of tensor bytes are held to the same.

    python benchmarks/soak.py [--seconds 600] [--seed 1] [--allow 16]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report

MIB = 2**20
SLICE = 0.5


def resident() -> int:
    """Bytes of this process in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def growth(samples: list[float]) -> float:
    """Median of the last fifth less that of the second fifth."""
    fifth = max(1, len(samples) // 5)
    return statistics.median(samples[-fifth:]) - statistics.median(samples[fifth : 2 * fifth])


def soak(seconds: float, seed: int, allow: float) -> dict:
    """Runs the operations; the report, with ``passed``."""
    from pytorch_fbcunn_compat import LuaRuntime

    lua = LuaRuntime(encoding="latin-1")
    with tempfile.TemporaryDirectory() as folder:
        operations = lua.globals["dofile"](str(Path(__file__).with_suffix(".lua")))
        operations["start"](seed, str(Path(folder) / "tensor.t7"))
        names = operations["names"]()
        samples: dict[str, list[float]] = {"resident": [], "lua": [], "tensors": []}
        stop = time.monotonic() + seconds
        calls = failed = 0
        while time.monotonic() < stop:
            calls, failed, lua_bytes, tensor_bytes = operations["run"](SLICE)
            for name, value in (("resident", resident()), ("lua", lua_bytes), ("tensors", tensor_bytes)):
                samples[name].append(value)
        never = operations["never"]()
    grown = {name: round(growth(values) / MIB, 2) for name, values in samples.items()}
    every = max(1, len(samples["resident"]) // 60)
    return {
        "passed": all(value <= allow for value in grown.values()),
        "criterion": f"no growth over {allow} MiB from the median of the second fifth to that of the last fifth",
        "growth_mib": grown,
        "seconds": seconds,
        "seed": seed,
        "calls": int(calls),
        "errors_caught": int(failed),
        "operations": int(names),
        "never_succeeded": never.splitlines(),
        "resident_mib": [round(value / MIB, 1) for value in samples["resident"][::every]],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--allow", type=float, default=16, help="MiB that memory may grow")
    arguments = parser.parse_args()
    found = soak(arguments.seconds, arguments.seed, arguments.allow)
    path = report.write("soak", {**found, "environment": report.environment()})
    print(f"{found['calls']:,} calls of {found['operations']} operations, {found['errors_caught']:,} errors caught")
    print(", ".join(f"{name} {value:+.2f} MiB" for name, value in found["growth_mib"].items()))
    for line in found["never_succeeded"]:
        print(f"never succeeded: {line}")
    print(f"{'passed' if found['passed'] else 'FAILED'}: {found['criterion']}; {path}")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
