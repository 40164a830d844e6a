"""Whether a port goes through torch.compile and torch.export."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from .verify import Difference, difference, forget, tensors

TOLERANCE = 1e-4  # of what compiled code computes: it may order sums in another way


def backends() -> list[str]:
    """The backends of torch.compile that are there."""
    from torch._dynamo import list_backends

    return sorted(list_backends(exclude_tags=()))


def try_compilers(model: nn.Module, inputs: tuple[torch.Tensor, ...], backend: str = "aot_eager") -> dict[str, str]:
    """Whether a model in evaluation mode goes through torch.compile as one graph and through torch.export.

    Args:
        model: the model.
        inputs: what its forward takes.
        backend: of torch.compile: "aot_eager" traces and generates no code, "inductor" generates code.

    Returns:
        for each attempt "works" (what it computes is compared, unless it draws random numbers), or what is wrong.
    """
    with torch.no_grad():
        expected = model(*inputs)
        forget(model)
        again = model(*inputs)
    random = _apart(again, expected).absolute > 0
    attempts: dict[str, Callable[[], Any]] = {
        "torch.compile(fullgraph=True)": lambda: torch.compile(model, fullgraph=True, backend=backend)(*inputs),
        "torch.export": lambda: torch.export.export(model, inputs).module()(*inputs),
    }
    found = {}
    for name, attempt in attempts.items():
        forget(model)
        try:
            with torch.no_grad(), _quiet():
                worst = _apart(attempt(), expected)
            same = random or worst.within(TOLERANCE)
            found[name] = "works" if same else f"computes something else: {worst.absolute:.1e} apart"
        except Exception as error:  # whatever the compilers raise is the result
            found[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"
        finally:
            torch.compiler.reset()
    return found


def _apart(ours: Any, expected: Any) -> Difference:
    worst = Difference()
    for mine, other in zip(tensors(ours), tensors(expected), strict=True):
        worst = worst.merged(difference(mine, other, "output"))
    return worst


@contextlib.contextmanager
def _quiet() -> Any:
    """What matters is whether it works; the compilers' own messages are for those who write compilers."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
