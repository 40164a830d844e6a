"""Measures one convolution against cuDNN: time of the three passes, error, memory.

Both sides run in one process, interleaved; times are medians of calls made one by one from Python, so launch overhead
counts. cuDNN is the best, for each pass, over both memory layouts with ``benchmark=True`` (its heuristic choice where the
kernel is 31 or larger: the search takes minutes there), with tensors already in the layout it likes.
"""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import cache, execute
from .problem import ConvProblem, Plan, default_memory_limit
from .tuner import tuner

_LARGE_KERNEL = 31


@dataclass(frozen=True)
class Cell:
    """A square, unpadded problem: S images, f → f' planes, k×k kernel, y×y output."""

    samples: int
    in_planes: int
    out_planes: int
    kernel: int
    output: int

    @property
    def image(self) -> int:
        return self.output + self.kernel - 1

    @property
    def label(self) -> str:
        return f"S{self.samples} f{self.in_planes} f'{self.out_planes} k{self.kernel} y{self.output}"

    def multiply_adds(self) -> int:
        return self.samples * self.in_planes * self.out_planes * self.kernel**2 * self.output**2


@dataclass
class _Tensors:
    input: Tensor
    weight: Tensor
    grad: Tensor

    def laid_out(self, channels_last: bool) -> _Tensors:
        form = torch.channels_last if channels_last else torch.contiguous_format
        return _Tensors(*(t.contiguous(memory_format=form) for t in (self.input, self.weight, self.grad)))


def measure(cell: Cell, precisions: tuple[str, ...] = ("fp32", "tf32"), repeats: int = 5) -> dict[str, Any]:
    """Everything known about a cell, as JSON-ready values; times in milliseconds, memory in bytes."""
    torch.manual_seed(hash(cell) % 2**31)
    device = torch.device("cuda", torch.cuda.current_device())
    image, out = cell.image, cell.output
    scale = (cell.in_planes * cell.kernel**2) ** -0.5
    tensors = _Tensors(
        torch.randn(cell.samples, cell.in_planes, image, image, device=device),
        torch.randn(cell.out_planes, cell.in_planes, cell.kernel, cell.kernel, device=device) * scale,
        torch.randn(cell.samples, cell.out_planes, out, out, device=device),
    )
    record: dict[str, Any] = {**asdict(cell), "label": cell.label}
    limit = default_memory_limit(device)
    reference = _reference(tensors)
    for precision in precisions:
        cudnn = _best_cudnn(cell, tensors, precision)
        ours = _ours(tensors, precision, limit)
        # Two warm-up rounds: allocator and cuDNN's plan cache settle.
        rounds = [(time_call(cudnn.run), time_call(ours.run)) for _ in range(repeats + 2)][2:]
        cudnn_ms, ours_ms = ([r[side] for r in rounds] for side in (0, 1))
        record[precision] = {
            "cudnn": {
                "ms": statistics.median(cudnn_ms),
                "spread": [min(cudnn_ms), max(cudnn_ms)],
                "passes": cudnn.details,
                "error": _errors(cudnn.results(), reference),
                "memory": _peak(cudnn.run),
            },
            "ours": {
                "ms": statistics.median(ours_ms),
                "spread": [min(ours_ms), max(ours_ms)],
                "passes": ours.details,
                "error": _errors(ours.results(), reference),
                "memory": _peak(ours.run),
            },
            "speedup": statistics.median(cudnn_ms) / statistics.median(ours_ms),
        }
    return record


def environment() -> dict[str, str]:
    """What a result depends on: device, versions, commit."""
    root = Path(__file__).resolve().parents[3]
    commit = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    return {
        "device": torch.cuda.get_device_name(),
        "versions": cache.environment("cuda", torch.cuda.current_device()),
        "commit": commit or "unknown",
    }


@dataclass
class _Side:
    run: Callable[[], Any]
    results: Callable[[], list[Tensor]]
    details: dict[str, Any]


