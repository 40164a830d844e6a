"""How containers and graphs become lines of `forward`: their modules applied in order, tables as Python tuples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

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
    return best.cls.__module__.startswith("torch.nn.modules")


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

    for child in flat(spec):
        if not plain(child):
            value = flush(value)
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
        found += flat(child) if child.cls in (nn.Sequential, containers.Sequential) else [child]
    return found


def branches(emitter: Emitter, specs: list[Spec], values: list[Value]) -> tuple[Value, ...]:
    """Several modules beside each other; each keeps its value under a variable of its own."""
    results = []
    for spec, value in zip(specs, values, strict=False):
        results.append(emitter.apply(spec, value, emitter.fresh("x" if len(specs) > 1 else "y")))
    return tuple(results)


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
    outputs = concat_table(emitter, spec, value, variable)
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
    uses = [use for wanted in (*spec.kwargs["steps"], spec.kwargs["outputs"]) for use in _leaves(wanted)]
    for number, (child, step) in enumerate(zip(spec.children, spec.kwargs["steps"], strict=True), 1):
        label = spec.labels[number - 1] if spec.labels else None
        taken = [use[1] for use in uses if use[0] == number and len(use) > 1]
        variable = emitter.fresh(label or named.get(number) or role(child))
        got = pick(step)
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
