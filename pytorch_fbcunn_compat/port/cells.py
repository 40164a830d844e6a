"""Recurrent cells that people wired by hand in nngraph: where they are in a graph, and what their values are called.

A cell is known by its arithmetic. LSTM: c' = sigmoid(…) * c + sigmoid(…) * tanh(…) and h' = sigmoid(…) * tanh(c').
GRU: h' = z * tanh(…) + (1 - z) * h or the other way round, with z = sigmoid(…). Plain: h' = tanh(W x + V h).
"""

from __future__ import annotations

from typing import Any

from torch import nn

from .spec import Spec
from .twins.pointwise import AddConstant, MulConstant
from .twins.tables import CAddTable, CMulTable

Cell = dict[str, Any]  # numbers of values by what they are ("next_h", "in_gate"); "state" is the place of c or h
Made = dict[int, tuple[Any, Any]]  # class and inputs of what makes a value


def value_names(graph: Spec) -> dict[int, str]:
    """Names for values of a graph, by number (value i + 1 is what child i computes): those of LSTM and GRU cells."""
    named: dict[int, str] = {}
    for cell in gru_cells(graph) + lstm_cells(graph):
        named |= {number: name for name, number in cell.items() if isinstance(number, int)}
    return named


def made_by(graph: Spec) -> Made:
    """What makes each value of a graph, by its number."""
    return {number: (spec.cls, step) for number, (spec, step) in enumerate(steps(graph), 1)}


def gru_cells(graph: Spec) -> list[Cell]:
    """The GRU cells of a graph."""
    made, complements, cells = made_by(graph), _complements(graph), []
    for number, (cls, step) in made.items():
        if cls is not CAddTable or not isinstance(step, list) or len(step) != 2:
            continue
        terms = {term[0]: [value[0] for value in _factors(made, term) if len(value) == 1] for term in step}
        inside = [value for values in terms.values() for value in values]
        rest = next((value for value in inside if value in complements), None)
        if rest is None or complements[rest] not in inside:
            continue
        gate = complements[rest]
        candidate = next((value for value in inside if made.get(value, (None,))[0] is nn.Tanh), None)
        if candidate is None or made.get(gate, (None,))[0] is not nn.Sigmoid:
            continue
        written = next(term for term, values in terms.items() if candidate in values)
        kept = next(term for term in terms if term != written)
        cell: Cell = {"next_h": number, "update_gate": gate, "candidate": candidate, "written": written, "kept": kept}
        cell["rest"] = rest
        state = [value for value in _factors(made, (kept,)) if value[0] not in (gate, rest)]
        if state:
            cell["state"] = state[0]
        for other in made:
            factors = _factors(made, (other,))
            gates = [value[0] for value in factors if len(value) == 1 and made.get(value[0], (0,))[0] is nn.Sigmoid]
            if state and state[0] in factors and gates and other not in (kept, written):
                cell |= {"reset_state": other, "reset_gate": gates[0]}
        cells.append(cell)
    return cells


def _complements(graph: Spec) -> dict[int, int]:
    """Values that are 1 - another one, made by MulConstant(-1) and AddConstant(1)."""
    negated: dict[int, int] = {}
    found: dict[int, int] = {}
    for number, (spec, step) in enumerate(steps(graph), 1):
        if not _flat(step) or len(step) != 1:
            continue
        if spec.cls is MulConstant and spec.args[:1] == (-1,):
            negated[number] = step[0]
        elif spec.cls is AddConstant and spec.args[:1] == (1,) and step[0] in negated:
            found[number] = negated[step[0]]
    return found


def lstm_cells(graph: Spec) -> list[Cell]:
    """The LSTM cells of a graph."""
    made, cells = made_by(graph), []
    for number, (cls, step) in made.items():
        if cls is not CAddTable or not isinstance(step, list) or len(step) != 2:
            continue
        cell: Cell = {"next_c": number}
        for term in step:
            factors = _factors(made, term)
            kinds = [made[value[0]][0] if len(value) == 1 and value[0] in made else None for value in factors]
            if nn.Sigmoid in kinds and nn.Tanh in kinds:
                gate, candidate = factors[kinds.index(nn.Sigmoid)][0], factors[kinds.index(nn.Tanh)][0]
                cell |= {"written": term[0], "in_gate": gate, "candidate": candidate}
            elif kinds.count(nn.Sigmoid) == 1:
                place = kinds.index(nn.Sigmoid)
                cell |= {"kept": term[0], "forget_gate": factors[place][0], "state": factors[1 - place]}
        if "kept" not in cell or "written" not in cell:
            continue
        for other in made:
            factors = _factors(made, (other,))
            squashed = [value for value in factors if made.get(value[0]) == (nn.Tanh, (number,))]
            gates = [value for value in factors if len(value) == 1 and made.get(value[0], (None,))[0] is nn.Sigmoid]
            if squashed and gates:
                cell |= {"next_h": other, "squashed_c": squashed[0][0], "out_gate": gates[0][0]}
        cells.append(cell)
    return cells


def plain_cells(graph: Spec) -> list[Cell]:
    """Cells h' = tanh(W x + V h) that the graph returns, with h an entry of its input."""
    made, returned, cells = made_by(graph), graph.kwargs["outputs"], []
    for number, (cls, step) in made.items():
        if cls is not nn.Tanh or not _flat(step) or not isinstance(returned, list) or (number,) not in returned:
            continue
        total, terms = made.get(step[0], (None, None))
        if total is not CAddTable or not isinstance(terms, list) or len(terms) != 2:
            continue
        inputs = [made[term[0]][1] if _flat(term) and made.get(term[0], (None,))[0] is nn.Linear else None
                  for term in terms]  # fmt: skip
        states = [place for place in inputs if _flat(place) and len(place) == 2 and place[0] == 0]
        if None not in inputs and states:
            cells.append({"next_h": number, "total": step[0], "state": states[-1]})
    return cells


def steps(graph: Spec) -> list[tuple[Spec, Any]]:
    """The modules of a graph, each with the places of what it takes."""
    return list(zip(graph.children, graph.kwargs["steps"], strict=True))


def _factors(made: Made, value: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The two values that a product multiplies, if `value` is a product."""
    cls, step = made.get(value[0], (None, None)) if len(value) == 1 else (None, None)
    return step if cls is CMulTable and isinstance(step, list) and len(step) == 2 and all(map(_flat, step)) else []


def _flat(value: Any) -> bool:
    return isinstance(value, tuple)
