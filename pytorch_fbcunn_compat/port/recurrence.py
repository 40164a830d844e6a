"""Makes modules of the recurrent cells in an nngraph model: nn.LSTMCell and nn.RNNCell, or a class for the cell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from .blocks import leaves, shape
from .cells import Cell, gru_cells, lstm_cells, plain_cells, steps
from .expressions import Name
from .spec import Spec, Weight
from .twins import shape as shape_twins
from .twins.containers import GraphModule
from .twins.tables import CAddTable, SelectTable

Place = tuple[int, ...]


@dataclasses.dataclass
class Found:
    """A cell in a graph.

    Attributes:
        kind: "lstm", "gru" or "rnn".
        numbers: the values that are made inside, `results` those of them that are used outside: c and h, or h.
        x, states: places of what it takes: its input; c and h, or h.
        spec: what takes its place, and `step` what that takes.
        returned: places of `results` in what it returns.
    """

    kind: str
    numbers: list[int]
    results: list[int]
    x: Any
    states: list[Place]
    spec: Spec
    step: Any
    returned: list[Place]


# specs of one shape, the class's name, what its forward takes, which settings are parameters of its constructor
MakeClass = Callable[[list[Spec], str, list[str], "dict[Name, list[tuple[int, str]]]"], "list[Spec] | None"]


def with_cells(graph: Spec, make_class: MakeClass) -> tuple[Spec, list[Found]]:
    """The graph with each recurrent cell as one module, and the cells in their order.

    `make_class` gives alike graphs a class of a name, with named arguments.
    """
    graph = without_identities(graph)
    found: list[Found] = []
    taken: set[int] = set()
    sources = (("lstm", lstm_cells), ("gru", gru_cells), ("rnn", plain_cells))
    for kind, cell in ((kind, cell) for kind, search in sources for cell in search(graph)):
        made = _cell(graph, kind, cell)
        if made is not None and not taken & set(made.numbers):
            found.append(made)
            taken |= set(made.numbers)
    found.sort(key=lambda cell: cell.numbers[-1])
    found = _with_classes(found, make_class)
    if not found:
        return graph, []
    return _rewired(graph, found), found


def without_identities(graph: Spec) -> Spec:
    """The graph without modules that pass on what they get, as the nodes for its inputs do."""
    new: dict[int, Place] = {0: (0,)}
    kept: list[tuple[Spec, Any, str | None]] = []

    def moved(place: Any) -> Any:
        if isinstance(place, list):
            return [moved(entry) for entry in place]
        known = new[place[0]]
        for position in place[1:]:
            known = known[position] if isinstance(known, list) else (*known, position)
        return known

    for number, (spec, step) in enumerate(steps(graph), 1):
        if spec.cls is nn.Identity:
            new[number] = moved(step)
        else:
            kept.append((spec, moved(step), graph.labels[number - 1] if graph.labels else None))
            new[number] = (len(kept),)
    kwargs = {"steps": tuple(step for _, step, _ in kept), "outputs": moved(graph.kwargs["outputs"])}
    return dataclasses.replace(graph, children=[spec for spec, _, _ in kept], kwargs=kwargs,
                               labels=[label for _, _, label in kept])  # fmt: skip


def _cell(graph: Spec, kind: str, cell: Cell) -> Found | None:
    """The part of the graph that computes a cell, if nothing inside is used outside."""
    results = [cell[name] for name in ("next_c", "next_h") if name in cell]
    if "state" not in cell or len(results) != (2 if kind == "lstm" else 1):
        return None
    all_steps = steps(graph)
    inside: set[int] = set()
    outside: list[Place] = []
    pending: list[Place] = [(number,) for number in results]
    while pending:
        place = pending.pop()
        number = place[0]
        if place == cell["state"] or number == 0:
            outside.append(place)
        elif number not in inside:
            inside.add(number)
            spec, step = all_steps[number - 1]
            if spec.cls is nn.Linear and step != (cell.get("reset_state"),):
                outside += places(step)
            else:
                pending += places(step)
    inside -= {place[0] for place in outside if len(place) == 1}
    used = {place[0] for number, (_, step) in enumerate(all_steps, 1) if number not in inside for place in places(step)}
    used |= {place[0] for place in places(graph.kwargs["outputs"])}
    linears = [(spec, step) for number, (spec, step) in enumerate(all_steps, 1)
               if number in inside and spec.cls is nn.Linear and isinstance(step, tuple)]  # fmt: skip
    if (inside & used) - set(results) or not linears:
        return None
    hidden = cell["state"] if kind != "lstm" else _hidden(graph, linears, outside)
    others = [place for place in dict.fromkeys(outside) if place not in (hidden, cell["state"])]
    if hidden is None or len(others) != 1:
        return None
    states = [cell["state"], hidden] if kind == "lstm" else [hidden]
    fused = _fused(graph, kind, cell, others[0], hidden)
    numbers = sorted(inside)
    if fused is not None:
        if kind == "lstm":
            step: Any = [others[0], [hidden, cell["state"]]]
            return Found(kind, numbers, results, others[0], states, fused, step, [(1,), (0,)])
        return Found(kind, numbers, results, others[0], states, fused, [others[0], hidden], [()])
    arguments = [others[0], *states]
    returned = [(0,), (1,)] if kind == "lstm" else [()]
    part = _part(graph, numbers, arguments, results, _labels(graph, cell))
    return Found(kind, numbers, results, others[0], states, part, arguments, returned)


def _hidden(graph: Spec, linears: list[tuple[Spec, Any]], outside: list[Place]) -> Place | None:
    """Which of the two inputs of an LSTM is its last output: what the author called so, or an entry of the input."""
    labels = dict(zip(map(id, graph.children), graph.labels, strict=False))
    taken = list(dict.fromkeys(step for _, step in linears))
    if len(taken) != 2:
        return None
    for spec, step in linears:
        if (labels.get(id(spec)) or "").startswith("h2h"):
            return step
    entries = [step for step in taken if len(step) == 2 and step[0] == 0]
    if len(entries) == 1:
        return entries[0]
    square = [step for spec, step in linears if spec.args[0] == min(_gate_size(spec), spec.args[1])]
    return square[-1] if square else taken[-1]


def _gate_size(spec: Spec) -> int:
    return spec.args[1] // 4 if spec.args[1] % 4 == 0 else spec.args[1]


def _fused(graph: Spec, kind: str, cell: Cell, x: Place, hidden: Place) -> Spec | None:
    """nn.LSTMCell or nn.RNNCell, where one Linear of the input and one of the state make all sums."""
    if kind == "gru":
        return None  # nn.GRUCell resets after the state's weight, these before
    order: list[int] | None = None
    total = cell.get("total")
    if kind == "lstm":
        parts = [_slice(graph, cell[name]) for name in ("in_gate", "forget_gate", "candidate", "out_gate")]
        if any(part is None for part in parts) or len({part[0] for part in parts}) != 1:  # type: ignore[index]
            return None
        total, order = parts[0][0], [part[1] for part in parts]  # type: ignore[index]
        if sorted(order) != [0, 1, 2, 3]:
            return None
    all_steps = steps(graph)
    adder, terms = all_steps[total - 1]
    if adder.cls is not CAddTable or not isinstance(terms, list) or len(terms) != 2:
        return None
    by_input: dict[Any, Spec] = {}
    for term in terms:
        spec, step = all_steps[term[0] - 1] if isinstance(term, tuple) and term[0] else (None, None)
        if spec is None or spec.cls is not nn.Linear or isinstance(step, list):
            return None
        by_input[step] = spec
    if set(by_input) != {x, hidden}:
        return None
    i2h, h2h = by_input[x], by_input[hidden]
    biased = "bias" in i2h.weights
    size = h2h.args[0]
    if biased != ("bias" in h2h.weights) or h2h.args[1] != (4 if order else 1) * size:
        return None
    weights = {}
    for name, spec in (("ih", i2h), ("hh", h2h)):
        weights |= {f"{which}_{name}": _ordered(weight, order) for which, weight in spec.weights.items()}
    last = all_steps[cell["next_h"] - 1][0]
    kwargs = {} if biased else {"bias": False}
    cls = nn.LSTMCell if kind == "lstm" else nn.RNNCell
    return Spec(cls, (i2h.args[0], size), kwargs, weights, typename=last.typename, path=last.path, lua=last.lua,
                training=last.training, whole=False)  # fmt: skip


def _slice(graph: Spec, number: int) -> tuple[int, int] | None:
    """The sums that a gate is a quarter of, and which quarter."""
    all_steps = steps(graph)
    _, place = all_steps[number - 1]
    if isinstance(place, list) or not place[0]:
        return None
    spec, step = all_steps[place[0] - 1]
    if spec.cls is SelectTable and len(place) == 1 and isinstance(step, tuple):
        place = (*step, spec.args[0])
        spec, step = all_steps[place[0] - 1]
    if isinstance(step, list):
        return None
    if spec.cls is shape_twins.Narrow and spec.args[0] in (1, -1) and len(place) == len(step) == 1:
        return step[0], spec.args[1] // spec.args[2] if spec.args[1] % spec.args[2] == 0 else -1
    if spec.cls is shape_twins.SplitTable and spec.args[0] in (1, -2) and len(place) == 2 and len(step) == 1:
        reshape, source = all_steps[step[0] - 1]
        if (
            reshape.cls in (shape_twins.Reshape, shape_twins.View)
            and reshape.args[-2:-1] == (4,)
            and isinstance(source, tuple)
        ):
            return source[0], place[1]
    return None


def _ordered(weight: Weight, order: list[int] | None) -> Weight:
    """The rows of the four gates in PyTorch's order."""
    if order is None:
        return weight

    def layout(tensor: torch.Tensor) -> torch.Tensor:
        rows = weight.layout(tensor).chunk(4, 0)
        return torch.cat([rows[place] for place in order])

    return dataclasses.replace(weight, value=layout(weight.source), layout=layout)


