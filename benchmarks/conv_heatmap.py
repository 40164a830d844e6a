"""Forward + gradInput + gradWeight of the autotuned convolution against the best of cuDNN, over the paper's grid.

    python benchmarks/conv_heatmap.py --minutes 5            # measure a slice, appended to the result file
    python benchmarks/conv_heatmap.py --set layers           # L1-L5, AlexNet, OverFeat, VGG-A, large kernels
    python benchmarks/conv_heatmap.py --draw                 # heat maps and the table of the targets

Results are JSON lines, one a cell; a cell measured already is skipped, so the grid fills in slices. The order is
seeded: first the cells of the targets, then corners of the grid, then the rest at random.

Source of the grid: Vasilache et al., arXiv:1412.7580.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import time
from pathlib import Path

KERNELS = (3, 5, 7, 9, 11, 13)
SAMPLES = (1, 16, 64, 128)
PLANES = (1, 4, 16, 64, 96, 128, 256)
OUTPUTS = (1, 2, 4, 8, 16, 32, 64)
HERE = Path(__file__).resolve().parent

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


def run(path: Path, minutes: float, which: str, repeats: int) -> None:
    import torch

    from pytorch_fbcunn_compat.ops.conv import measure

    done, env, deadline = load(path), measure.environment(), time.monotonic() + 60 * minutes
    todo: list[tuple[str | None, tuple[int, int, int, int, int]]] = []
    if which in ("layers", "all"):
        todo += [(name, (s, f, g, k, image - k + 1)) for name, (s, f, g, k, image) in LAYERS.items()]
    if which in ("targets", "grid", "all"):
        todo += [(None, cell) for cell in grid_order() if which != "targets" or is_target(*cell)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        for name, (s, f, g, k, y) in todo:
            cell = measure.Cell(s, f, g, k, y)
            if (name or cell.label) in done:
                continue
            if time.monotonic() > deadline:
                print(f"time is up; {len(load(path))} cells in {path}")
                return
            started = time.monotonic()
            try:
                # cuDNN's fuller search where a target is judged; its likeliest algorithms elsewhere, for time.
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
            print(f"{name or '':18} {describe(record)}  [{time.monotonic() - started:.1f} s]", flush=True)
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
        means = [
            geometric_mean([speedup(r, p) for r in targets]) if targets else float("nan") for p in ("fp32", "tf32")
        ]
        lines.append(
            f"{k:<3} {len(of_k):5}  {best[0]:8.2f}x  {best[1]:8.2f}x  {len(targets):12}"
            f"  {means[0]:11.2f}x {means[1]:12.2f}x"
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


def draw(path: Path, folder: Path) -> None:
    """Heat maps like the original's: one for each kernel size, problem size against output size."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import TwoSlopeNorm

    records = [r for r in load(path).values() if "failed" not in r and "name" not in r]
    folder.mkdir(parents=True, exist_ok=True)
    for precision in ("fp32", "tf32"):
        for k in KERNELS:
            cells: dict[tuple[int, int], list[float]] = {}
            for r in records:
                if r["kernel"] == k:
                    size = r["samples"] * r["in_planes"] * r["out_planes"]
                    cells.setdefault((size, r["output"]), []).append(speedup(r, precision))
            if not cells:
                continue
            sizes = sorted({size for size, _ in cells})
            figure, axes = plt.subplots(figsize=(5.5, 2 + 0.16 * len(sizes)))
            grid = [
                [math.log2(geometric_mean(cells[size, y])) if (size, y) in cells else math.nan for y in OUTPUTS]
                for size in sizes
            ]
            shown = axes.imshow(grid, aspect="auto", origin="lower", cmap="RdYlGn", norm=TwoSlopeNorm(0, -3, 5))
            axes.set_xticks(range(len(OUTPUTS)), OUTPUTS)
            axes.set_yticks(range(len(sizes)), [str(size) for size in sizes], fontsize=6)
            axes.set_xlabel("output height and width")
            axes.set_ylabel("problem size S·f·f'")
            name = records[0]["environment"]["device"]
            axes.set_title(
                f"{k}×{k}, {precision}: speed-up over the best cuDNN\n{name}, {len(cells)} cells", fontsize=9
            )
            bar = figure.colorbar(shown, ticks=range(-3, 6))
            bar.ax.set_yticklabels([f"{2.0**t:g}×" for t in range(-3, 6)])
            figure.tight_layout()
            figure.savefig(folder / f"conv_heatmap_{k}x{k}_{precision}.png", dpi=110)
            plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="stop starting cells after this long")
    parser.add_argument("--set", choices=("targets", "grid", "layers", "all"), default="all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "conv_heatmap.jsonl")
    parser.add_argument("--draw", action="store_true", help="draw the maps and print the summary; measures nothing")
    arguments = parser.parse_args()
    if arguments.draw:
        draw(arguments.results, arguments.results.parent)
    else:
        run(arguments.results, arguments.minutes, arguments.set, arguments.repeats)
    print(summary(load(arguments.results)))


if __name__ == "__main__":
    main()
