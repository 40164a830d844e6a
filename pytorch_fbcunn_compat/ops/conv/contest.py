"""Candidates of one pass, timed against each other on the data at hand."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch

from . import execute
from .problem import ConvProblem, Plan, candidates, estimate, fewest_seconds, keeps_accuracy, least_bytes
from .timing import LONG_MS, confirm, time_plan

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")

# Transform plans worth timing for one pass; the estimate ranks them well within a factor of two.
TIMED_TRANSFORMS = 4
# cuDNN's own search finds what its heuristic choice misses: up to fifteen times faster in fp32. On tensor cores it
# mostly finds less than twice, in the layout whose heuristic choice is the faster one (more with few planes, where
# fp32 finds it too), and compiles for up to a second. For large kernels it takes minutes.
_SEARCH_WITHIN = 16.0
_NEAR = 2.0
_SAME_LAYOUT = 1.15
_SEARCHED_KERNEL = 30
# A search runs its candidates some twelve times. Where the guess is not near, that must be short, or must be saved
# within a hundred steps if the search finds the best there can be.
_SEARCH_RUNS = 12
_SHORT_SEARCH_MS = 20.0
_PAYS_WITHIN = 100
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


class Contest:
    """One pass of one problem; ``run(plan)`` computes it. Plans that need more workspace than ``limit`` stay out."""

    def __init__(
        self, problem: ConvProblem, pass_: str, device: torch.device, run: Callable[[Plan], Any], limit: int
    ) -> None:
        self.problem, self.pass_, self.device, self.run, self.limit = problem, pass_, device, run, limit
        self.plans = candidates(problem, pass_)
        self.times: dict[str, float] = {}
        self.direct: list[Plan] = []
        self.together: list[Plan] = []  # those of them whose search is mostly the host's work

    @property
    def best(self) -> float:
        return min(self.times.values(), default=float("inf"))

    def time_transforms(self, progress: Progress) -> None:
        """Times the transforms that the estimate ranks first."""
        likely = 20 * estimate(self.problem, self.plans[0], self.pass_)
        worth = (
            p
            for p in self.plans
            if p.size
            and estimate(self.problem, p, self.pass_) < likely
            and (p.strategy != "fbfft_add" or self.pass_ == "grad_input")
            and least_bytes(self.problem, p, self.pass_) <= self.limit
            and keeps_accuracy(self.problem, p, self.pass_)
        )
        for plan, _ in zip(worth, range(TIMED_TRANSFORMS), strict=False):
            self._time(plan, progress)

    def pick_direct(self) -> None:
        """Finds the plans without a transform that are worth timing; those of cuDNN with its search.

        cuDNN's heuristic choices are timed for it, and those that cannot win are noted with that time.
        """
        best = self.best
        worth = [p for p in self.plans if not p.size and 1e3 * fewest_seconds(self.problem, p) <= best]
        # Large kernels are not searched for, and cuDNN's deterministic algorithms take up to half a minute for them.
        if self.device.type != "cuda" or max(self.problem.kernel) > _SEARCHED_KERNEL:
            self.direct = worth
            return
        self.direct = [p for p in worth if p.strategy != "direct"]
        guesses: dict[Plan, float] = {}
        for plan in worth:
            if plan.strategy == "direct":
                with execute.probing():
                    ms = time_plan(lambda p=plan: self.run(p), self.device, best)
                if ms is not None:
                    guesses[plan] = ms
        for plan, ms in guesses.items():
            if self._may_win(plan, ms, best, min(guesses.values())):
                searched = dataclasses.replace(plan, benchmark=True)
                self.direct.append(searched)
                if self.compiles(plan) or ms < LONG_MS:
                    self.together.append(searched)
            else:
                self.times[str(plan)] = ms

    def _may_win(self, plan: Plan, guess: float, best: float, best_guess: float) -> bool:
        if self.compiles(plan):
            return guess < _NEAR * best and guess <= _SAME_LAYOUT * best_guess
        if guess < _NEAR * best:
            return True
        saved = best - 1e3 * fewest_seconds(self.problem, plan)
        affordable = max(_SHORT_SEARCH_MS, _PAYS_WITHIN * saved)
        return guess < _SEARCH_WITHIN * best and _SEARCH_RUNS * guess <= affordable

    def time_direct(self, progress: Progress) -> None:
        """Times what `pick_direct` found."""
        for plan in self.direct:
            self._time(plan, progress)

    def choice(self) -> Choice:
        """The winner, after the fastest were timed again by turns."""
        if not self.times:
            return Choice(Plan("direct"))
        confirm(self.times, self.run, self.device)
        winner = _winner(self.times)
        logger.debug("tuned %s %s: %s (%.3f ms)", self.problem.key, self.pass_, winner, self.times[winner])
        return Choice(Plan.parse(winner), self.times)

    def compiles(self, plan: Plan) -> bool:
        """Whether cuDNN compiles the algorithms that a search tries: those for tensor cores."""
        return self.problem.dtype in ("float16", "bfloat16") or (self.problem.precision == "tf32" and not plan.exact)

    def _time(self, plan: Plan, progress: Progress) -> None:
        progress.show(f"{self.pass_}: {plan}")
        ms = time_plan(lambda: self.run(plan), self.device, self.best)
        if ms is not None:
            self.times[str(plan)] = ms


def hold(contests: list[Contest]) -> list[Choice]:
    """Times all candidates of passes of one problem; cuDNN prepares its searches of all of them at once."""
    with Progress(contests[0].problem) as progress:
        for contest in contests:
            contest.time_transforms(progress)
            contest.pick_direct()
        for exact in (False, True):
            _search_together([(c, p) for c in contests for p in c.together if p.exact == exact], progress)
        for contest in contests:
            contest.time_direct(progress)
        return [contest.choice() for contest in contests]


def _search_together(searches: list[tuple[Contest, Plan]], progress: Progress) -> None:
    """Runs searches of cuDNN in threads of their own; torch keeps what they find.

    A search makes plans for tens of milliseconds and compiles those for tensor cores for up to a second, each on one
    processor core, before it runs for a few milliseconds. CUDA's driver keeps on disk what was compiled, so that is
    long for the first process only.
    """
    if len(searches) < 2:
        return
    progress.show(f"{len(searches)} searches of cuDNN")
    contest, plan = searches[0]
    device, stream = contest.device, torch.cuda.current_stream(contest.device)

    def search(contest: Contest, plan: Plan) -> None:
        # Stream and gradient mode are each thread's own. What fails here fails again when it is timed.
        with torch.no_grad(), torch.cuda.device(device), torch.cuda.stream(stream), contextlib.suppress(RuntimeError):
            contest.run(plan)

    # The flags are the process's: set here, the threads find them as they need them and restore nothing.
    with execute.cudnn_state(plan, contest.problem.precision):
        threads = [threading.Thread(target=search, args=each, name="fbcunn-search") for each in searches]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _winner(times: dict[str, float]) -> str:
    best = min(times, key=times.__getitem__)
    direct = {name: ms for name, ms in times.items() if not Plan.parse(name).size and ms <= _TIE * times[best]}
    return min(direct, key=direct.__getitem__, default=best)


class Progress:
    """A line on a terminal once tuning takes long, erased at the end."""

    def __init__(self, problem: ConvProblem) -> None:
        self.label, self.started, self.shown = problem.key, time.monotonic(), False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, what: str) -> None:
        if time.monotonic() - self.started > _PROGRESS_AFTER_SECONDS and sys.stderr.isatty():
            self.shown = True
            print(f"\r\x1b[Kfbcunn: tuning {self.label}: {what}", end="", file=sys.stderr, flush=True)


__all__ = ["TIMED_TRANSFORMS", "Choice", "Contest", "Progress", "hold"]
