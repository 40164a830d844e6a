"""Times torch's operations in Lua and sets them beside the real Torch7's figures.

Runs ``torch_micro.lua``, a script for any implementation of the Torch7 API (by default the one in ``../shared/bench``),
in this package's Lua host with one thread and with two, and writes ``benchmarks/results/torch_micro.json``: for every
number of threads and row our median and minimum, the real one's best with as many threads, its best with any, and the
ratio of our minimum to each. Rows measured before are kept, so that sections can be measured one at a time; each says
which commit it belongs to. The real one's figures are bests of several runs; with --again the faster of this run and
the ones before counts. On a busy machine the ratios say nothing: look at "others_percent", and at the row "empty loop".

    python benchmarks/torch_micro.py [--sections ABCD] [--threads 1 2] [--only PATTERN] [--quick] [--again] [--wait 5]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "bench"
RUN = "import sys; from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().run(sys.argv[1], sys.argv[2:])"


# The columns of torch7_cpu.md that hold bests, by the number of threads.
BEST_COLUMNS = {1: 1, 2: 3}


def reference(folder: Path) -> dict[str, dict[int, float]]:
    """Bests of each row of ``torch7_cpu.md`` by the number of threads: ns for operations, ms for the others."""
    rows = {}
    for line in (folder / "torch7_cpu.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > 3 and re.fullmatch(r"[0-9.]+", cells[1]):
            rows[cells[0]] = {threads: float(cells[column]) for threads, column in BEST_COLUMNS.items()}
    return rows


def measure(script: Path, options: list[str], threads: int) -> dict[str, dict[str, Any]]:
    """Rows of the script: name → median, minimum, unit, percent of a core that other processes used meanwhile."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    # OpenBLAS picks the kernel of this processor, as it did for the reference.
    environment.pop("OPENBLAS_CORETYPE", None)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows.tsv"
        environment["BENCH_TMP"] = folder
        command = [sys.executable, "-c", RUN, str(script), *options, "-tsv", str(table)]
        subprocess.run(command, check=True, env=environment, cwd=ROOT)
        rows = [line.split("\t") for line in table.read_text().splitlines()]
    return {
        name: {"median": float(median), "min": float(least), "unit": unit.split()[0], "others_percent": float(others)}
        for name, median, least, unit, others in rows
    }


def compare(row: dict[str, Any], real: dict[int, float], threads: int) -> None:
    """Adds the real one's bests to a row and the ratios to them."""
    row["torch7_best"] = real.get(threads)
    row["ratio"] = round(row["min"] / real[threads], 3) if threads in real else None
    row["torch7_best_any"] = min(real.values())
    row["ratio_any"] = round(row["min"] / min(real.values()), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=SHARED, help="folder of torch_micro.lua and torch7_cpu.md")
    parser.add_argument("--sections", default="ABCD")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", help="Lua pattern that names of rows must contain")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", action="store_true", help="keep rows of earlier runs that were faster")
    parser.add_argument("--wait", type=float, default=0, help="seconds to wait at most for other processes")
    arguments = parser.parse_args()

    path = report.RESULTS / "torch_micro.json"
    found = json.loads(path.read_text())["threads"] if path.is_file() else {}
    real = reference(arguments.bench)
    options = ["-sections", arguments.sections, *(["-quick"] if arguments.quick else [])]
    if arguments.wait > 0:
        options += ["-wait", str(arguments.wait)]
    if arguments.only is not None:
        options += ["-only", arguments.only]
    environment = report.environment()
    for threads in arguments.threads:
        rows = measure(arguments.bench / "torch_micro.lua", options, threads)
        for name, row in rows.items():
            row["commit"] = environment["commit"]
            if name in real:
                compare(row, real[name], threads)
        known = found.setdefault(str(threads), {})
        for name, row in rows.items():
            if not (arguments.again and name in known and known[name]["min"] <= row["min"]):
                known[name] = row
        slower = {name: row["ratio"] for name, row in rows.items() if (row.get("ratio") or 0) > 1}
        print(f"{threads} threads: {len(rows)} rows, {len(slower)} slower than the real Torch7's best:")
        for name, ratio in sorted(slower.items(), key=lambda item: -item[1]):
            print(f"  {ratio:6.2f}  {name}")
    report.write("torch_micro", {**environment, "threads": found})


if __name__ == "__main__":
    main()
