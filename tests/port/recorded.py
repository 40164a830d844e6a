"""What the real Torch7 computed with the models of the golden collection."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "t7"


def recorded(name: str) -> tuple[dict[str, Any], Any]:
    """NAME.json and NAME.npz."""
    return json.loads((FOLDER / f"{name}.json").read_text()), np.load(FOLDER / f"{name}.npz")


def nested(keys: Any, make: Any) -> Any:
    """The structure of recorded keys with `make(key)` in place of each."""
    return tuple(nested(key, make) for key in keys) if isinstance(keys, list) else make(keys)


def flat(value: Any) -> list[Any]:
    """The leaves of nested tuples, depth first."""
    return [leaf for entry in value for leaf in flat(entry)] if isinstance(value, (list, tuple)) else [value]


def tensor(array: np.ndarray) -> torch.Tensor:
    """A fresh tensor that wants a gradient if it can have one."""
    value = torch.from_numpy(array.copy())
    return value.requires_grad_() if value.is_floating_point() else value


class Run:
    """A forward and backward pass compared with a recorded one."""

    def __init__(self, entry: dict[str, Any], arrays: Any, same_shape: bool = True) -> None:
        self.entry, self.arrays, self.same_shape = entry, arrays, same_shape
        self.input = nested(entry["input"], lambda key: tensor(arrays[key]))

    def close(self, value: torch.Tensor, key: str, what: str) -> None:
        expected = self.arrays[key]
        if self.same_shape:
            assert tuple(value.shape) == expected.shape, what
        tolerance = 1e-10 if expected.dtype == np.float64 else 1e-5
        found = value.detach().numpy().reshape(expected.shape)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=what)

    def forward(self, model: torch.nn.Module) -> None:
        self.output = model(self.input)
        keys = flat(self.entry["output"])
        values = flat(self.output)
        assert len(values) == len(keys)
        for value, key in zip(values, keys, strict=True):
            self.close(value, key, "output")

    def backward(self) -> None:
        keys = flat(self.entry["gradOutput"])
        pairs = [(v, torch.from_numpy(self.arrays[k])) for v, k in zip(flat(self.output), keys, strict=True)]
        pairs = [(value, grad.to(value.dtype).reshape(value.shape)) for value, grad in pairs if value.requires_grad]
        if pairs:
            torch.autograd.backward(*zip(*pairs, strict=True))
        for value, key in zip(flat(self.input), flat(self.entry["gradInput"]), strict=False):
            if isinstance(key, str) and value.is_floating_point() and self.arrays[key].size:
                self.close(torch.zeros_like(value) if value.grad is None else value.grad, key, "gradInput")

    def parameters(self, model: torch.nn.Module) -> None:
        """Gradients in whatever order and layout: compared by their sorted values."""
        ours = [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]
        theirs = [self.arrays[key] for key in self.entry["gradParams"]]
        if len(ours) != len(theirs):  # a parameter that modules share is listed once for each
            theirs = list({grad.tobytes(): grad for grad in theirs}.values())
        assert len(ours) == len(theirs)
        left = [np.sort(grad.flatten()) for grad in theirs]
        for grad in ours:
            mine = np.sort(grad.numpy().flatten())
            tolerance = 1e-9 if mine.dtype == np.float64 else 1e-4
            fits = [
                i
                for i, other in enumerate(left)
                if other.shape == mine.shape and np.allclose(mine, other, tolerance, tolerance)
            ]
            assert fits, "a gradient that Torch7 did not compute"
            left.pop(fits[0])
