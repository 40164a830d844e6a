"""Seconds that a first training step with a new size takes: choosing how to compute it.

python benchmarks/conv_tuning.py            # writes benchmarks/results/conv_tuning.json
"""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
# S, f, f', k, image
SIZES = [
    (16, 64, 64, 3, 34),
    (128, 128, 128, 3, 18),
    (16, 128, 128, 5, 36),
    (128, 64, 128, 9, 64),
    (128, 128, 128, 9, 32),
    (128, 128, 128, 7, 16),
    (128, 384, 384, 3, 13),
    (128, 128, 128, 13, 76),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "conv_tuning.json")
    arguments = parser.parse_args()
    os.environ["FBCUNN_TUNE_CACHE"] = ""  # in memory only: every size is new

    import torch

    from pytorch_fbcunn_compat.nn import Conv2dFFT
    from pytorch_fbcunn_compat.ops.conv import measure

    def step(module: torch.nn.Module, x: torch.Tensor) -> float:
        torch.cuda.synchronize()
        started = time.perf_counter()
        y = module(x)
        torch.autograd.grad(y, (x, module.weight), torch.ones_like(y))
        torch.cuda.synchronize()
        return time.perf_counter() - started

    warm = Conv2dFFT(4, 4, 3).cuda()
    step(warm, torch.randn(2, 4, 9, 9, device="cuda", requires_grad=True))  # libraries are loaded
    records = []
    for precision in ("fp32", "tf32"):
        for s, f, g, k, image in SIZES:
            module = Conv2dFFT(f, g, k, precision=precision).cuda()
            x = torch.randn(s, f, image, image, device="cuda", requires_grad=True)
            first, second = step(module, x), step(module, x)
            record = {"samples": s, "in_planes": f, "out_planes": g, "kernel": k, "image": image}
            records.append({**record, "precision": precision, "first": round(first, 4), "second": round(second, 4)})
            print(records[-1], flush=True)
            torch.cuda.empty_cache()
    arguments.results.write_text(
        json.dumps({"environment": measure.environment(), "seconds": records}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