def _labels(graph: Spec, cell: Cell) -> dict[int, str]:
    """Names for the layers of a cell: the gate they are for and what they take."""
    all_steps = steps(graph)
    labels = {}
    for gate in ("in_gate", "forget_gate", "out_gate", "update_gate", "reset_gate", "candidate"):
        for place in places(all_steps[cell[gate] - 1][1]) if gate in cell else ():
            total = all_steps[place[0] - 1] if place[0] else None
            for term in places(total[1]) if total is not None and total[0].cls is CAddTable else ():
                spec, taken = all_steps[term[0] - 1] if term[0] else (None, None)
                if spec is not None and spec.cls is nn.Linear:
                    state = taken in (cell["state"], (cell.get("reset_state"),))
                    labels[term[0]] = f"{gate.removesuffix('_gate')}_{'h' if state else 'x'}"
    return labels


def _part(graph: Spec, numbers: list[int], arguments: list[Place], results: list[int], labels: dict[int, str]) -> Spec:
    """The part of a graph between `arguments` and `results` as a graph of its own."""
    new = {number: place for place, number in enumerate(numbers, 1)}

    def moved(place: Any) -> Any:
        if isinstance(place, list):
            return [moved(entry) for entry in place]
        return (0, arguments.index(place)) if place in arguments else (new[place[0]], *place[1:])

    all_steps = steps(graph)
    chosen = [all_steps[number - 1] for number in numbers]
    outputs: Any = [(new[number],) for number in results]
    kwargs = {"steps": tuple(moved(step) for _, step in chosen), "outputs": outputs if len(outputs) > 1 else outputs[0]}
    given = [graph.labels[number - 1] if graph.labels else None for number in numbers]
    names = [label.rstrip("_0123456789") if label else labels.get(number)
             for number, label in zip(numbers, given, strict=True)]  # fmt: skip
    return Spec(GraphModule, kwargs=kwargs, children=[spec for spec, _ in chosen], labels=names,
                inputs=len(arguments), training=graph.training)  # fmt: skip


