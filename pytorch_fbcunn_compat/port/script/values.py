"""Python expressions in the making, and the names of Lua variables in Python."""

from __future__ import annotations

import builtins
import dataclasses
import keyword
import re
from typing import Any

# binding strength of Python's operators
TERNARY, OR, AND, NOT, COMPARE, ADD, MULTIPLY, UNARY, POWER, ATOM = range(10)


@dataclasses.dataclass
class Code:
    """A Python expression.

    Attributes:
        text: its source.
        kind: what it gives, as far as that is known: ``tensor``, ``int``, ``number``, ``str``, ``list``, ``dict``,
            ``object``, ``model``, ``criterion``, ``loss``, ``indices`` (a tensor of positions counted from 0 where Lua
            counts from 1), ``index`` (one such position), …; empty if unknown.
        strength: of its outermost operator.
        info: what else is known, by kind.
    """

    text: str
    kind: str = ""
    strength: int = ATOM
    info: Any = None

    def within(self, strength: int) -> str:
        """Its source as the operand of an operator."""
        return self.text if self.strength >= strength else f"({self.text})"

    @property
    def called(self) -> str:
        """Its source before ``.name``, ``(…)`` or ``[…]``."""
        return f"({self.text})" if self.strength < ATOM or re.fullmatch(r"\d+", self.text) else self.text


def minus_one(value: Code) -> Code:
    """A position that Lua counts from 1, counted from 0."""
    if value.kind in ("index", "indices"):
        return Code(value.text, "int", value.strength)
    if re.fullmatch(r"-?\d+", value.text):
        number = int(value.text)
        return Code(str(number - 1 if number > 0 else number), "int")
    if ending := re.fullmatch(r"(.*) \+ (\d+)", value.text):
        if value.strength == ADD:
            left = int(ending.group(2)) - 1
            inner = ending.group(1)
            strength = ATOM if re.fullmatch(r"[\w.]+", inner) else ADD
            return Code(f"{inner} + {left}" if left else inner, "int", ADD if left else strength)
    if value.strength == ADD and value.text.startswith("1 + "):
        return Code(value.text[4:], "int", ADD)
    return Code(f"{value.within(ADD)} - 1", "int", ADD)


def counted_from_1(value: Code) -> Code:
    """The number that Lua has, of a position or loss that is kept in another form."""
    if value.kind in ("index", "indices"):
        return Code(f"{value.within(ADD)} + 1", "tensor" if value.kind == "indices" else "int", ADD)
    if value.kind == "loss":
        return Code(f"{value.called}.item()", "number")
    return value


@dataclasses.dataclass
class Variable:
    """A Lua variable."""

    name: str
    kind: str = ""
    info: Any = None
    function: int = 0  # depth of the Python function that it belongs to; 0 is the module


_RESERVED = {
    "torch",
    "nn",
    "os",
    "math",
    "time",
    "argparse",
    "sys",
    "optimizer",
    "scheduler",
    "parser",
    "Path",
    "random",
    "rng",
}


class Scopes:
    """Names that are visible; Lua has a scope for each block, Python for each function."""

    def __init__(self) -> None:
        self.globals: dict[str, Variable] = {}
        self.blocks: list[dict[str, Variable]] = [{}]
        self.functions: list[set[str]] = [set()]  # Python names taken in each open function
        self.outer: list[set[str]] = [set()]  # names of the module that an open function assigns
        self.nonlocals: list[set[str]] = [set()]

    @property
    def depth(self) -> int:
        return len(self.functions) - 1

    def find(self, name: str) -> Variable | None:
        """The variable that a Lua name means here."""
        for block in reversed(self.blocks):
            if name in block:
                return block[name]
        return self.globals.get(name)

    def declare(self, name: str, kind: str = "", info: Any = None) -> Variable:
        """A new local variable."""
        shadowed = self.find(name)
        again = shadowed is not None and shadowed.function == self.depth and name in self.blocks[-1]
        wanted = shadowed.name if again and shadowed is not None else self.free(name)
        variable = Variable(wanted, kind, info, self.depth)
        self.blocks[-1][name] = variable
        return variable

    def assign(self, name: str, kind: str = "", info: Any = None) -> Variable:
        """The variable that an assignment without ``local`` changes; a new global if there is none."""
        variable = self.find(name)
        if variable is None:
            variable = self.globals[name] = Variable(python_name(name), kind, info, 0)
            self.functions[0].add(variable.name)
        elif kind or variable.kind in ("list", "dict", "object"):
            variable.kind, variable.info = kind, info
        if variable.function < self.depth:
            (self.outer if variable.function == 0 else self.nonlocals)[-1].add(variable.name)
        return variable

    def free(self, name: str) -> str:
        """A Python name for a Lua one that no live variable of this function has."""
        base = python_name(name)
        visible = (variable for block in self.blocks for variable in block.values())
        live = {variable.name for variable in visible if variable.function == self.depth}
        if self.depth == 0:
            live |= {variable.name for variable in self.globals.values()}
        number, found = 1, base
        while found in live:
            number += 1
            found = f"{base}{number}"
        self.functions[-1].add(found)
        return found


def python_name(name: str) -> str:
    """A Lua name that means nothing else in Python."""
    taken = keyword.iskeyword(name) or name in _RESERVED or name in dir(builtins)
    return f"{name}_" if taken else name


def unique(names: list[str]) -> list[str]:
    """Names of parameters; Lua may call several of them ``_``."""
    return [f"{name}{place}" if name in names[:place] else name for place, name in enumerate(names)]
