"""Which functions of Torch7's core exist here, for which types and in which forms: ``fbcunn doctor --coverage``.

The facts come from the very table that the Lua package resolves calls with (``lua/torch/overload.lua``).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

# Element types of Torch7's tensors, in its order.
TYPES = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half")

_REPORT = """
require 'torch'
local overload = require 'torch.overload'
local lines = {}
for name in pairs(overload.table) do
  local about = overload.describe(name)
  lines[#lines + 1] = table.concat({ name, table.concat(about.types, ' '), table.concat(about.func, '|'),
    table.concat(about.method, '|') }, '\\t')
end
table.sort(lines)
return table.concat(lines, '\\n')
"""


@dataclass(frozen=True)
class Function:
    """One wrapped name: element types, and argument lists of ``torch.name(...)`` and ``tensor:name(...)``."""

    name: str
    types: tuple[str, ...]
    function_forms: tuple[str, ...]
    method_forms: tuple[str, ...]


def functions() -> list[Function]:
    """Every function of the table, by name."""
    from .lua import LuaRuntime

    found = []
    for line in LuaRuntime().execute(_REPORT).split("\n"):
        name, types, function_forms, method_forms = line.split("\t")
        found.append(Function(name, tuple(types.split()), _forms(function_forms), _forms(method_forms)))
    return found


def _forms(text: str) -> tuple[str, ...]:
    # "|" also separates letters and kinds of sizes inside of brackets.
    forms, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if character == "|" and depth == 0:
            forms.append(text[start:position])
            start = position + 1
    return tuple(form for form in (*forms, text[start:]) if form)


def print_report(as_json: bool = False) -> None:
    """Prints the functions as a table or as JSON."""
    found = functions()
    if as_json:
        print(json.dumps([asdict(function) for function in found], indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("name", "B C S I L F D H", "torch.name(…)", "tensor:name(…)"):
        table.add_column(title, no_wrap=title != "tensor:name(…)" and title != "torch.name(…)")
    for function in found:
        marks = " ".join("●" if kind in function.types else "·" for kind in TYPES)
        table.add_row(
            function.name, marks, *(str(len(forms)) for forms in (function.function_forms, function.method_forms))
        )
    console = Console(highlight=False)
    console.print(table)
    forms = sum(len(function.function_forms) + len(function.method_forms) for function in found)
    pairs = sum(len(function.types) for function in found)
    console.print(f"{len(found)} names, {forms} forms, {pairs} pairs of name and element type")
