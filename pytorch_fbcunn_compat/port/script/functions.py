"""Lua functions as Python functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from .source import Untranslated, field, method, parts, text, walk
from .values import Code, unique

if TYPE_CHECKING:
    from .translator import Translator


def function(t: Translator, node: Node) -> None:
    """``function f(…)``, ``local function f(…)``, ``function table:f(…)``."""
    name = field(node, "name")
    if name.type == "identifier":
        local = text(node).startswith("local")
        variable = (t.scopes.declare if local else t.scopes.assign)(text(name), "function")
        return define(t, variable.name, node, closure=text(name))
    owner = t.raw(field(name, "table"))
    short = text(name.named_children[-1])
    target = f"{owner.called}.{t.attribute(short)}"
    own = {"self": owner} if name.type == "method_index_expression" else {}
    statements = parts(node.child_by_field_name("body"))
    if len(statements) == 1 and statements[0].type == "return_statement" and not parts(field(node, "parameters")):
        with t.function():
            _bind(t, own)
            values = [t.expression(value).text for value in parts(parts(statements[0])[0])]
        if len(values) == 1:
            return t.emit(f"{target} = lambda: {values[0]}")
    local_name = t.scopes.free(short)
    define(t, local_name, node, own)
    t.emit(f"{target} = {local_name}")
    return None


def _bind(t: Translator, names: dict[str, Code]) -> None:
    for name, code in names.items():
        variable = t.scopes.declare(name, code.kind, code.info)
        variable.name = code.text


def define(
    t: Translator,
    name: str,
    node: Node,
    bound: dict[str, Code] | None = None,
    closure: str | None = None,
    first: list[str] | None = None,
) -> None:
    """``def name(…)`` with the body of a Lua function; one that is given to optim takes nothing in PyTorch."""
    inner = node.child_by_field_name("body")
    calls = {found[1] for child in walk(node) if child.type == "function_call" and (found := method(child)) is not None}
    top = t.indent == 0
    if not top and t.lines and t.lines[-1].strip() and not re.search(r":\s*$|^\s*@", t.lines[-1]):
        t.lines.append("")
    if top:
        while t.lines and t.lines[-1] == "":
            t.lines.pop()
        start = len(t.lines)
        while start and t.lines[start - 1].startswith("#"):
            start -= 1
        if start:
            t.lines[start:start] = ["", ""]
    if "evaluate" in calls and "backward" not in calls:
        t.emit("@torch.no_grad()")
    before = set(t.training.arguments)
    with t.function():
        _bind(t, bound or {})
        names = []
        for parameter in parts(field(node, "parameters")):
            if parameter.type == "vararg_expression":
                raise Untranslated("a function with ...")
            variable = t.scopes.declare(text(parameter))
            if closure in t.training.closures:
                vector = t.scopes.find(t.training.closures[closure])
                variable.kind, variable.info = ("flat", vector.info) if vector is not None else ("", None)
                t.training.arguments.add(text(parameter))
                continue
            names.append(variable.name)
        names = _with_defaults(unique(names), node)
        t.emit(f"def {name}({', '.join([*(first or []), *names])}):")
        place = len(t.lines)
        with t.nested():
            t.block(inner)
        for kind, assigned in (("nonlocal", t.scopes.nonlocals[-1]), ("global", t.scopes.outer[-1])):
            if assigned:
                t.lines.insert(place, f"{'    ' * (t.indent + 1)}{kind} {', '.join(sorted(assigned))}")
    t.training.arguments = before
    t.lines += ["", ""] if top else [""]


def _with_defaults(names: list[str], node: Node) -> list[str]:
    """Parameters at the end may be left out where the function asks whether they are there."""
    body = text(node)
    kept = list(names)
    for place in reversed(range(len(kept))):
        name = re.escape(kept[place])
        if not re.search(rf"\b{name}\s+or\b|\b{name}\s*[=~]=\s*nil|\bnot\s+{name}\b", body):
            break
        kept[place] += "=None"
    return kept
