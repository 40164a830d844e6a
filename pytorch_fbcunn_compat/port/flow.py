"""How containers and graphs become lines of `forward`: their modules applied in order, tables as Python tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from .blocks import walk
from .cells import value_names
from .expressions import Value, inline, text
from .forms import chosen, role
from .spec import Spec
from .twins import containers
from .twins import shape as shape_twins
from .twins import tables as table_twins

if TYPE_CHECKING:
    from .emit import Emitter


def plain(spec: Spec) -> bool:
    """Whether a module can stand in an nn.Sequential: from tensor to tensor, with a form worth a line there."""
    best = chosen(spec)
    if isinstance(spec.idiom, str) or best.cls is nn.Identity:
        return False
    if best.cls is nn.Sequential:
        return all(plain(child) for child in spec.children)
    return best.block is not None or best.cls.__module__.startswith("torch.nn.modules")


def sequential(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    """Runs of plain layers become one nn.Sequential each, cut before a Flatten; the rest becomes lines."""
    run: list[Spec] = []

    def flush(value: Value) -> Value:
        if not run:
            return value
        group = list(run)
        run.clear()
        if len(group) == 1:
            return emitter.apply(group[0], value, variable)
        known = emitter.groups.setdefault(
            tuple(map(id, group)), Spec(nn.Sequential, children=group, training=spec.training)
        )
        return emitter.call(known, value, variable)

    children = flat(spec)
    for place, child in enumerate(children):
        if stage(child):
            value = flush(value)
            emitter.stages += 1
            value = emitter.call(child, value, variable, f"layer{emitter.stages}")
            continue
        if not plain(child):
            value = flush(value)
            following = children[place + 1].cls if place + 1 < len(children) else None
            if child.cls is containers.ConcatTable and following is table_twins.CAddTable:
                value = branches(emitter, child.children, [value] * len(child.children), _terms(child))
            else:
                value = emitter.apply(child, value, variable)
            continue
        if chosen(child).cls is nn.Flatten and len(run) > 1:
            value = flush(value)
        run.append(child)
    return flush(value)


def flat(spec: Spec) -> list[Spec]:
    """The children of nested Sequentials in one list."""
    found = []
    for child in spec.children:
        nested = child.cls in (nn.Sequential, containers.Sequential) and not stage(child)
        found += flat(child) if nested else [child]
    return found


def stage(spec: Spec) -> bool:
    """A run of alike blocks, as the layers of a residual network are."""
    blocks = len(spec.children) > 1 and all(child.block is not None for child in spec.children)
    return spec.cls in (nn.Sequential, containers.Sequential) and blocks


def branches(
    emitter: Emitter, specs: list[Spec], values: list[Value], names: list[str] | None = None
) -> tuple[Value, ...]:
    """Several modules beside each other; each keeps its value under a variable of its own, or that of `names`."""
    results = []
    outer = emitter.hint
    for number, (spec, value) in enumerate(zip(specs, values, strict=False)):
        if chosen(spec).cls is nn.Identity:
            results.append(value)
            continue
        name = names[number] if names else "x" if len(specs) > 1 else "y"
        emitter.hint = names[number] if names else outer
        results.append(emitter.apply(spec, value, emitter.fresh(name)))
    emitter.hint = outer
    return tuple(results)


def _terms(spec: Spec) -> list[str]:
    """What the two terms of a sum are called: the shorter way is the shortcut."""
    lengths = [len(list(walk(child))) for child in spec.children]
    if len(lengths) != 2:
        return [f"branch{number + 1}" for number in range(len(lengths))]
    return ["residual", "shortcut"] if lengths[0] >= lengths[1] else ["shortcut", "residual"]


def concat_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    return branches(emitter, spec.children, [value] * len(spec.children))


def parallel_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    entries = value if isinstance(value, tuple) else [f"{value}[{place}]" for place in range(len(spec.children))]
    return branches(emitter, spec.children, list(entries))


def map_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    if isinstance(value, tuple):
        return branches(emitter, spec.children * len(value), list(value))
    name = emitter.attribute(spec.children[0])
    return emitter.assign(f"tuple(self.{name}(entry) for entry in {value})", variable)


def concat(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    names = [f"branch{number + 1}" for number in range(len(spec.children))]
    outputs = branches(emitter, spec.children, [value] * len(spec.children), names)
    return emitter.assign(f"torch.cat({text(outputs)}, dim={spec.kwargs['dim']})", variable)


def graph(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    """Each node a line, under the name the author gave it, or after what it is."""
    values: list[Value] = [value]

    def pick(wanted: Any) -> Value:
        if isinstance(wanted, list):
            return tuple(map(pick, wanted))
        found = values[wanted[0]]
        for place in wanted[1:]:
            found = found[place] if isinstance(found, tuple) else f"{found}[{place}]"
        return found

    named = value_names(spec)
    count = sum(_is_cell(child, step) for child, step in zip(spec.children, spec.kwargs["steps"], strict=True))
    uses = [use for wanted in (*spec.kwargs["steps"], spec.kwargs["outputs"]) for use in _leaves(wanted)]
    for number, (child, step) in enumerate(zip(spec.children, spec.kwargs["steps"], strict=True), 1):
        label = spec.labels[number - 1] if spec.labels else None
        taken = [use[1] for use in uses if use[0] == number and len(use) > 1]
        variable = emitter.fresh(label or named.get(number) or role(child))
        got = pick(step)
        if _is_cell(child, step):
            values.append(_recurrent(emitter, child, got, count))
            continue
        if child.cls is shape_twins.SplitTable and taken and isinstance(got, str):
            # what is split is taken apart on the same line
            names = [emitter.fresh(f"{variable}_{place + 1}") for place in range(max(taken) + 1)]
            emitter.body.append(f"{', '.join(names)} = {inline(child.cls, child.args, child.kwargs, got)}")
            values.append(tuple(names))
            continue
        if label and child.weights and id(child) not in emitter.names:
            values.append(emitter.call(child, got, variable, label))
        else:
            values.append(emitter.apply(child, got, variable))
    return pick(spec.kwargs["outputs"])


def _is_cell(child: Spec, step: Any) -> bool:
    """Whether a module is a recurrent cell; one that is an object of an emitted class takes its states too."""
    return child.cls in (nn.LSTMCell, nn.RNNCell) or (child.block is not None and isinstance(step, list))


def _recurrent(emitter: Emitter, cell: Spec, value: Value, count: int) -> Value:
    """A cell called with its state; `count` is how many cells the graph has."""
    kind = cell.cls.__name__ if cell.block is None else cell.block.definition.name
    results = ("h", "c") if cell.cls is nn.LSTMCell else ("c", "h") if len(value) == 3 else ("h",)
    place = emitter.attribute(cell, f"{kind.removesuffix('Cell').lower()}{_next(emitter, count)}")
    layer = place.lstrip("abcdefghijklmnopqrstuvwxyz")
    names = tuple(emitter.fresh(f"next_{letter}{layer}") for letter in results)
    emitter.body.append(f"{', '.join(names)} = self.{place}({', '.join(map(text, value))})")
    return names if len(names) > 1 else names[0]


def _next(emitter: Emitter, count: int) -> str:
    emitter.stages += 1
    return str(emitter.stages) if count > 1 else ""


def _leaves(wanted: Any) -> list[tuple[int, ...]]:
    return [leaf for each in wanted for leaf in _leaves(each)] if isinstance(wanted, list) else [wanted]


def select_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    (index,) = spec.args
    return value[index] if isinstance(value, tuple) else f"{value}[{index}]"


def narrow_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    start, length = spec.args
    if not isinstance(value, tuple):
        return emitter.leaf(spec, value, variable)
    return value[start : start + length if length >= 0 else len(value) + length + 1]


def flatten_table(emitter: Emitter, spec: Spec, value: Value, variable: str) -> Value:
    if not isinstance(value, tuple):
        return emitter.call(spec, value, variable)
    return table_twins.flatten_table(value)


HANDLERS: dict[Any, Any] = {
    nn.Sequential: sequential,
    containers.Sequential: sequential,
    containers.ConcatTable: concat_table,
    containers.ParallelTable: parallel_table,
    containers.MapTable: map_table,
    containers.Concat: concat,
    containers.GraphModule: graph,
    table_twins.SelectTable: select_table,
    table_twins.NarrowTable: narrow_table,
    table_twins.FlattenTable: flatten_table,
}
