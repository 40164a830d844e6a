"""Measures one convolution against cuDNN: time of the three passes, error, memory.

Both sides run in one process, interleaved; times are medians of device time, with launches queued ahead, so that the
host's speed does not enter. cuDNN is the best for each pass over NCHW and channels_last tensors that are in that layout
already, with ``benchmark=True`` (in channels_last for kernels up to 5×5; its heuristic choice elsewhere and for kernels
of 31 and more, where the search takes from seconds to minutes). In TF32 it may also use its fp32 kernels.
"""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import cache, execute
from .problem import PASSES, ConvProblem, Plan, default_memory_limit, smooth_size
from .timing import device_time, time_plan
from .tuner import tuner

_SEARCH_BELOW = {False: 31, True: 6}  # kernel sizes, by channels_last
_HEAD_START_CYCLES = 6_000_000


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


def measure(
    cell: Cell, precisions: tuple[str, ...] = ("fp32", "tf32"), repeats: int = 5, search: tuple[int, int] = (10, 4)
) -> dict[str, Any]:
    """Everything known about a cell, as JSON-ready values; times in milliseconds, memory in bytes.

    ``search``: how many of its likeliest algorithms cuDNN times with ``benchmark=True``, in fp32 and in TF32. torch's
    default is 10; a TF32 candidate costs a second, since cuDNN compiles it first.
    """
    device = torch.device("cuda", torch.cuda.current_device())
    tensors = _tensors_of(cell, device)
    record: dict[str, Any] = {**asdict(cell), "label": cell.label, "search": search}
    limit = default_memory_limit(device)
    clock = _Clock()
    reference = _reference(tensors)
    clock.lap("reference")
    cudnn_passes: dict[str, _Pass] = {}
    for precision in precisions:
        for name, found in _cudnn_passes(cell, tensors, precision, search).items():
            if precision == "fp32" or name not in cudnn_passes or found.ms < cudnn_passes[name].ms:
                cudnn_passes[name] = found
        clock.lap(f"cudnn {precision}")
        ours = _ours(tensors, precision, limit)
        clock.lap(f"tuning {precision}")
        calls = [found.call for found in cudnn_passes.values()]
        cudnn = _Side(
            lambda calls=calls: [call() for call in calls], {n: f.describe() for n, f in cudnn_passes.items()}
        )
        sides = {"cudnn": cudnn, "ours": ours}
        times: dict[str, list[float]] = {name: [] for name in sides}
        for side in sides.values():
            side.run()  # allocator and plan caches settle
        for _ in range(repeats):
            for name, side in sides.items():
                times[name].append(device_time(side.run, _HEAD_START_CYCLES))
        record[precision] = {
            name: {
                "ms": statistics.median(times[name]),
                "spread": [min(times[name]), max(times[name])],
                "passes": side.details,
                "error": _errors(side.run(), reference),
                "memory": _peak(side.run),
            }
            for name, side in sides.items()
        }
        record[precision]["speedup"] = record[precision]["cudnn"]["ms"] / record[precision]["ours"]["ms"]
        clock.lap(f"timing {precision}")
    record["seconds"] = clock.laps
    return record


def autotuned_ms(cell: Cell, precision: str) -> float:
    """Milliseconds of what the tuner chooses for a cell in a process where cuDNN has not searched for it."""
    device = torch.device("cuda", torch.cuda.current_device())
    return _ours(_tensors_of(cell, device), precision, default_memory_limit(device)).details["ms"]


def cudnn_ms(cell: Cell, precision: str, search: tuple[int, int] = (10, 4)) -> float:
    """Milliseconds of the best of cuDNN; in TF32 its fp32 kernels count too."""
    tensors = _tensors_of(cell, torch.device("cuda", torch.cuda.current_device()))
    best: dict[str, _Pass] = {}
    for allowed in dict.fromkeys(("fp32", precision)):
        for name, found in _cudnn_passes(cell, tensors, allowed, search).items():
            if name not in best or found.ms < best[name].ms:
                best[name] = found
    return min(device_time(lambda: [found.call() for found in best.values()], _HEAD_START_CYCLES) for _ in range(5))


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
    run: Callable[[], list[Tensor]]
    details: dict[str, Any]


@dataclass
class _Pass:
    call: Callable[[], Tensor]
    ms: float
    plan: Plan
    precision: str
    timed: dict[str, float] = field(default_factory=dict)  # by the tuner

    def describe(self) -> dict[str, Any]:
        return {"plan": str(self.plan), "precision": self.precision, "ms": self.ms}


def _tensors_of(cell: Cell, device: torch.device) -> _Tensors:
    torch.manual_seed(hash(cell) % 2**31)
    image, out = cell.image, cell.output
    scale = (cell.in_planes * cell.kernel**2) ** -0.5
    return _Tensors(
        torch.randn(cell.samples, cell.in_planes, image, image, device=device),
        torch.randn(cell.out_planes, cell.in_planes, cell.kernel, cell.kernel, device=device) * scale,
        torch.randn(cell.samples, cell.out_planes, out, out, device=device),
    )


class _Clock:
    def __init__(self) -> None:
        self.last, self.laps = time.monotonic(), {}

    def lap(self, name: str) -> None:
        torch.cuda.synchronize()
        now = time.monotonic()
        self.laps[name] = round(now - self.last, 2)
        self.last = now


