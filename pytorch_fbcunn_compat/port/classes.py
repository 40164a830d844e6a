"""Gives modules that come again in a model a class of their own in the emitted source."""

from __future__ import annotations

import dataclasses
from typing import Any

from .blocks import (
    Block,
    Definition,
    Use,
    is_size,
    leaves,
    numbers,
    parameterized,
    parameters,
    repeated,
    replaced,
    shape,
    title,
    walk,
)
from .expressions import Name
from .forms import input_count
from .recurrence import Found, with_cells
from .spec import Spec
from .twins.containers import GraphModule


@dataclasses.dataclass
class Parts:
    """A model whose repeated parts are objects of classes.

    Attributes:
        model: the model.
        definitions: the classes, each after those it uses.
        copied: the twins that these use.
        cells: the recurrent cells, if the model is a graph.
    """

    model: Spec
    definitions: list[Definition]
    copied: list[Any]
    cells: list[Found]


def with_classes(spec: Spec) -> Parts:
    """The model with repeated parts, and with recurrent cells, replaced by objects of classes."""
    definitions: list[Definition] = []
    copied: list[Any] = []
    refused: set[Any] = set()
    spec, cells = _graphs(spec, definitions, copied)
    while (group := repeated(spec, [made.name for made in definitions], refused)) is not None:
        objects = class_for(group, title(group[0]), ["x"], definitions, copied)
        if objects is None:
            refused.add(shape(group[0]))
        else:
            spec = replaced(spec, {id(old): new for old, new in zip(group, objects, strict=True)})
    return Parts(spec, definitions, copied, cells)


def _graphs(spec: Spec, definitions: list[Definition], copied: list[Any]) -> tuple[Spec, list[Found]]:
    """The recurrent cells of all graphs in a model as modules; and those of the model, if it is a graph itself."""
    cells: list[Found] = []
    for graph in {id(inner): inner for inner in walk(spec) if inner.cls is GraphModule}.values():
        made, found = with_cells(
            graph,
            lambda group, name, arguments, settings: class_for(
                group, name, arguments, definitions, copied, settings or None
            ),
        )
        if found:
            cells = found if graph is spec else cells
            spec = replaced(spec, {id(graph): made})
    return spec, cells


def class_for(
    group: list[Spec],
    name: str,
    arguments: list[str],
    definitions: list[Definition],
    copied: list[Any],
    settings: dict[Name, list[tuple[int, str]]] | None = None,
) -> list[Spec] | None:
    """Writes a class for alike modules, and makes each an object of it; None if the code would not be the same.

    Args:
        group: the modules; they differ in sizes only.
        name: what the class is called, if the name is free.
        arguments: what its forward takes.
        definitions, copied: the classes and twins so far; added to.
        settings: names for the parameters of its constructor, each with the settings (number of the layer, name) that
            it stands for; by default found from what differs.
    """
    from .emit import Emitter

    if arguments == ["x"] and input_count(group[0]) is not None:
        return None
    emitters = [Emitter(spec, whole=False, arguments=arguments) for spec in group]
    first = emitters[0]
    if arguments == ["x"] and not isinstance(first.result, str):
        return None
    if any([name for name, _ in other.attributes] != [name for name, _ in first.attributes] for other in emitters):
        return None
    inside = {id(leaf): name for name, attribute in first.attributes for leaf in leaves(attribute)}
    if settings is None:
        settings = parameters(group, [inside.get(id(leaf), "") for leaf in leaves(group[0])])
    names = {place: name for name, places in settings.items() for place in places}
    pattern = Emitter(parameterized(group[0], names), _free(name, definitions), False, arguments)
    tables = [[numbers(leaf) for leaf in leaves(spec)] for spec in group]
    declared = [f"{name}: {_type([table[number][setting] for table in tables])}"
                for name, ((number, setting), *_) in settings.items()]  # fmt: skip
    definition = Definition(pattern.class_name, pattern.class_text(declared))
    copied += [twin for twin in pattern.copied if twin not in copied]
    definitions.append(definition)
    return [_object(*each, definition, settings) for each in zip(group, emitters, tables, strict=True)]


def _object(
    spec: Spec, emitter: Any, table: list[dict[str, Any]], definition: Definition, settings: dict[Name, Any]
) -> Spec:
    layers = list(leaves(spec))
    parts: tuple[dict[str, Any], dict[str, Any]] = {}, {}  # sizes and others
    for name, ((number, setting), *_) in settings.items():
        parts[not is_size(layers[number], setting)][str(name)] = table[number][setting]
    return Spec(
        Block,
        kwargs={"names": tuple(name for name, _ in emitter.attributes)},
        children=[attribute for _, attribute in emitter.attributes],
        block=Use(definition, *parts),
        typename=spec.typename,
        path=spec.path,
        lua=spec.lua,
        training=spec.training,
    )


def _type(values: list[Any]) -> str:
    kinds = {type(value) for value in values}
    names = [name for kind, name in ((int, "int"), (float, "float"), (tuple, "tuple[int, ...]")) if kind in kinds]
    return " | ".join(names)


def _free(wanted: str, definitions: list[Definition]) -> str:
    taken = {made.name for made in definitions} | {"Model"}
    number, name = 1, wanted
    while name in taken:
        number += 1
        name = f"{wanted}{number}"
    return name
