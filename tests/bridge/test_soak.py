"""A short soak: random operations, errors caught. ``make soak`` runs it for ten minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_random_operations_neither_crash_nor_grow() -> None:
    # In a process of its own, since a crash is what it looks for. Compiled code still grows in so short a time.
    script = "import json; from benchmarks.soak import soak; print(json.dumps(soak(20, seed=7, allow=64)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert result.returncode == 0, result.stderr[-2000:]
    report = json.loads(result.stdout)
    assert report["passed"], report["growth_mib"]
    assert report["calls"] > 5000 and report["errors_caught"] > 1000
    assert len(report["never_succeeded"]) < 10, report["never_succeeded"]


def test_growth_is_seen() -> None:
    from benchmarks.soak import MIB, growth

    assert growth([0, 100, *[200] * 8]) == 0
    assert growth([i * MIB for i in range(100)]) == 60 * MIB