def _calls(problem: ConvProblem, plans: dict[str, Plan], t: _Tensors, limit: int) -> dict[str, Callable[[], Tensor]]:
    return {
        "forward": lambda: execute.forward(problem, plans["forward"], t.input, t.weight, None, False, limit),
        "grad_input": lambda: execute.grad_input(problem, plans["grad_input"], t.grad, t.weight, limit),
        "grad_weight": lambda: execute.grad_weight(problem, plans["grad_weight"], t.grad, t.input, limit),
    }


def _cudnn_passes(cell: Cell, tensors: _Tensors, precision: str, search: tuple[int, int]) -> dict[str, _Pass]:
    limits = dict(execute.search_limits)
    execute.search_limits.update(fp32=search[0], tf32=search[1])
    try:
        return _best_of_cudnn(cell, tensors, precision)
    finally:
        execute.search_limits.update(limits)


def _best_of_cudnn(cell: Cell, tensors: _Tensors, precision: str) -> dict[str, _Pass]:
    best: dict[str, _Pass] = {}
    for channels_last in (False, True):
        laid = tensors.laid_out(channels_last)
        problem = ConvProblem.of(laid.input, laid.weight, (0, 0), 1, precision)
        plan = Plan("direct", channels_last=problem.channels_last, benchmark=cell.kernel < _SEARCH_BELOW[channels_last])
        for name, call in _calls(problem, dict.fromkeys(PASSES, plan), laid, 0).items():
            ms = time_plan(call, laid.input.device, float("inf"))
            if ms is not None and (name not in best or ms < best[name].ms):
                best[name] = _Pass(call, ms, plan, precision)
    return best


def _ours(tensors: _Tensors, precision: str, limit: int) -> _Side:
    """The fastest of: one plan for all passes, in either layout; for each pass the better layout, as cuDNN is given."""
    sides: list[_Side] = []
    separate: dict[str, _Pass] = {}
    for channels_last in (False, True):
        side, passes = _autotuned(tensors.laid_out(channels_last), precision, limit)
        if side is not None:
            sides.append(side)
        for name, found in passes.items():
            if name not in separate or found.ms < separate[name].ms:
                separate[name] = found
    plans = {name: str(found.plan) for name, found in separate.items()}
    timed = {name: found.timed for name, found in separate.items()}
    details = {"plans": plans, "joint": None, "timed": timed}
    sides.append(_Side(lambda: [separate[name].call() for name in PASSES], details))
    for side in sides:
        side.run()
        side.details["ms"] = min(device_time(side.run, _HEAD_START_CYCLES) for _ in range(5))
    return min(sides, key=lambda side: side.details["ms"])


def _autotuned(t: _Tensors, precision: str, limit: int) -> tuple[_Side | None, dict[str, _Pass]]:
    """What the tuner chose for tensors as they lie: all passes with one plan, where that is fastest; each by itself."""
    device = t.input.device
    problem = ConvProblem.of(t.input, t.weight, (0, 0), 1, precision)
    plans = tuner.choose_training(problem, device, t.input, t.weight, limit)
    joint = plans.get("joint")
    passes = {}
    for name, call in _calls(problem, plans, t, limit).items():
        ms = time_plan(call, device, float("inf"))
        if ms is not None:
            choice = tuner.lookup(problem, name, device)
            passes[name] = _Pass(call, ms, plans[name], precision, choice.times if choice else {})
    if joint is None:
        return None, passes

    def both() -> list[Tensor]:
        output, *kept = execute.forward_keeping(problem, joint, t.input, t.weight, None, False)
        gradients = execute.backward(problem, joint, t.grad, t.input, t.weight, tuple(kept), limit)
        return [output, *gradients]

    details = {
        "plans": {name: str(plan) for name, plan in plans.items() if name != "joint"},
        "joint": str(joint),
        "channels_last": problem.channels_last,
        "timed": tuner.lookup(problem, "training", device).times,
    }
    return _Side(both, details), passes


def _reference(t: _Tensors) -> list[Tensor]:
    """fp64 results of parts that need little work: the first and last sample, two planes of the weight's gradient.

    Through cuFFT in fp64, which the tests check against direct convolution to 1e-12: the direct kernels take minutes.
    """
    x, w, g = t.input[_ends(t.input)].double(), t.weight.double(), t.grad[_ends(t.grad)].double()
    problem = ConvProblem.of(x, w, (0, 0), 1, "fp32")
    plan = Plan("fft", tuple(smooth_size(n) for n in problem.whole))
    output = execute.forward(problem, plan, x, w, None, False, 0)
    grad_input = execute.grad_input(problem, plan, g, w, 0)
    images, grads = t.input.double(), t.grad[:, :2].double().contiguous()
    problem = ConvProblem.of(images, w[:2], (0, 0), 1, "fp32")
    return [output, grad_input, execute.grad_weight(problem, plan, grads, images, 4 << 30)]


def _ends(tensor: Tensor) -> slice:
    return slice(None, None, max(tensor.shape[0] - 1, 1))


def _errors(results: list[Tensor], reference: list[Tensor]) -> list[float]:
    output, grad_input, grad_weight = results
    parts = (output[_ends(output)], grad_input[_ends(grad_input)], grad_weight[:2])
    return [((p.double() - r).norm() / r.norm()).item() for p, r in zip(parts, reference, strict=True)]


def _peak(run: Callable[[], Any]) -> int:
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    run()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before
