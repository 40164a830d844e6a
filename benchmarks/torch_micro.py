"""Times torch's operations in Lua and sets them beside the real Torch7's figures.

Runs ``torch_micro.lua``, a script for any implementation of the Torch7 API (by default the one in ``../shared/bench``),
in this package's Lua host and writes ``benchmarks/results/torch_micro.json``: for every row our median and minimum, the
real one's best, and their ratio. On a busy machine the ratios say nothing: look at the row "empty loop" first.

    python benchmarks/torch_micro.py [--sections AB] [--threads 1] [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "bench"
RUN = "import sys; from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().run(sys.argv[1], sys.argv[2:])"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def reference(folder: Path) -> dict[str, float]:
    """Best of one thread of each row of ``torch7_cpu.md``: ns for operations, ms for the others."""
    rows = {}
    for line in (folder / "torch7_cpu.md").read_text().splitlines():
        if match := re.match(r"\| (.+?) \| ([0-9.]+) \|", line):
            rows[match[1]] = float(match[2])
    return rows


def measure(script: Path, sections: str, threads: int, quick: bool) -> dict[str, dict]:
    """Rows of the script: name → median, minimum, unit, percent of a core that other processes used meanwhile."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    # OpenBLAS picks the kernel of this processor, as it did for the reference.
    environment.pop("OPENBLAS_CORETYPE", None)
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "rows.tsv"
        options = ["-sections", sections, "-tsv", str(table), *(["-quick"] if quick else [])]
        subprocess.run([sys.executable, "-c", RUN, str(script), *options], check=True, env=environment, cwd=ROOT)
        rows = [line.split("\t") for line in table.read_text().splitlines()]
    return {
        name: {"median": float(median), "min": float(least), "unit": unit, "others_percent": float(others)}
        for name, median, least, unit, others in rows
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=SHARED, help="folder of torch_micro.lua and torch7_cpu.md")
    parser.add_argument("--sections", default="AB")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "torch_micro.json")
    arguments = parser.parse_args()

    import torch

    rows = measure(arguments.bench / "torch_micro.lua", arguments.sections, arguments.threads, arguments.quick)
    real = reference(arguments.bench)
    for name, row in rows.items():
        if name in real:
            row["torch7_best"] = real[name]
            row["ratio"] = round(row["min"] / real[name], 3)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    result = {
        "device": processor(),
        "threads": arguments.threads,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "commit": commit,
        "rows": rows,
    }
    arguments.out.write_text(json.dumps(result, indent=1) + "\n")
    slower = {name: row["ratio"] for name, row in rows.items() if row.get("ratio", 0) > 1}
    print(f"{len(rows)} rows, {len(slower)} slower than the real Torch7's best:")
    for name, ratio in sorted(slower.items(), key=lambda item: -item[1]):
        print(f"  {ratio:6.2f}  {name}")


if __name__ == "__main__":
    main()
