"""Chooses, by timing on the data at hand, how to compute each pass of each convolution."""

from __future__ import annotations

import dataclasses
import logging
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from . import cache, execute
from .problem import (
    ALIASES,
    PASSES,
    STRATEGIES,
    ConvProblem,
    Plan,
    candidates,
    default_memory_limit,
    estimate,
    fewest_seconds,
    keeps_accuracy,
    least_bytes,
    training_bytes,
    training_estimate,
)

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")

# Transform plans worth timing for one pass; the estimate ranks them well within a factor of two.
_TIMED_TRANSFORMS = 4
# cuDNN's own search takes seconds to minutes; it is asked only where its heuristic choice comes this close.
_BENCHMARK_WITHIN = 2.5
# What is timed again: at most so many candidates, this near the fastest, where all take less than this.
_CONFIRMED = 4
_NEAR = 2.5
_NOISY_BELOW_MS = 0.5
# Host work that an idle stream would show as device time: launches queue up behind this many cycles.
_HEAD_START_CYCLES = 1_500_000
_PROGRESS_AFTER_SECONDS = 2.0


@dataclass
class Choice:
    """Result of tuning one pass: the plan, and milliseconds of everything that was timed."""

    plan: Plan
    times: dict[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"plan": str(self.plan), "ms": {name: round(ms, 5) for name, ms in self.times.items()}}

    @staticmethod
    def from_json(entry: dict[str, Any]) -> Choice:
        return Choice(Plan.parse(entry["plan"]), dict(entry["ms"]))


