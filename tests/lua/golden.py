"""Recorded results of the real Torch7: reading them, and comparing tensors with them."""

from __future__ import annotations

from typing import Any

import torch
from numpy.lib.npyio import NpzFile

from pytorch_fbcunn_compat.lua import LuaTable


def expected(spec: Any, arrays: NpzFile) -> Any:
    """The tensors that a specification names: a key, a (nested) list of keys, or a plain value."""
    if isinstance(spec, str):
        return torch.from_numpy(arrays[spec].copy())
    if isinstance(spec, list):
        return [expected(part, arrays) for part in spec]
    return spec


def difference(got: Any, want: Any) -> float:
    """Largest difference, relative to the largest expected magnitude. Raises AssertionError for other shapes."""
    if isinstance(got, LuaTable):
        got = got.to_plain()
    if isinstance(want, list):
        assert len(got) == len(want)
        return max((difference(a, b) for a, b in zip(got, want, strict=True)), default=0.0)
    if want is None:
        return 0.0
    assert isinstance(got, torch.Tensor)
    if got.numel() == want.numel() == 0:
        return 0.0
    assert got.shape == want.shape
    got, want = got.double(), want.double()
    assert torch.equal(got.isnan(), want.isnan())
    return float((got - want).abs().max() / want.abs().max().clamp_min(1e-300))
