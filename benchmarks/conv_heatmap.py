"""Forward + gradInput + gradWeight of the autotuned convolution against the best of cuDNN, over the paper's grid.

python benchmarks/conv_heatmap.py --minutes 5            # measure a slice, appended to the result file
python benchmarks/conv_heatmap.py --set layers           # L1-L5, AlexNet, OverFeat, VGG-A, large kernels
python benchmarks/conv_heatmap.py --draw                 # heat maps and the table of the targets
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from pytorch_fbcunn_compat.ops.conv import grid

HERE = Path(__file__).resolve().parent


def draw(path: Path, folder: Path) -> None:
    """Heat maps like the original's: one for each kernel size, problem size against output size."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.colors import TwoSlopeNorm

    records = [r for r in grid.load(path).values() if "failed" not in r and "name" not in r]
    folder.mkdir(parents=True, exist_ok=True)
    for precision in ("fp32", "tf32"):
        for k in grid.KERNELS:
            cells: dict[tuple[int, int], list[float]] = {}
            for r in records:
                if r["kernel"] == k:
                    size = r["samples"] * r["in_planes"] * r["out_planes"]
                    cells.setdefault((size, r["output"]), []).append(grid.speedup(r, precision))
            if not cells:
                continue
            sizes = sorted({size for size, _ in cells})
            figure, axes = plt.subplots(figsize=(5.5, 2 + 0.16 * len(sizes)))
            rows = [
                [
                    math.log2(grid.geometric_mean(cells[size, y])) if (size, y) in cells else math.nan
                    for y in grid.OUTPUTS
                ]
                for size in sizes
            ]
            shown = axes.imshow(rows, aspect="auto", origin="lower", cmap="RdYlGn", norm=TwoSlopeNorm(0, -3, 5))
            axes.set_xticks(range(len(grid.OUTPUTS)), grid.OUTPUTS)
            axes.set_yticks(range(len(sizes)), [str(size) for size in sizes], fontsize=6)
            axes.set_xlabel("output height and width")
            axes.set_ylabel("problem size S·f·f'")
            name = records[0]["environment"]["device"]
            axes.set_title(
                f"{k}×{k}, {precision}: speed-up over the best cuDNN\n{name}, {sum(map(len, cells.values()))} cells",
                fontsize=9,
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
    parser.add_argument("--again", action="store_true", help="also cells measured at another commit")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "conv_heatmap.jsonl")
    parser.add_argument("--draw", action="store_true", help="draw the maps and print the summary; measures nothing")
    arguments = parser.parse_args()
    if arguments.draw:
        draw(arguments.results, arguments.results.parent)
    else:
        grid.run(arguments.results, arguments.minutes, arguments.set, arguments.repeats, again=arguments.again)
    print(grid.summary(grid.load(arguments.results)))


if __name__ == "__main__":
    main()
