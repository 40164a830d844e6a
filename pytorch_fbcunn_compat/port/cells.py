"""Names for the values of recurrent cells that people wired by hand in nngraph."""

from __future__ import annotations

from typing import Any

from torch import nn

from .spec import Spec
from .twins.pointwise import AddConstant, MulConstant
from .twins.tables import CAddTable, CMulTable


def value_names(graph: Spec) -> dict[int, str]:
    """Names for values of a graph, by number (value i + 1 is what child i computes): those of LSTM and GRU cells.

    A cell is known by its arithmetic. LSTM: c' = sigmoid(…) * c + sigmoid(…) * tanh(…) and h' = sigmoid(…) * tanh(c').
    GRU: h' = z * tanh(…) + (1 - z) * h or the other way round, with z = sigmoid(…).
    """
    made = {number: (spec.cls, step) for number, (spec, step) in enumerate(_steps(graph), 1)}
    return _gru_names(made, _complements(graph)) | _lstm_names(made)


def _complements(graph: Spec) -> dict[int, int]:
    """Values that are 1 - another one, made by MulConstant(-1) and AddConstant(1)."""
    negated: dict[int, int] = {}
    found: dict[int, int] = {}
    for number, (spec, step) in enumerate(_steps(graph), 1):
        if not _flat(step) or len(step) != 1:
            continue
        if spec.cls is MulConstant and spec.args[:1] == (-1,):
            negated[number] = step[0]
        elif spec.cls is AddConstant and spec.args[:1] == (1,) and step[0] in negated:
            found[number] = negated[step[0]]
    return found


def _gru_names(made: dict[int, tuple[Any, Any]], complements: dict[int, int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for number, (cls, step) in made.items():
        if cls is not CAddTable or not isinstance(step, list) or len(step) != 2:
            continue
        terms = {term[0]: [value[0] for value in _factors(made, term) if len(value) == 1] for term in step}
        inside = [value for values in terms.values() for value in values]
        rest = next((value for value in inside if value in complements), None)
        if rest is None or complements[rest] not in inside:
            continue
        gate = complements[rest]
        if made.get(gate, (None,))[0] is not nn.Sigmoid:
            continue
        candidate = next((value for value in inside if made.get(value, (None,))[0] is nn.Tanh), None)
        if candidate is None:
            continue
        written = next(term for term, values in terms.items() if candidate in values)
        kept = next(term for term in terms if term != written)
        names |= {number: "next_h", gate: "update_gate", candidate: "candidate", written: "written", kept: "kept"}
        names |= {rest: "rest"}
        state = [value for value in _factors(made, (kept,)) if value[0] not in (gate, rest)]
        for other in made:
            factors = _factors(made, (other,))
            gates = [value[0] for value in factors if len(value) == 1 and made.get(value[0], (0,))[0] is nn.Sigmoid]
            if state and state[0] in factors and gates and other not in (kept, written):
                names |= {other: "reset_h", gates[0]: "reset_gate"}
    return names


def _lstm_names(made: dict[int, tuple[Any, Any]]) -> dict[int, str]:
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
