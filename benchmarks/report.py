"""What every benchmark's result carries, and where it is written."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


def environment() -> dict[str, Any]:
    """Processor, versions, commit and load that the numbers belong to."""
    models = [line.partition(":")[2] for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"], capture_output=True, text=True).stdout.strip()
    return {
        "processor": f"{len(models)} x {models[0].strip()}" if models else platform.machine(),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("torch", "numpy", "lupa")},
        "commit": commit + (" with changes" if changed else ""),
    }


def write(name: str, report: dict[str, Any]) -> Path:
    """Writes ``benchmarks/results/NAME.json`` and returns its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    sibling = path.with_suffix(".json.new")
    sibling.write_text(json.dumps(report, indent=2) + "\n")
    sibling.replace(path)
    return path