_TITLES = {"lstm": ("LSTMCell", ["x", "c", "h"]), "gru": ("GRUCell", ["x", "h"]), "rnn": ("RNNCell", ["x", "h"])}


def _with_classes(found: list[Found], make_class: MakeClass) -> list[Found]:
    """Cells that have no counterpart in torch.nn become objects of classes, alike ones of one class."""
    groups: dict[Any, list[Found]] = {}
    for cell in found:
        if cell.spec.cls is GraphModule:
            groups.setdefault((cell.kind, shape(cell.spec)), []).append(cell)
    dropped: set[int] = set()
    for (kind, _), cells in groups.items():
        objects = make_class([cell.spec for cell in cells], *_TITLES[kind], _sizes(cells[0].spec))
        for place, cell in enumerate(cells):
            if objects is None:
                dropped.add(id(cell))
            else:
                cell.spec = objects[place]
    return [cell for cell in found if id(cell) not in dropped]


def _sizes(part: Spec) -> dict[Name, list[tuple[int, str]]]:
    """The sizes of the Linears in a cell as parameters of its class; none if other layers depend on them too."""
    sizes: dict[Name, list[tuple[int, str]]] = {Name("input_size"): [], Name("hidden_size"): []}
    if any(spec.weights and spec.cls is not nn.Linear for spec in part.children):
        return {}
    hidden = {spec.args[1] for spec in part.children if spec.cls is nn.Linear}
    constants = [value for spec in part.children if spec.cls is not nn.Linear for value in spec.args]
    if len(hidden) != 1 or hidden & {value for value in constants if isinstance(value, int)}:
        return {}
    order = {id(leaf): number for number, leaf in enumerate(leaves(part))}
    for spec, step in steps(part):
        if spec.cls is not nn.Linear:
            continue
        number = order[id(spec)]
        sizes[Name("input_size" if step == (0, 0) else "hidden_size")].append((number, "in_features"))
        sizes[Name("hidden_size")].append((number, "out_features"))
    return sizes


