"""Convolution through the frequency domain, and the tuner that decides when it pays."""

from .autograd import convolve
from .problem import (
    ALIASES,
    PASSES,
    PRECISIONS,
    STRATEGIES,
    ConvProblem,
    Plan,
    candidates,
    default_memory_limit,
    smooth_size,
)
from .tuner import Choice, Tuner, plan_for, tuner

__all__ = [
    "ALIASES",
    "PASSES",
    "PRECISIONS",
    "STRATEGIES",
    "Choice",
    "ConvProblem",
    "Plan",
    "Tuner",
    "candidates",
    "convolve",
    "default_memory_limit",
    "plan_for",
    "smooth_size",
    "tuner",
]
