"""Times of candidates: enough of them to tell which is fastest, and no more."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch

from .problem import Plan

logger = logging.getLogger("pytorch_fbcunn_compat.tuner")

# What is timed again: at most so many candidates, this near the fastest, where all take less than this.
_CONFIRMED = 4
_NEAR = 2.5
_NOISY_BELOW_MS = 0.5
# A call that takes longer than this is timed less often; one so many times behind the best is not timed again.
LONG_MS = 1.0
_BEHIND = 1.3
_HOPELESS = 1.5
# Host work that an idle stream would show as device time: launches queue up behind this many cycles.
_HEAD_START_CYCLES = 1_500_000
_CYCLES_PER_MS = 2_000_000


def time_plan(run: Callable[[], Any], device: torch.device, best: float) -> float | None:
    """Milliseconds of one call, warmed up, or None when it runs out of memory or cannot compute the problem.

    The best of up to three counts, since a single timing can be an outlier; the longer a call takes, and the farther it
    is behind the best so far, the fewer timings it gets. One that its first run shows to be far behind gets no other.
    """
    try:
        if device.type != "cuda":
            run()
            return _best_of(lambda: _wall(run), best)
        with torch.cuda.device(device):
            least, first = _first_run(run)
            if least > _HOPELESS * best and least > LONG_MS:
                return first
            return _best_of(lambda: device_time(run), best)
    except torch.OutOfMemoryError:
        logger.debug("out of memory while tuning; the candidate is left out")
        torch.cuda.empty_cache()
    except RuntimeError as error:
        logger.debug("a candidate failed while tuning and is left out: %s", error)
    return None


def _first_run(run: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds that the device works at least for one call, and at most.

    A first call loads kernels and makes plans; the device may have waited for as long as the call took to return.
    """
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    start.record()
    host = _wall(run)
    end.record()
    end.synchronize()
    elapsed = start.elapsed_time(end)
    return elapsed - host, elapsed


def _best_of(timing: Callable[[], float], best: float) -> float:
    first = timing()
    if first > LONG_MS and first > _BEHIND * best:
        return first
    first = min(first, timing())
    return first if first > _BEHIND * best or first > LONG_MS else min(first, timing())


def confirm(times: dict[str, float], run: Callable[[Any], Any], device: torch.device) -> None:
    """Times the few fastest candidates again, by turns, and keeps medians: single timings of small work mislead.

    ``run`` takes a plan; None stands for the candidate "separate".
    """
    best = min(times.values(), default=0.0)
    near = sorted((name for name in times if times[name] < _NEAR * best), key=times.__getitem__)[:_CONFIRMED]
    if device.type != "cuda" or len(near) < 2 or best > _NOISY_BELOW_MS:
        return
    again: dict[str, list[float]] = {name: [] for name in near}
    plans = {name: None if name == "separate" else Plan.parse(name) for name in near}
    with torch.cuda.device(device):
        for _ in range(5):
            for name in near:
                again[name].append(device_time(lambda p=plans[name]: run(p)))
    times.update({name: statistics.median(found) for name, found in again.items()})


def _wall(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return 1e3 * (time.perf_counter() - started)


def device_time(run: Callable[[], Any], head_start: int = _HEAD_START_CYCLES) -> float:
    """Milliseconds of the device's work for one call, its launches queued before the first starts.

    Where the host took longer than its head start, the device may have waited for it: then it gets a longer one.
    """
    start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    for longer in (1, 2, 4, 8):
        torch.cuda.synchronize()
        torch.cuda._sleep(longer * head_start)
        start.record()
        host = _wall(run)
        end.record()
        end.synchronize()
        if host < longer * head_start / _CYCLES_PER_MS:
            break
    return start.elapsed_time(end)