class Tuner:
    """In-memory and on-disk choices. One instance, `tuner`, serves the process; all methods are thread-safe."""

    def __init__(self) -> None:
        self._choices: dict[tuple[str, str, str], Choice] = {}
        # The same by what a call has at hand: a known convolution must not pay for building texts.
        self._known: dict[tuple[ConvProblem, str, torch.device], Choice] = {}
        self._files_read: set[str] = set()
        self._lock = threading.RLock()

    def clear(self) -> None:
        """Forgets what is in memory; the file stays."""
        with self._lock:
            self._choices.clear()
            self._known.clear()
            self._files_read.clear()

    def lookup(self, problem: ConvProblem, pass_: str, device: torch.device) -> Choice | None:
        """The choice for a pass ("forward", "grad_input", "grad_weight", or "training" for all three), if known."""
        known = self._known.get((problem, pass_, device))
        if known is not None:
            return known
        env = cache.environment(device.type, device.index or 0)
        path = cache.cache_file()
        with self._lock:
            if path is not None and str(path) not in self._files_read:
                self._files_read.add(str(path))
                self._load(cache.read(path))
            found = self._choices.get((env, problem.key, pass_))
            if found is not None:
                self._known[problem, pass_, device] = found
            return found

    def _load(self, entries: dict[str, Any]) -> None:
        for env, problems in entries.items():
            for key, passes in problems.items():
                for pass_, entry in passes.items():
                    try:
                        self._choices.setdefault((env, key, pass_), Choice.from_json(entry))
                    except (KeyError, ValueError, TypeError):
                        logger.debug("tuning cache: entry %s of %s is malformed and is ignored", pass_, key)

    def store(self, problem: ConvProblem, pass_: str, device: torch.device, choice: Choice) -> None:
        """Remembers a choice, in memory and in the cache file."""
        env = cache.environment(device.type, device.index or 0)
        with self._lock:
            self._choices[env, problem.key, pass_] = choice
            self._known[problem, pass_, device] = choice
        path = cache.cache_file()
        if path is not None:
            cache.merge(path, env, problem.key, {pass_: choice.to_json()})

    def choose(
        self, problem: ConvProblem, pass_: str, device: torch.device, run: Callable[[Plan], Any], limit: int
    ) -> Plan:
        """The plan for a pass: known, or found by timing ``run(plan)``, or a safe one where timing is not allowed."""
        known = self.lookup(problem, pass_, device)
        if known is not None:
            return known.plan
        if device.type == "cuda" and torch.cuda.is_current_stream_capturing():
            return Plan("direct")
        choice = self._time_all(problem, pass_, device, run, limit)
        self.store(problem, pass_, device, choice)
        return choice.plan

    def _time_all(
        self, problem: ConvProblem, pass_: str, device: torch.device, run: Callable[[Plan], Any], limit: int
    ) -> Choice:
        plans = candidates(problem, pass_)
        transforms = [
            p
            for p in plans
            if p.size
            and estimate(problem, p, pass_) < 20 * estimate(problem, plans[0], pass_)
            and (p.strategy != "fbfft_add" or pass_ == "grad_input")
            and least_bytes(problem, p, pass_) <= limit
            and keeps_accuracy(problem, p, pass_)
        ]
        direct = [p for p in plans if not p.size]
        started, times = time.monotonic(), {}
        progress = _Progress(problem, pass_, started)
        best = float("inf")
        ordered = [*transforms[:_TIMED_TRANSFORMS], *sorted(direct, key=lambda p: p.benchmark)]
        for plan in ordered:
            if plan.benchmark and not self._is_search_worthwhile(plan, times, best):
                continue
            if not plan.size and 1e3 * fewest_seconds(problem) > best:
                continue
            progress.show(plan)
            ms = time_plan(lambda p=plan: run(p), device, best)
            if ms is not None:
                times[str(plan)] = ms
                best = min(best, ms)
        progress.close()
        if not times:
            return Choice(Plan("direct"))
        _confirm(times, {str(plan): lambda p=plan: run(p) for plan in ordered}, device)
        winner = min(times, key=times.__getitem__)
        logger.debug("tuned %s %s: %s (%.3f ms)", problem.key, pass_, winner, times[winner])
        return Choice(Plan.parse(winner), times)

    @staticmethod
    def _is_search_worthwhile(plan: Plan, times: dict[str, float], best: float) -> bool:
        """Whether cuDNN's search could win: where its heuristic choice for the same layout is not far behind."""
        heuristic = times.get(str(dataclasses.replace(plan, benchmark=False)))
        return heuristic is not None and heuristic < _BENCHMARK_WITHIN * best

    def choose_training(
        self,
        problem: ConvProblem,
        device: torch.device,
        input: Tensor,
        weight: Tensor,
        limit: int,
    ) -> dict[str, Plan]:
        """Plans of all passes of a training step.

        Keys are the passes; "joint" is present when the plan of the forward pass also serves both gradients, with
        spectra kept and shared, and that is fastest in all.
        """
        known = self.lookup(problem, "training", device)
        separate = {
            "forward": self.choose(
                problem,
                "forward",
                device,
                lambda p: execute.forward(problem, p, input, weight, None, False, limit),
                limit,
            )
        }
        capturing = device.type == "cuda" and torch.cuda.is_current_stream_capturing()
        if capturing and known is None:
            return {"forward": separate["forward"], "grad_input": Plan("direct"), "grad_weight": Plan("direct")}
        missing = [p for p in ("grad_input", "grad_weight") if self.lookup(problem, p, device) is None]
        grad = input.new_empty(())
        if missing or known is None:
            shape = (problem.samples, problem.out_channels, *problem.output)
            grad = torch.randn(shape, dtype=input.dtype, device=device)
        runs: dict[str, Callable[[Plan], Any]] = {
            "grad_input": lambda plan: execute.grad_input(problem, plan, grad, weight, limit),
            "grad_weight": lambda plan: execute.grad_weight(problem, plan, grad, input, limit),
        }
        for pass_, run in runs.items():
            separate[pass_] = self.choose(problem, pass_, device, run, limit)
        if known is None:
            known = self._time_joint(problem, device, input, weight, grad, separate, limit)
            self.store(problem, "training", device, known)
        if known.plan.keeps_spectra and training_bytes(problem, known.plan) <= limit:
            separate["joint"] = known.plan
        return separate

    def _time_joint(
        self,
        problem: ConvProblem,
        device: torch.device,
        input: Tensor,
        weight: Tensor,
        grad: Tensor,
        separate: dict[str, Plan],
        limit: int,
    ) -> Choice:
        def run_separate() -> None:
            execute.forward(problem, separate["forward"], input, weight, None, False, limit)
            execute.grad_input(problem, separate["grad_input"], grad, weight, limit)
            execute.grad_weight(problem, separate["grad_weight"], grad, input, limit)

        def run_joint(plan: Plan) -> None:
            _, *kept = execute.forward_keeping(problem, plan, input, weight, None, False)
            execute.backward(problem, plan, grad, input, weight, tuple(kept), limit)

        times = {"separate": time_plan(run_separate, device, float("inf"))}
        joint = {plan for plan in separate.values() if plan.keeps_spectra}
        sharing = [p for p in candidates(problem, "forward") if p.keeps_spectra]
        joint.update(sorted(sharing, key=lambda p: training_estimate(problem, p))[:_TIMED_TRANSFORMS])
        joint = {plan for plan in joint if all(keeps_accuracy(problem, plan, pass_) for pass_ in PASSES)}
        for plan in sorted(joint, key=str):
            if training_bytes(problem, plan) <= limit:
                times[str(plan)] = time_plan(lambda p=plan: run_joint(p), device, min(filter(None, times.values())))
        times = {name: ms for name, ms in times.items() if ms is not None}
        runs = {str(plan): lambda p=plan: run_joint(p) for plan in joint}
        _confirm(times, {"separate": run_separate, **runs}, device)
        winner = min(times, key=times.__getitem__, default="separate")
        return Choice(Plan("direct") if winner == "separate" else Plan.parse(winner), times)


