"""Chooses, by timing on the data at hand, how to compute each pass of each convolution."""

from __future__ import annotations

import dataclasses
import logging
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
    estimate,
    fewest_seconds,
    keeps_accuracy,
    least_bytes,
    training_bytes,
    training_estimate,
)
from .timing import LONG_MS, confirm, time_plan

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")

# Transform plans worth timing for one pass; the estimate ranks them well within a factor of two.
_TIMED_TRANSFORMS = 4
# cuDNN's own search can find something up to fifteen times faster than its heuristic choice in fp32; it runs each
# algorithm four times. On tensor cores it finds up to twice, in the layout whose heuristic choice is the faster one,
# and takes up to a second for compiling. For large kernels it takes minutes.
_SEARCH_WITHIN = 16.0
_SEARCH_BELOW_MS = 10.0
_SAME_SEARCH = 1.15
_SEARCHED_KERNEL = 30
# So near the best, a direct method is preferred: it makes fewer launches, whose gaps single timings do not show.
_TIE = 1.03
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
        started, times = time.monotonic(), {}
        progress = _Progress(problem, pass_, started)

        def time_one(plan: Plan) -> None:
            progress.show(plan)
            ms = time_plan(lambda: run(plan), device, min(times.values(), default=float("inf")))
            if ms is not None:
                times[str(plan)] = ms

        for plan in transforms[:_TIMED_TRANSFORMS]:
            time_one(plan)
        for plan in _direct_plans(problem, plans, run, device, times):
            time_one(plan)
        progress.close()
        if not times:
            return Choice(Plan("direct"))
        confirm(times, run, device)
        winner = _winner(times)
        logger.debug("tuned %s %s: %s (%.3f ms)", problem.key, pass_, winner, times[winner])
        return Choice(Plan.parse(winner), times)

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

        # Long passes take together what they take one by one.
        alone = [self._milliseconds(problem, pass_, device, plan) for pass_, plan in separate.items()]
        known = sum(alone) if None not in alone else 0.0
        times = {"separate": known if known > 3 * LONG_MS else time_plan(run_separate, device, float("inf"))}
        joint = {plan for plan in separate.values() if plan.keeps_spectra}
        sharing = [p for p in candidates(problem, "forward") if p.keeps_spectra]
        joint.update(sorted(sharing, key=lambda p: training_estimate(problem, p))[:_TIMED_TRANSFORMS])
        joint = {plan for plan in joint if all(keeps_accuracy(problem, plan, pass_) for pass_ in PASSES)}
        for plan in sorted(joint, key=lambda p: training_estimate(problem, p)):
            if training_bytes(problem, plan) <= limit:
                times[str(plan)] = time_plan(lambda p=plan: run_joint(p), device, min(filter(None, times.values())))
        times = {name: ms for name, ms in times.items() if ms is not None}
        confirm(times, lambda plan: run_separate() if plan is None else run_joint(plan), device)
        winner = min(times, key=times.__getitem__, default="separate")
        return Choice(Plan("direct") if winner == "separate" else Plan.parse(winner), times)

    def _milliseconds(self, problem: ConvProblem, pass_: str, device: torch.device, plan: Plan) -> float | None:
        choice = self.lookup(problem, pass_, device)
        return choice.times.get(str(plan)) if choice else None


def _winner(times: dict[str, float]) -> str:
    best = min(times, key=times.__getitem__)
    direct = {name: ms for name, ms in times.items() if not Plan.parse(name).size and ms <= _TIE * times[best]}
    return min(direct, key=direct.__getitem__, default=best)


def _direct_plans(
    problem: ConvProblem,
    plans: list[Plan],
    run: Callable[[Plan], Any],
    device: torch.device,
    times: dict[str, float],
) -> list[Plan]:
    """Plans without a transform that are worth timing; those of cuDNN with its search. The others' times are noted."""
    best = min(times.values(), default=float("inf"))
    worth = [p for p in plans if not p.size and 1e3 * fewest_seconds(problem, p) <= best]
    # Large kernels are not searched for, and cuDNN's deterministic algorithms take up to half a minute for them.
    if device.type != "cuda" or max(problem.kernel) > _SEARCHED_KERNEL:
        return worth
    probed: dict[Plan, float] = {}
    for plan in worth:
        if plan.strategy == "direct":
            with execute.probing():
                ms = time_plan(lambda p=plan: run(p), device, min([best, *probed.values()]))
            if ms is not None:
                probed[plan] = ms
    near = min(probed.values(), default=0.0) * _SAME_SEARCH
    chosen = [p for p in worth if p.strategy != "direct"]
    for plan, ms in probed.items():
        compiles = problem.dtype in ("float16", "bfloat16") or (problem.precision == "tf32" and not plan.exact)
        likely = ms <= near if compiles else ms < 2 * best or (ms < _SEARCH_BELOW_MS and ms < _SEARCH_WITHIN * best)
        if likely and (ms < 2 * best or not compiles):
            chosen.append(dataclasses.replace(plan, benchmark=True))
        else:
            times[str(plan)] = ms
    return chosen


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
        if plan.strategy == name:
            return plan
    raise ValueError(f"strategy {strategy!r} cannot compute {problem.key}; use 'fft' or 'auto'")


tuner = Tuner()

__all__ = ["Choice", "Tuner", "plan_for", "tuner"]
