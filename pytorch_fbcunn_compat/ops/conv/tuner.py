"""Chooses, by timing on the data at hand, how to compute each pass of each convolution."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from . import cache, execute
from .contest import TIMED_TRANSFORMS, Choice, Contest, hold
from .problem import (
    ALIASES,
    PASSES,
    STRATEGIES,
    ConvProblem,
    Plan,
    candidates,
    keeps_accuracy,
    training_bytes,
    training_estimate,
)
from .timing import LONG_MS, confirm, time_plan

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")


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
        return self._hold([Contest(problem, pass_, device, run, limit)])[0]

    def _hold(self, contests: list[Contest]) -> list[Plan]:
        choices = hold(contests)
        for contest, choice in zip(contests, choices, strict=True):
            self.store(contest.problem, contest.pass_, contest.device, choice)
        return [choice.plan for choice in choices]

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
        found = {pass_: self.lookup(problem, pass_, device) for pass_ in PASSES}
        plans = {pass_: choice.plan for pass_, choice in found.items() if choice is not None}
        missing = [pass_ for pass_ in PASSES if pass_ not in plans]
        if missing or known is None:
            if device.type == "cuda" and torch.cuda.is_current_stream_capturing():
                return {pass_: plans.get(pass_, Plan("direct")) for pass_ in PASSES}
            shape = (problem.samples, problem.out_channels, *problem.output)
            grad = torch.randn(shape, dtype=input.dtype, device=device)
            runs: dict[str, Callable[[Plan], Any]] = {
                "forward": lambda plan: execute.forward(problem, plan, input, weight, None, False, limit),
                "grad_input": lambda plan: execute.grad_input(problem, plan, grad, weight, limit),
                "grad_weight": lambda plan: execute.grad_weight(problem, plan, grad, input, limit),
            }
            if missing:
                contests = [Contest(problem, pass_, device, runs[pass_], limit) for pass_ in missing]
                plans |= dict(zip(missing, self._hold(contests), strict=True))
            if known is None:
                known = self._time_joint(problem, device, input, weight, grad, plans, limit)
                self.store(problem, "training", device, known)
        if known.plan.keeps_spectra and training_bytes(problem, known.plan) <= limit:
            plans["joint"] = known.plan
        return plans

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
        joint.update(sorted(sharing, key=lambda p: training_estimate(problem, p))[:TIMED_TRANSFORMS])
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