def time_call(run: Callable[[], Any]) -> float:
    """Milliseconds of one call on the current stream."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    start.record()
    run()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def _calls(problem: ConvProblem, plans: dict[str, Plan], t: _Tensors, limit: int) -> dict[str, Callable[[], Tensor]]:
    return {
        "forward": lambda: execute.forward(problem, plans["forward"], t.input, t.weight, None, False, limit),
        "grad_input": lambda: execute.grad_input(problem, plans["grad_input"], t.grad, t.weight, limit),
        "grad_weight": lambda: execute.grad_weight(problem, plans["grad_weight"], t.grad, t.input, limit),
    }


def _best_cudnn(cell: Cell, tensors: _Tensors, precision: str) -> _Side:
    chosen: dict[str, Callable[[], Tensor]] = {}
    details: dict[str, Any] = {}
    for channels_last in (False, True):
        laid = tensors.laid_out(channels_last)
        problem = ConvProblem.of(laid.input, laid.weight, (0, 0), 1, precision)
        plan = Plan("direct", channels_last=problem.channels_last, benchmark=cell.kernel < _LARGE_KERNEL)
        calls = _calls(problem, dict.fromkeys(("forward", "grad_input", "grad_weight"), plan), laid, 0)
        for name, call in calls.items():
            call()
            ms = min(time_call(call) for _ in range(2))
            if name not in details or ms < details[name]["ms"]:
                chosen[name] = call
                details[name] = {"plan": str(plan), "ms": ms}
    return _Side(lambda: [call() for call in chosen.values()], lambda: [call() for call in chosen.values()], details)


def _ours(tensors: _Tensors, precision: str, limit: int) -> _Side:
    best: _Side | None = None
    for channels_last in (False, True):
        # Channels-last tensors are offered too, as to cuDNN; a transform wins there only by more than its copy.
        side = _autotuned(tensors.laid_out(channels_last), precision, limit)
        side.run()
        side.details["ms"] = min(time_call(side.run) for _ in range(3))
        if best is None or side.details["ms"] < best.details["ms"]:
            best = side
        if best.details["joint"] is not None or all(
            plan.split()[0] != "direct" for plan in best.details["plans"].values()
        ):
            break
    assert best is not None
    return best


def _autotuned(t: _Tensors, precision: str, limit: int) -> _Side:
    device = t.input.device
    problem = ConvProblem.of(t.input, t.weight, (0, 0), 1, precision)
    plans = tuner.choose_training(problem, device, t.input, t.weight, limit)
    joint = plans.get("joint")
    calls = _calls(problem, plans, t, limit)

    def both() -> list[Tensor]:
        output, kept, largest = execute.forward_keeping(problem, joint, t.input, t.weight, None, False)
        gradients = execute.backward(problem, joint, t.grad, t.input, t.weight, kept, largest, limit)
        return [output, *gradients]

    run = both if joint is not None else lambda: [call() for call in calls.values()]
    timed = {
        name: choice.times
        for name in ("forward", "grad_input", "grad_weight", "training")
        if (choice := tuner.lookup(problem, name, device)) is not None
    }
    details = {
        "plans": {name: str(plan) for name, plan in plans.items() if name != "joint"},
        "joint": None if joint is None else str(joint),
        "channels_last": problem.channels_last,
        "timed": timed,
    }
    return _Side(run, run, details)


def _reference(t: _Tensors) -> list[Tensor]:
    """fp64 results of parts that need little work: the first and last sample, two planes of the weight's gradient."""
    ends = slice(None, None, max(t.input.shape[0] - 1, 1))
    x, w, g = t.input[ends].double(), t.weight.double(), t.grad[ends].double()
    weight_part = t.weight[:2].double()
    return [
        torch.nn.functional.conv2d(x, w),
        torch.nn.grad.conv2d_input(x.shape, w, g),
        torch.nn.grad.conv2d_weight(t.input.double(), weight_part.shape, t.grad[:, :2].double().contiguous()),
    ]


def _errors(results: list[Tensor], reference: list[Tensor]) -> list[float]:
    output, grad_input, grad_weight = results
    ends = slice(None, None, max(output.shape[0] - 1, 1))
    parts = (output[ends], grad_input[ends], grad_weight[:2])
    return [((p.double() - r).norm() / r.norm()).item() for p, r in zip(parts, reference, strict=True)]


def _peak(run: Callable[[], Any]) -> int:
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before
