"""Parts of a model that come again become classes of their own: residual blocks, inception modules, dense layers."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch import nn

from .expressions import Name, settings_of
from .forms import chosen
from .spec import Spec
from .twins import containers
from .twins import tables as table_twins

_SEQUENTIALS = (nn.Sequential, containers.Sequential)
_BRANCHES = (containers.ConcatTable, containers.Concat)


class Block(nn.Module):
    """What an object of an emitted class holds: its submodules under their names there."""

    def __init__(self, *modules: nn.Module, names: tuple[str, ...] = ()) -> None:
        super().__init__()
        for name, module in zip(names, modules, strict=True):
            self.add_module(name, module)


@dataclasses.dataclass
class Definition:
    """An emitted class: its name, and the text of the class."""

    name: str
    source: str


@dataclasses.dataclass
class Use:
    """What an object of an emitted class is made with."""

    definition: Definition
    values: dict[str, Any]  # by position
    named: dict[str, Any]  # by keyword


def uses(root: Spec) -> Counter[int]:
    """How often each Spec stands in a tree, by identity."""
    found: Counter[int] = Counter()
    for spec in walk(root):
        found[id(spec)] += 1
    return found


def walk(spec: Spec) -> Iterator[Spec]:
    """A Spec and all below it, depth first."""
    yield spec
    for child in spec.children:
        yield from walk(child)


def branching(spec: Spec) -> bool:
    """Whether a module's own code takes more than a run of layers: the places where a person writes a class."""
    if spec.cls is containers.Concat:
        return len(spec.children) > 1
    return spec.cls in _SEQUENTIALS and any(child.cls in _BRANCHES for child in spec.children)


def shape(spec: Spec) -> Any:
    """What two modules must have in common to be objects of one class: all but numbers in settings."""
    best = chosen(spec)
    if best.block is not None:
        settings: Any = (id(best.block.definition), *best.block.named)
    elif adjustable(best):
        settings = tuple((name, _kind(value)) for name, value in settings_of(best.cls, best.args, best.kwargs).items())
    else:
        settings = repr((best.args, best.kwargs))
    written = spec.idiom if isinstance(spec.idiom, str) else None
    return best.cls, settings, written, tuple(best.weights), tuple(map(shape, best.children))


def adjustable(spec: Spec) -> bool:
    """Whether the settings of a layer may be parameters of the class it stands in."""
    return spec.cls.__module__.startswith("torch.nn.modules") and not spec.children