class _Progress:
    """A line on a terminal once tuning takes long, erased at the end."""

    def __init__(self, problem: ConvProblem, pass_: str, started: float) -> None:
        self.label, self.started, self.shown = f"{pass_} of {problem.key}", started, False

    def show(self, plan: Plan) -> None:
        if time.monotonic() - self.started > _PROGRESS_AFTER_SECONDS and sys.stderr.isatty():
            self.shown = True
            print(f"\r\x1b[Kfbcunn: tuning {self.label}: {plan}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def time_plan(run: Callable[[], Any], device: torch.device, best: float) -> float | None:
    """Milliseconds of one call, warmed up, or None when it runs out of memory or cannot compute the problem.

    The best of three counts, of two for a call that takes more than twice the best so far, and one timing will do for
    a call that takes ten times as long and milliseconds at that: a single timing can be an outlier.
    """
    try:
        if device.type != "cuda":
            run()
            return _best_of(lambda: _wall(run), best)
        with torch.cuda.device(device):
            run()
            return _best_of(lambda: device_time(run), best)
    except torch.OutOfMemoryError:
        logger.debug("out of memory while tuning; the candidate is left out")
        torch.cuda.empty_cache()
    except RuntimeError as error:
        logger.debug("a candidate failed while tuning and is left out: %s", error)
    return None


def _best_of(timing: Callable[[], float], best: float) -> float:
    first = timing()
    if first > 10 * best and first > 2:
        return first
    first = min(first, timing())
    return first if first > 2 * best else min(first, timing())


def _confirm(times: dict[str, float], runs: dict[str, Callable[[], Any]], device: torch.device) -> None:
    """Times the few fastest candidates again, by turns, and keeps medians: single timings of small work mislead."""
    best = min(times.values(), default=0.0)
    near = sorted((name for name in times if times[name] < _NEAR * best), key=times.__getitem__)[:_CONFIRMED]
    if device.type != "cuda" or len(near) < 2 or best > _NOISY_BELOW_MS:
        return
    again: dict[str, list[float]] = {name: [] for name in near}
    with torch.cuda.device(device):
        for _ in range(5):
            for name in near:
                again[name].append(device_time(runs[name]))
    times.update({name: statistics.median(found) for name, found in again.items()})


def _wall(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - started)


def device_time(run: Callable[[], Any], head_start: int = _HEAD_START_CYCLES) -> float:
    """Milliseconds of the device's work for one call, its launches queued before the first starts."""
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    torch.cuda._sleep(head_start)
    start.record()
    run()
    end.record()
    end.synchronize()
    return start.elapsed_time(end)


def plan_for(strategy: str, problem: ConvProblem, pass_: str) -> Plan:
    """The plan of a strategy given by name: its cheapest size by estimate.

    Raises ValueError for an unknown name or one that cannot compute the problem.
    """
    name = ALIASES.get(strategy, strategy)
    if name not in STRATEGIES:
        raise ValueError(f"unknown strategy {strategy!r}: expected 'auto', 'cudnn' or one of {', '.join(STRATEGIES)}")
    if name == "gemm":
        return Plan("gemm")
    for plan in candidates(problem, pass_):
        if plan.strategy == name and not plan.benchmark:
            return plan
    raise ValueError(f"strategy {strategy!r} cannot compute {problem.key}; use 'fft' or 'auto'")


tuner = Tuner()

__all__ = ["Choice", "Tuner", "default_memory_limit", "plan_for", "time_plan", "tuner"]