def _rewired(graph: Spec, found: list[Found]) -> Spec:
    """The graph with the cells' modules in the place of their parts."""
    all_steps = steps(graph)
    inside = {number for cell in found for number in cell.numbers}
    items: list[tuple[Spec, Any, list[int], str | None]] = []  # module, what it takes, values it makes, label
    for number, (spec, step) in enumerate(all_steps, 1):
        ending = next((cell for cell in found if cell.numbers[-1] == number), None)
        if ending is not None:
            items.append((ending.spec, ending.step, ending.results, None))
        elif number not in inside:
            items.append((spec, step, [number], graph.labels[number - 1] if graph.labels else None))
    new: dict[int, Place] = {0: (0,)}
    ordered: list[tuple[Spec, Any, str | None]] = []
    while items:
        place = next(n for n, item in enumerate(items) if all(value[0] in new for value in places(item[1])))
        spec, step, made, label = items.pop(place)
        ordered.append((spec, step, label))
        cell = next((cell for cell in found if cell.spec is spec and cell.results == made), None)
        for position, number in enumerate(made):
            new[number] = (len(ordered), *(cell.returned[position] if cell else ()))

    def moved(place: Any) -> Any:
        return [moved(entry) for entry in place] if isinstance(place, list) else (*new[place[0]], *place[1:])

    kwargs = {"steps": tuple(moved(step) for _, step, _ in ordered), "outputs": moved(graph.kwargs["outputs"])}
    children = [spec for spec, _, _ in ordered]
    return dataclasses.replace(graph, children=children, kwargs=kwargs, labels=[label for _, _, label in ordered])


def places(step: Any) -> list[Place]:
    """The places in a step, which may nest lists."""
    return [place for entry in step for place in places(entry)] if isinstance(step, list) else [step]


def argument_names(count: int, found: Iterable[Found]) -> dict[int, str]:
    """Names for the entries of a graph's input that are states of its cells."""
    cells = list(found)
    names: dict[int, str] = {}
    for layer, cell in enumerate(cells, 1):
        for letter, place in zip(("c", "h") if cell.kind == "lstm" else ("h",), cell.states, strict=True):
            if len(place) == 2 and place[0] == 0 and place[1] not in names:
                names[place[1]] = letter if len(cells) == 1 else f"{letter}{layer}"
    rest = [place for place in range(count) if place not in names]
    return names | ({rest[0]: "x"} if len(rest) == 1 else {})