def _kind(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    return "number" if isinstance(value, (int, float, tuple)) else repr(value)


def leaves(spec: Spec) -> Iterator[Spec]:
    """The layers in a module whose settings may differ from object to object, in order."""
    best = chosen(spec)
    if best.block is not None or adjustable(best):
        yield best
    else:
        for child in best.children:
            yield from leaves(child)


def numbers(leaf: Spec) -> dict[str, Any]:
    """The settings of a layer that may differ."""
    if leaf.block is not None:
        return leaf.block.values | leaf.block.named
    settings = settings_of(leaf.cls, leaf.args, leaf.kwargs)
    return {name: value for name, value in settings.items() if _kind(value) == "number"}


def repeated(root: Spec, made: list[str], refused: set[Any]) -> list[Spec] | None:
    """The next group of alike modules that should become a class: the innermost whose surroundings differ.

    A module that comes once becomes a class if there is one for its like: `made` are the names of those there are.
    Shapes in `refused` are left as they are.
    """
    groups, around = _candidates(root)
    groups = {
        key: group for key, group in groups.items() if key not in refused and all(spec is not root for spec in group)
    }
    kind = {id(spec): key for key, group in groups.items() for spec in group}
    several = {key for key, group in groups.items() if len(group) > 1}
    depth = {key: _depth(group[0], kind) for key, group in groups.items()}
    for key in sorted(several, key=lambda key: (depth[key], -len(groups[key]))):
        group = groups[key]
        outer = [next((kind[id(each)] for each in reversed(around[id(spec)]) if kind.get(id(each)) in several), None)
                 for spec in group]  # fmt: skip
        if None not in outer and len(set(outer)) == 1 and len(groups[outer[0]]) == len(group):
            continue  # each stands in a module of its own that comes as often: that one becomes the class
        return group
    alone = [group for key, group in groups.items() if key not in several and title(group[0]) in made]
    return min(alone, key=lambda group: depth[kind[id(group[0])]], default=None)


def _candidates(root: Spec) -> tuple[dict[Any, list[Spec]], dict[int, list[Spec]]]:
    """The modules that may become classes by their shape, and those around each, the nearest last."""
    count = uses(root)
    groups: dict[Any, list[Spec]] = {}
    around: dict[int, list[Spec]] = {}

    def visit(spec: Spec, outside: list[Spec]) -> None:
        if branching(spec) and spec.block is None and all(count[id(inner)] == 1 for inner in walk(spec)):
            groups.setdefault(shape(spec), []).append(spec)
            around[id(spec)] = outside
            outside = [*outside, spec]
        for child in spec.children if spec.block is None else ():
            visit(child, outside)

    visit(root, [])
    return groups, around


def _depth(spec: Spec, kind: dict[int, Any]) -> int:
    """How many candidates stand inside each other in a module."""
    return max((_depth(child, kind) for child in spec.children), default=0) + (id(spec) in kind)


def replaced(root: Spec, by: dict[int, Spec]) -> Spec:
    """The tree with some modules replaced; those around them are copies, shared ones shared again."""
    done: dict[int, Spec] = dict(by)

    def visit(spec: Spec) -> Spec:
        known = done.get(id(spec))
        if known is None:
            children = [visit(child) for child in spec.children]
            same = all(new is old for new, old in zip(children, spec.children, strict=True))
            known = done[id(spec)] = spec if same else dataclasses.replace(spec, children=children)
        return known

    return visit(root)


def parameterized(spec: Spec, names: dict[tuple[int, str], Name]) -> Spec:
    """A copy of a module in which settings, by number of the layer and name, are parameters."""
    order = {id(leaf): number for number, leaf in enumerate(leaves(spec))}

    def visit(spec: Spec) -> Spec:
        best = chosen(spec)
        number = order.get(id(best))
        if number is None:
            if best is not spec:
                return spec
            return dataclasses.replace(spec, children=[visit(child) for child in spec.children])
        mine = {setting: name for (leaf, setting), name in names.items() if leaf == number}
        changed = _with(best, mine) if mine else best
        return changed if best is spec else dataclasses.replace(spec, idiom=changed)

    return visit(spec)


def _with(leaf: Spec, names: dict[str, Name]) -> Spec:
    if leaf.block is not None:
        values, named = ({key: names.get(key, value) for key, value in part.items()}
                         for part in (leaf.block.values, leaf.block.named))  # fmt: skip
        return dataclasses.replace(leaf, block=dataclasses.replace(leaf.block, values=values, named=named))
    args = list(leaf.args)
    kwargs = dict(leaf.kwargs)
    places = list(settings_of(leaf.cls, leaf.args, leaf.kwargs))
    for setting, name in names.items():
        place = places.index(setting)
        if place < len(args):
            args[place] = name
        else:
            kwargs[setting] = name
    return dataclasses.replace(leaf, args=tuple(args), kwargs=kwargs)


def title(spec: Spec) -> str:
    """A name for the class of a repeated module, from what it is."""
    parts = [spec] if spec.cls is containers.Concat else spec.children
    split = next(part for part in parts if part.cls in _BRANCHES)
    identity = any(chosen(child).cls is nn.Identity for child in split.children)
    if split.cls is containers.Concat:
        if identity:
            return "DenseLayer"
        if len(split.children) > 2:
            return "Inception"
        before = [leaf for part in parts[: parts.index(split)] for leaf in leaves(part) if isinstance_conv(leaf)]
        return "Fire" if before and kernel(before[-1]) == 1 else "Branches"
    joined = [part.cls for part in parts[parts.index(split) + 1 :]]
    if table_twins.CAddTable not in joined or len(split.children) != 2:
        return "Block"
    convolutions = [leaf for leaf in leaves(split.children[0]) if isinstance_conv(leaf)]
    narrow = len(convolutions) > 2 and all(kernel(leaf) == 1 for leaf in (convolutions[0], convolutions[-1]))
    return ("" if identity else "Projected") + ("Bottleneck" if narrow else "ResidualBlock")


def isinstance_conv(leaf: Spec) -> bool:
    return issubclass(leaf.cls, nn.modules.conv._ConvNd)


def kernel(leaf: Spec) -> Any:
    return settings_of(leaf.cls, leaf.args, leaf.kwargs)["kernel_size"]


_INPUTS = ("in_channels", "in_features", "num_features", "channels")
_OUTPUTS = ("out_channels", "out_features")


def parameters(group: list[Spec], places: list[str]) -> dict[Name, list[tuple[int, str]]]:
    """Names for the settings in which modules of one class differ, and where each stands.

    `places` are the submodules in which the layers stand. Settings that are equal in every object are one parameter.
    """
    columns: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    layers = list(leaves(group[0]))
    tables = [[numbers(leaf) for leaf in leaves(spec)] for spec in group]
    for number, settings in enumerate(tables[0]):
        for setting in settings:
            column = tuple(table[number][setting] for table in tables)
            if any(value != column[0] for value in column):
                columns.setdefault((is_size(layers[number], setting), *column), []).append((number, setting))
    namer = _Namer(group[0], layers, places)
    found: dict[Name, list[tuple[int, str]]] = {}
    for members in columns.values():
        wanted = namer.name(members)
        name, again = wanted, 1
        while name in found:
            again += 1
            name = f"{wanted}{again}"
        found[Name(name)] = members
    # what the module takes comes first, what is no size last
    order = {"channels": 0, "in_channels": 0, "mid_channels": 1, "out_channels": 2}
    return dict(sorted(found.items(), key=lambda item: order.get(
        item[0], 1 if is_size(layers[item[1][0][0]], item[1][0][1]) else 3)))  # fmt: skip


def is_size(leaf: Spec, setting: str) -> bool:
    """Whether a setting is a number of channels or features, which is given by position."""
    return setting in leaf.block.values if leaf.block is not None else setting in (*_INPUTS, *_OUTPUTS)


class _Namer:
    """Names the parameters of a class after the part they play in it."""

    def __init__(self, spec: Spec, layers: list[Spec], places: list[str]) -> None:
        self.layers, self.places = layers, places
        self.first = next((number for number, leaf in enumerate(layers) if any(n in numbers(leaf) for n in _INPUTS)), 0)
        self.main = "residual" if "residual" in places else places[self.first]
        # the channels that branches make beside each other are none of the module's own
        beside = spec.cls is containers.Concat or any(child.cls is containers.Concat for child in spec.children)
        self.last = -1 if beside else self._last(self.main)

    def _last(self, place: str) -> int:
        return max((number for number, leaf in enumerate(self.layers)
                    if self.places[number] == place and any(name in numbers(leaf) for name in _OUTPUTS)),
                   default=-1)  # fmt: skip

    def name(self, members: list[tuple[int, str]]) -> str:
        takes = any(number == self.first and setting in _INPUTS for number, setting in members)
        gives = any(number == self.last and setting in _OUTPUTS for number, setting in members)
        number, setting = next(((n, s) for n, s in members if s in _OUTPUTS), members[0])
        place = self.places[number]
        if takes or gives:
            return "channels" if takes and gives else "in_channels" if takes else "out_channels"
        if self.layers[number].block is not None:
            return setting
        if not is_size(self.layers[number], setting):
            return {"p": "dropout"}.get(setting, setting)
        if not place.startswith("branch"):
            return "mid_channels"
        final = any(n == self._last(place) for n, _ in members)
        return f"{place}_{'channels' if final else 'reduced'}"
