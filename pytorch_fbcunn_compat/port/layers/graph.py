"""Layer table: nngraph's gModule."""

from __future__ import annotations

from typing import Any

from ...t7 import LuaTable, TorchObject
from ..spec import Layer, Spec, layer
from ..twins.containers import GraphModule


@layer("nn.gModule")
def g_module(m: Layer) -> Spec:
    """Walks the nodes in an order in which every node comes after those it takes values from.

    A node passes on what it gets (several values as a table), or what its module makes of it; a select node passes on
    one entry of a table.
    """
    holder, nodes = _nodes(m)
    places = {id(node.data): place for place, node in enumerate(nodes, 1)}
    by_data = {id(node.data): node for node in nodes}
    values: dict[int, Any] = {}
    children: list[Spec] = []
    steps: list[Any] = []
    names: list[str | None] = []
    last: Any = None
    for node in _ordered(m, nodes, by_data):
        data = node.data
        parents = [values[id(parent)] for parent in _parents(data)]
        value = parents[0] if len(parents) == 1 else parents if parents else (0,)
        if data.get("selectindex") is not None:
            position = int(data.selectindex) - 1
            value = value[position] if isinstance(value, list) else (*value, position)
        elif isinstance(data.get("module"), TorchObject):
            label = _name(data)
            child = m.port(data.module, f"{holder}[{places[id(data)]}].data.module")
            children.append(child)
            steps.append(value)
            names.append(label)
            value = (len(children),)
        values[id(data)] = last = value
    outnode = m.lua.get("outnode")
    if isinstance(outnode, TorchObject) and isinstance(outnode.get("data"), LuaTable):
        last = values.get(id(outnode.data), last)
    spec = Spec(GraphModule, kwargs={"steps": tuple(steps), "outputs": last}, children=children)
    spec.labels = names
    spec.inputs = m.int("nInputs", 1)
    return spec


def _nodes(m: Layer) -> tuple[str, list[TorchObject]]:
    """The nodes of the forward graph, and the field that holds them."""
    for holder in (m.lua, m.lua.get("fg")):
        found = holder.get("forwardnodes" if holder is m.lua else "nodes") if holder is not None else None
        if isinstance(found, LuaTable) and found.is_list and len(found):
            nodes = found.to_list()
            if all(isinstance(node, TorchObject) and isinstance(node.get("data"), LuaTable) for node in nodes):
                return "forwardnodes" if holder is m.lua else "fg.nodes", nodes
    m.fail("has no nodes: neither forwardnodes nor fg.nodes is an array of nodes")


def _parents(data: LuaTable) -> list[LuaTable]:
    """The data of the nodes whose values this node takes, in their order."""
    mapping = data.get("mapindex")
    if not isinstance(mapping, LuaTable):
        return []
    return [mapping[position] for position in range(1, mapping.border() + 1)]


def _ordered(m: Layer, nodes: list[TorchObject], by_data: dict[int, TorchObject]) -> list[TorchObject]:
    waiting = {id(node.data): {id(parent) for parent in _parents(node.data)} for node in nodes}
    if any(parent not in by_data for parents in waiting.values() for parent in parents):
        m.fail("a node takes its value from a node that is not in the graph")
    ordered: list[TorchObject] = []
    done: set[int] = set()
    pending = nodes
    while pending:
        before = len(ordered)
        for node in pending:  # the file's order is good as a rule, so one round is enough
            if waiting[id(node.data)] <= done:
                ordered.append(node)
                done.add(id(node.data))
        if len(ordered) == before:
            m.fail("the graph has a cycle")
        pending = [node for node in pending if id(node.data) not in done]
    return ordered


def _name(data: LuaTable) -> str | None:
    """The name that the author gave a node with node:annotate{name = …}."""
    annotations = data.get("annotations")
    name = annotations.get("name") if isinstance(annotations, LuaTable) else None
    return name if isinstance(name, str) and name else None
