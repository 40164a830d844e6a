"""Seconds that a first training step with a new size takes, choosing how to compute it, and how good the choice is.

Once on a machine where CUDA has compiled nothing yet ("first"), once in another process, which finds on disk what the
driver compiled for the first ("first_compiled"). The choice is timed against the best of cuDNN. The two sides run in
processes of their own: torch keeps what cuDNN's search has found, and the tuner would find it there.

python benchmarks/conv_tuning.py            # writes benchmarks/results/conv_tuning.json
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# S, f, f', k, image: layers, heavy cells of the grid, and cells where cuDNN is hard to beat.
SIZES = [
    (16, 64, 64, 3, 34),
    (128, 128, 128, 3, 18),
    (16, 128, 128, 5, 36),
    (128, 64, 128, 9, 64),
    (128, 128, 128, 9, 32),
    (128, 128, 128, 7, 16),
    (128, 384, 384, 3, 13),
    (128, 128, 128, 13, 76),
    (128, 256, 256, 3, 66),
    (128, 256, 256, 5, 68),
    (128, 3, 96, 11, 128),
    (64, 1, 128, 3, 34),
    (16, 128, 1, 11, 14),
    (128, 4, 1, 7, 70),
    (1, 256, 128, 3, 10),
]


def tune(results: Any, compiled: str) -> None:
    """Puts (first step, second step, milliseconds of the choice) for each precision and size.

    ``compiled``: the folder where CUDA's driver keeps what it compiles.
    """
    os.environ["FBCUNN_TUNE_CACHE"] = ""  # in memory only: every size is new
    os.environ["CUDA_CACHE_PATH"] = compiled

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

    for precision in ("fp32", "tf32"):
        warm = Conv2dFFT(4, 4, 3, precision=precision).cuda()
        step(warm, torch.randn(2, 4, 9, 9, device="cuda", requires_grad=True))  # libraries are loaded
    for precision in ("fp32", "tf32"):
        for s, f, g, k, image in SIZES:
            module = Conv2dFFT(f, g, k, precision=precision).cuda()
            x = torch.randn(s, f, image, image, device="cuda", requires_grad=True)
            first, second = step(module, x), step(module, x)
            del x
            torch.cuda.empty_cache()
            results.put((first, second, measure.autotuned_ms(measure.Cell(s, f, g, k, image - k + 1), precision)))
            torch.cuda.empty_cache()


def search(results: Any) -> None:
    """Puts milliseconds of the best of cuDNN for each precision and size."""
    import torch

    from pytorch_fbcunn_compat.ops.conv import measure

    for precision in ("fp32", "tf32"):
        for s, f, g, k, image in SIZES:
            results.put(measure.cudnn_ms(measure.Cell(s, f, g, k, image - k + 1), precision, (3, 2)))
            torch.cuda.empty_cache()


def in_process(work: Any, *arguments: Any) -> Iterator[Any]:
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=work, args=(results, *arguments), daemon=True)
    process.start()
    for _ in range(2 * len(SIZES)):
        yield results.get(timeout=300)
    process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "conv_tuning.json")
    arguments = parser.parse_args()
    from pytorch_fbcunn_compat.ops.conv import measure

    keys = ("samples", "in_planes", "out_planes", "kernel", "image")
    cases = [(precision, size) for precision in ("fp32", "tf32") for size in SIZES]
    records: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as compiled:
        for (precision, size), (first, second, ours) in zip(cases, in_process(tune, compiled), strict=True):
            record = {**dict(zip(keys, size, strict=True)), "precision": precision}
            records.append(record | {"first": round(first, 4), "second": round(second, 4), "ours_ms": round(ours, 4)})
            print(records[-1], flush=True)
        for record, (first, *_) in zip(records, in_process(tune, compiled), strict=True):
            record["first_compiled"] = round(first, 4)
            print(record, flush=True)
    for record, cudnn in zip(records, in_process(search), strict=True):
        record |= {"cudnn_ms": round(cudnn, 4), "speedup": round(cudnn / record["ours_ms"], 3)}
        print(record, flush=True)
        arguments.results.write_text(
            json.dumps({"environment": measure.environment(), "seconds": records}, indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
