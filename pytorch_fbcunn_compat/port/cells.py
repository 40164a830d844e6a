"""Names for the values of recurrent cells that people wired by hand in nngraph."""

from __future__ import annotations

from typing import Any

from torch import nn

from .spec import Spec
from .twins.tables import CAddTable, CMulTable


def value_names(graph: Spec) -> dict[int, str]:
    """Names for values of a graph, by number (value i + 1 is what child i computes): those of LSTM cells.

    A cell is known by its arithmetic, c' = sigmoid(…) * c + sigmoid(…) * tanh(…) and h' = sigmoid(…) * tanh(c').
    """
    made = {number: (spec.cls, step) for number, (spec, step) in enumerate(_steps(graph), 1)}
    names: dict[int, str] = {}
    for number, (cls, step) in made.items():
        if cls is not CAddTable or not isinstance(step, list) or len(step) != 2:
            continue
        keeps = writes = None
        for term in step:
            factors = _factors(made, term)
            kinds = [made[value[0]][0] if len(value) == 1 and value[0] in made else None for value in factors]
            if nn.Sigmoid in kinds and nn.Tanh in kinds:
                writes = (term[0], factors[kinds.index(nn.Sigmoid)][0], factors[kinds.index(nn.Tanh)][0])
            elif kinds.count(nn.Sigmoid) == 1:
                keeps = (term[0], factors[kinds.index(nn.Sigmoid)][0])
        if keeps is None or writes is None:
            continue
        names |= {number: "next_c", keeps[0]: "kept", keeps[1]: "forget_gate"}
        names |= {writes[0]: "written", writes[1]: "in_gate", writes[2]: "candidate"}
        for other in made:
            factors = _factors(made, (other,))
            squashed = [value for value in factors if made.get(value[0]) == (nn.Tanh, (number,))]
            gates = [value for value in factors if len(value) == 1 and made.get(value[0], (None,))[0] is nn.Sigmoid]
            if squashed and gates:
                names |= {other: "next_h", squashed[0][0]: "squashed_c", gates[0][0]: "out_gate"}
    return names


def _steps(graph: Spec) -> list[tuple[Spec, Any]]:
    return list(zip(graph.children, graph.kwargs["steps"], strict=True))


def _factors(made: dict[int, tuple[Any, Any]], value: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The two values that a product multiplies, if `value` is a product."""
    cls, step = made.get(value[0], (None, None)) if len(value) == 1 else (None, None)
    return step if cls is CMulTable and isinstance(step, list) and len(step) == 2 and all(map(_flat, step)) else []


def _flat(value: Any) -> bool:
    return isinstance(value, tuple)
