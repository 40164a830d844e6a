"""How much faster two workers of the threads package are than one, on jobs of four kinds.

Loops in plain Lua, small tensors that stay, small tensors that come and go, and steps of a small network
(``threads.lua``). In turns: a pool of one thread, a pool of two, and two processes with a pool of one thread and half
of the jobs each. What the two processes reach is what the machine gives two programs that share nothing: cores of a
virtual machine may be halves of one real core, at times. Of each the best round counts, as other programs only ever
make it slower. Passes when two workers are ``--least`` times faster than one, or as many halves of what the processes
reach (1.7: 85 percent).

    python benchmarks/threads.py [--jobs 6] [--rounds 40] [--least 1.7]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report

RUN = "import sys; from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().run(sys.argv[1])"
KINDS = ("lua", "tensor", "temporaries", "network")


class Server:
    """A process that runs jobs in pools of threads and answers the seconds they took."""

    def __init__(self) -> None:
        script = Path(__file__).with_suffix(".lua")
        self._process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(script)],
            env={**os.environ, "OMP_NUM_THREADS": "2"},
            cwd=report.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, kind: str, workers: int, jobs: int) -> None:
        self._process.stdin.write(f"{kind} {workers} {jobs}\n")
        self._process.stdin.flush()

    def seconds(self) -> float:
        return float(self._process.stdout.readline())

    def end(self) -> None:
        self._process.stdin.close()
        if self._process.wait() != 0:
            raise subprocess.CalledProcessError(self._process.returncode, "threads.lua")


def run(servers: list[Server], kind: str, workers: int, jobs: int) -> float:
    """Seconds until each of the servers has done so many jobs."""
    for server in servers:
        server.start(kind, workers, jobs)
    return max(server.seconds() for server in servers)


def measure(kind: str, jobs: int, rounds: int, servers: list[Server]) -> dict[str, float]:
    """Seconds of the best rounds of a kind, and how many times faster than one worker that is."""
    one, two, apart = [], [], []
    # The first round is there for the pools to be made.
    for _ in range(rounds + 1):
        one.append(run(servers[:1], kind, 1, jobs))
        two.append(run(servers[:1], kind, 2, jobs))
        apart.append(run(servers, kind, 1, jobs // 2))
    best = [min(times[1:]) for times in (one, two, apart)]
    return {
        "one_worker_s": best[0],
        "two_workers_s": best[1],
        "two_processes_s": best[2],
        "speedup": round(best[0] / best[1], 2),
        "speedup_of_processes": round(best[0] / best[2], 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=6, help="an even number")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--least", type=float, default=1.7)
    arguments = parser.parse_args()

    servers = [Server(), Server()]
    rows = {}
    for kind in KINDS:
        row = rows[kind] = measure(kind, arguments.jobs, arguments.rounds, servers)
        print(
            f"{kind:12s} one {row['one_worker_s']:.3f} s, two {row['two_workers_s']:.3f} s: {row['speedup']:.2f} times "
            f"faster; two processes {row['two_processes_s']:.3f} s: {row['speedup_of_processes']:.2f} times",
            flush=True,
        )
    for server in servers:
        server.end()
    settings = {"jobs": arguments.jobs, "rounds": arguments.rounds, "least": arguments.least}
    report.write("threads", {**report.environment(), **settings, "kinds": rows})
    slow = [
        kind
        for kind, row in rows.items()
        if row["speedup"] < min(arguments.least, arguments.least / 2 * row["speedup_of_processes"])
    ]
    if slow:
        sys.exit(f"less than {arguments.least} times faster: {', '.join(slow)}")


if __name__ == "__main__":
    main()
