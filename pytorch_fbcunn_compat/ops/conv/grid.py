"""The cells of the paper's heat maps and some known layers, measured slice by slice into one file.

Results are JSON lines, one a cell; a cell measured already is skipped, so the grid fills in slices.

Source of the grid: Vasilache et al., arXiv:1412.7580.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import time
from collections.abc import Callable
from pathlib import Path

import torch

from . import measure

KERNELS = (3, 5, 7, 9, 11, 13)
SAMPLES = (1, 16, 64, 128)
PLANES = (1, 4, 16, 64, 96, 128, 256)
OUTPUTS = (1, 2, 4, 8, 16, 32, 64)

# name: (S, f, f', k, image)
LAYERS = {
    "L1": (128, 3, 96, 11, 128),
    "L2 (64 outputs)": (128, 64, 64, 9, 64),
    "L2 (128 outputs)": (128, 64, 128, 9, 64),
    "L3": (128, 128, 128, 9, 32),
    "L4": (128, 128, 128, 7, 16),
    "L5": (128, 384, 384, 3, 13),
    "31x31": (16, 32, 32, 31, 128),
    "63x63": (16, 32, 32, 63, 160),
    "128x128": (8, 16, 16, 128, 192),
    "AlexNet 2": (128, 64, 192, 5, 31),
    "AlexNet 3": (128, 192, 384, 3, 15),
    "AlexNet 4": (128, 384, 256, 3, 15),
    "AlexNet 5": (128, 256, 256, 3, 15),
    "OverFeat 2": (128, 96, 256, 5, 28),
    "OverFeat 3": (128, 256, 512, 3, 14),
    "OverFeat 4": (128, 512, 1024, 3, 14),
    "OverFeat 5": (128, 1024, 1024, 3, 14),
    "VGG-A 1": (64, 3, 64, 3, 226),
    "VGG-A 2": (64, 64, 128, 3, 114),
    "VGG-A 3": (64, 128, 256, 3, 58),
    "VGG-A 4": (64, 256, 256, 3, 58),
    "VGG-A 5": (64, 256, 512, 3, 30),
    "VGG-A 6": (64, 512, 512, 3, 30),
    "VGG-A 7": (64, 512, 512, 3, 16),
}


def is_target(s: int, f: int, g: int, k: int, y: int) -> bool:
    """Cells whose geometric mean the targets name."""
    return s in (16, 128) and f == g and f in (64, 128) and y >= 16 and k in (3, 5, 9, 13)


def is_corner(s: int, f: int, g: int, k: int, y: int) -> bool:
    return s in (1, 128) and f in (1, 256) and g in (1, 256) and y in (1, 64)


def work(s: int, f: int, g: int, k: int, y: int) -> int:
    return s * f * g * k * k * y * y


# Heavy cells where the original's largest ratios are looked for again.
HEADLINES = [(128, 256, 256, k, 64) for k in (13, 5, 3)]


def grid_order(seed: int = 0, heaviest: float = 1e12) -> list[tuple[int, int, int, int, int]]:
    """Every cell: the targets' and headlines first, then corners, then the rest at random, even over kernel sizes.

    Cells with more than ``heaviest`` multiplications come last.
    """
    cells = list(itertools.product(SAMPLES, PLANES, PLANES, KERNELS, OUTPUTS))
    random.Random(seed).shuffle(cells)
    cells.sort(key=lambda cell: 0 if is_target(*cell) else 1 if is_corner(*cell) else 2)
    position: dict[int, int] = {}
    keyed = []
    for cell in cells:
        first = is_target(*cell) or cell in HEADLINES
        slot = position[cell[3]] = position.get(cell[3], 0) + 1
        keyed.append((not first and work(*cell) > heaviest, not first, slot, cell))
    return [cell for *_, cell in sorted(keyed, key=lambda item: item[:3])]


def load(path: Path) -> dict[str, dict]:
    """Records of a result file by label; a line cut short by an interruption is dropped."""
    records = {}
    if path.exists():
        for line in path.read_text().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            records[record.get("name") or record["label"]] = record
    return records


def run(
    path: Path,
    minutes: float,
    which: str = "all",
    repeats: int = 5,
    say: Callable[[str], None] = print,
    again: bool = False,
) -> None:
    """Measures cells of a set ("targets", "grid", "layers", "all") that the file lacks, until the time is up.

    ``again``: cells that the file has from another commit too.
    """
    env, deadline = measure.environment(), time.monotonic() + 60 * minutes
    done = {name: record for name, record in load(path).items() if not again or record.get("environment") == env}
    todo: list[tuple[str | None, tuple[int, int, int, int, int]]] = []
    if which in ("layers", "all"):
        todo += [(name, (s, f, g, k, image - k + 1)) for name, (s, f, g, k, image) in LAYERS.items()]
    if which in ("targets", "grid", "all"):
        todo += [(None, cell) for cell in grid_order() if which != "targets" or is_target(*cell) or cell in HEADLINES]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        for name, (s, f, g, k, y) in todo:
            cell = measure.Cell(s, f, g, k, y)
            if (name or cell.label) in done:
                continue
            if time.monotonic() > deadline:
                say(f"time is up; {len(load(path))} cells in {path}")
                return
            started = time.monotonic()
            try:
                # More of cuDNN's likeliest algorithms where a target is judged, fewer elsewhere, for time.
                search = (10, 4) if name or is_target(s, f, g, k, y) else (3, 2)
                record = measure.measure(cell, repeats=repeats, search=search)
            except torch.OutOfMemoryError:
                torch.cuda.empty_cache()
                record = {"label": cell.label, "failed": "out of memory"}
            if name:
                record["name"] = name
            record["environment"] = env
            file.write(json.dumps(record) + "\n")
            file.flush()
            say(f"{name or '':18} {describe(record)}  [{time.monotonic() - started:.1f} s]")
            torch.cuda.empty_cache()


def describe(record: dict) -> str:
    """One line of a record."""
    if "failed" in record:
        return f"{record['label']}: {record['failed']}"
    parts = [f"{record['label']:32}"]
    for precision in ("fp32", "tf32"):
        if precision in record:
            r = record[precision]
            plans = r["ours"]["passes"]
            plan = plans["joint"] or "/".join(p.replace("fbfft_", "") for p in plans["plans"].values())
            error = max(r["ours"]["error"]) / max(r["cudnn"]["error"])
            parts.append(
                f"{precision} {r['cudnn']['ms']:8.3f} -> {r['ours']['ms']:7.3f} ms {r['speedup']:6.2f}x"
                f" err {max(r['ours']['error']):.1e} ({error:.1f}x) {plan:20}"
            )
    return "  ".join(parts)


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def speedup(record: dict, precision: str) -> float:
    return record[precision]["speedup"]


def _ratio(speedups: list[float]) -> str:
    return f"{geometric_mean(speedups):.2f}x" if speedups else "-"


def summary(records: dict[str, dict]) -> str:
    """The table of the targets, and the worst autotuned choice."""
    cells = [r for r in records.values() if "failed" not in r and "name" not in r]
    lines = ["k   cells  best fp32  best tf32   target cells  geomean fp32  geomean tf32"]
    for k in KERNELS:
        of_k = [r for r in cells if r["kernel"] == k]
        if not of_k:
            continue
        best = [max(speedup(r, p) for r in of_k) for p in ("fp32", "tf32")]
        targets = [
            r for r in of_k if is_target(r["samples"], r["in_planes"], r["out_planes"], r["kernel"], r["output"])
        ]
        means = [_ratio([speedup(r, p) for r in targets]) for p in ("fp32", "tf32")]
        lines.append(
            f"{k:<3} {len(of_k):5}  {best[0]:8.2f}x  {best[1]:8.2f}x  {len(targets):12}  {means[0]:>12} {means[1]:>13}"
        )
    for precision in ("fp32", "tf32"):
        if cells:
            worst = min(cells, key=lambda r: speedup(r, precision))
            slow = sum(speedup(r, precision) < 0.97 for r in cells)
            lines.append(
                f"slowest autotuned choice, {precision}: {speedup(worst, precision):.3f}x at {worst['label']};"
                f" {slow} of {len(cells)} cells below 0.97x"
            )
    for name, record in records.items():
        if "name" in record and "failed" not in record:
            lines.append(f"{name:18} fp32 {speedup(record, 'fp32'):7.2f}x   tf32 {speedup(record, 'tf32'):7.2f}x")
    return "\n".join(lines)
