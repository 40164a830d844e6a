"""How much faster two workers of the threads package are than one, on jobs of four kinds.

Loops in plain Lua, small tensors that stay, small tensors that come and go, and steps of a small network
(``threads.lua``); pools of one and of two threads take turns. Of each the best round counts: other processes only ever
make it slower. Passes when every kind is at least ``--least`` times faster with two workers.

    python benchmarks/threads.py [--jobs 24] [--rounds 5] [--least 1.7]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report

RUN = "import sys; from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().run(sys.argv[1], sys.argv[2:])"


def measure(jobs: int, rounds: int) -> dict[str, dict[int, float]]:
    """Kind → number of workers → seconds of the best round."""
    script = Path(__file__).with_suffix(".lua")
    command = [sys.executable, "-c", RUN, str(script), str(jobs), str(rounds)]
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    done = subprocess.run(command, check=True, env=environment, cwd=report.ROOT, stdout=subprocess.PIPE, text=True)
    seconds: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in done.stdout.splitlines():
        kind, workers, passed = line.split("\t")
        seconds[kind][int(workers)].append(float(passed))
    return {kind: {workers: min(times) for workers, times in of.items()} for kind, of in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--least", type=float, default=1.7)
    arguments = parser.parse_args()

    rows = {}
    for kind, best in measure(arguments.jobs, arguments.rounds).items():
        rows[kind] = {"one_worker_s": best[1], "two_workers_s": best[2], "speedup": round(best[1] / best[2], 2)}
        print(f"{kind:12s} one {best[1]:.3f} s, two {best[2]:.3f} s: {rows[kind]['speedup']:.2f} times faster")
    settings = {"jobs": arguments.jobs, "rounds": arguments.rounds, "least": arguments.least}
    report.write("threads", {**report.environment(), **settings, "kinds": rows})
    slow = [kind for kind, row in rows.items() if row["speedup"] < arguments.least]
    if slow:
        sys.exit(f"less than {arguments.least} times faster: {', '.join(slow)}")


if __name__ == "__main__":
    main()
