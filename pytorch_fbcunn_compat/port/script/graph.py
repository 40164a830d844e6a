"""Models that nngraph wires, for translated scripts; the source is written into the script."""

from __future__ import annotations

from typing import Any

from torch import nn


class Node:
    """A module at a place of a graph, and the nodes whose values it takes; one without a module passes them on.

    `entry` is the number of the value it passes on, where its parent's is a tuple.
    """

    def __init__(self, module: nn.Module | None, parents: list[Node], entry: int | None = None) -> None:
        self.module, self.parents, self.entry = module, parents, entry

    def split(self, count: int) -> list[Node]:
        return [Node(None, [self], entry) for entry in range(count)]


def node(module: nn.Module, *parents: Any) -> Node:
    """``module()(parents)`` of nngraph; several parents may be in a list."""
    given = parents[0] if len(parents) == 1 and isinstance(parents[0], list) else parents
    return Node(module, list(given))


class Graph(nn.Module):
    """The function from the values of some nodes to those of others."""

    def __init__(self, inputs: list[Node], outputs: list[Node]) -> None:
        super().__init__()
        self.inputs, self.outputs, self.order = inputs, outputs, []
        waiting = list(reversed(outputs))
        while waiting:
            last = waiting[-1]
            missing = [parent for parent in last.parents if parent not in self.order]
            if last not in self.order and not missing:
                self.order.append(last)
            waiting += reversed(missing)
            if not missing:
                waiting.pop()
        self.layers = nn.ModuleList(dict.fromkeys(one.module for one in self.order if one.module is not None))

    def forward(self, *given: Any) -> Any:
        if len(given) == 1 and len(self.inputs) > 1:
            (given,) = given
        taken = dict(zip(self.inputs, given, strict=True))
        values: dict[Node, Any] = {}
        for one in self.order:
            value = (taken[one],) if one in taken else tuple(values[parent] for parent in one.parents)
            value = value[0] if len(value) == 1 else value
            if one.entry is not None:
                value = value[one.entry]
            values[one] = value if one.module is None else one.module(value)
        found = tuple(values[one] for one in self.outputs)
        return found if len(found) > 1 else found[0]
