"""Torch7 layers that torch.nn has no twin for, as self-contained modules: each needs torch and nothing else of ours.

`load_model` uses the classes; the emitter copies their source into `model.py`, or puts the expression of a one-line
`forward` in place. So a class here refers only to torch, math and other names of this package.
"""

from __future__ import annotations

from .base import Twin, as_table

__all__ = ["Twin", "as_table"]
