"""What cuDNN's search finds over its heuristic choice in TF32, for each pass and layout of random convolutions.

The heuristic choice is the one among deterministic algorithms, which the tuner asks for (`ops/conv/contest.py`). All
six searches of a size run in threads of their own, two algorithms each. Needs a GPU.

python benchmarks/conv_search.py --seconds 90            # writes benchmarks/results/conv_search.jsonl
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from pytorch_fbcunn_compat.ops.conv import measure
from pytorch_fbcunn_compat.ops.conv.timing import device_time

HERE = Path(__file__).resolve().parent
PLANES = (1, 4, 16, 64, 96, 128, 256)
JOBS = [(layout, pass_) for layout in ("nchw", "channels_last") for pass_ in ("forward", "grad_input", "grad_weight")]
FORMATS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


def cells(seed: int) -> list[measure.Cell]:
    """Sizes of 10 million to 40 billion multiplications."""
    rng, found = random.Random(seed), []
    while len(found) < 400:
        samples, f, g = rng.choice((1, 16, 64, 128)), rng.choice(PLANES), rng.choice(PLANES)
        cell = measure.Cell(samples, f, g, rng.choice((3, 3, 5, 7, 9)), rng.choice((4, 8, 16, 32, 64)))
        if 1e7 < cell.multiply_adds() < 4e10:
            found.append(cell)
    return found


def tensors(cell: measure.Cell, layout: str) -> list[Tensor]:
    k, y, n = cell.kernel, cell.output, cell.image
    shapes = (
        (cell.samples, cell.in_planes, n, n),
        (cell.out_planes, cell.in_planes, k, k),
        (cell.samples, cell.out_planes, y, y),
    )
    return [torch.randn(shape, device="cuda").contiguous(memory_format=FORMATS[layout]) for shape in shapes]


def compute(pass_: str, x: Tensor, weight: Tensor, grad: Tensor) -> Tensor:
    if pass_ == "forward":
        return F.conv2d(x, weight)
    mask = [pass_ == "grad_input", pass_ == "grad_weight", False]
    return torch.ops.aten.convolution_backward(grad, x, weight, None, [1, 1], [0, 0], [1, 1], False, [0, 0], 1, mask)[
        mask.index(True)
    ]


def times(laid: dict[str, list[Tensor]]) -> dict[str, float]:
    """Milliseconds by layout and pass."""
    found = {}
    for layout, pass_ in JOBS:
        compute(pass_, *laid[layout])
        best = min(device_time(lambda p=pass_, t=laid[layout]: compute(p, *t)) for _ in range(4))
        found[f"{layout} {pass_}"] = round(best, 5)
    return found


def search(laid: dict[str, list[Tensor]]) -> float:
    """Seconds until torch has searched for every pass and layout."""
    stream, started = torch.cuda.current_stream(), time.perf_counter()

    def one(layout: str, pass_: str) -> None:
        with torch.no_grad(), torch.cuda.stream(stream):
            compute(pass_, *laid[layout])

    threads = [threading.Thread(target=one, args=job) for job in JOBS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    torch.cuda.synchronize()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=90)
    parser.add_argument("--results", type=Path, default=HERE / "results" / "conv_search.jsonl")
    arguments = parser.parse_args()
    cudnn, stop = torch.backends.cudnn, time.monotonic() + arguments.seconds
    cudnn.conv.fp32_precision, cudnn.benchmark_limit = "tf32", 2
    environment, lines = measure.environment(), []
    for cell in cells(5):
        if time.monotonic() > stop:
            break
        laid = {layout: tensors(cell, layout) for layout in FORMATS}
        cudnn.benchmark, cudnn.deterministic = False, True
        heuristic = times(laid)
        cudnn.benchmark, cudnn.deterministic = True, False
        seconds = round(search(laid), 3)
        record = {"label": cell.label, "heuristic_ms": heuristic, "searched_ms": times(laid), "seconds": seconds}
        lines.append(json.dumps(record | {"environment": environment}))
        del laid
        torch.cuda.empty_cache()
    arguments.results.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} sizes in {arguments.results}")


if __name__ == "__main__":
    main()
