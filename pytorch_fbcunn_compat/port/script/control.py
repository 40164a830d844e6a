"""Lua's control structures as Python's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from .calls import _plus_one as plus_one
from .expressions import condition as truth
from .source import Untranslated, arguments, callee, field, parts, text, unwrap, walk
from .values import Code, minus_one

if TYPE_CHECKING:
    from .translator import Translator


def body(t: Translator, head: str, inner: Node | None) -> None:
    """A compound statement."""
    t.emit(head)
    with t.nested():
        if inner is not None:
            t.block(inner)


def condition(t: Translator, node: Node) -> None:
    """``if … elseif … else … end``; ``if x ~= parameters then parameters:copy(x) end`` of closures is left out."""
    asked = field(node, "condition")
    mentioned = {text(inner) for inner in walk(asked) if inner.type == "identifier"}
    first = node.child_by_field_name("consequence")
    if mentioned & t.training.arguments and len(parts(first)) == 1 and ":copy(" in text(first):
        return
    body(t, f"if {truth(t, asked).text}:", first)
    for other in parts(node):
        if other.type == "elseif_statement":
            body(t, f"elif {truth(t, field(other, 'condition')).text}:", other.child_by_field_name("consequence"))
        elif other.type == "else_statement":
            body(t, "else:", other.child_by_field_name("body"))


def loop(t: Translator, node: Node) -> None:
    """``for i = a, b, c do`` and ``for k, v in pairs(x) do``."""
    clause = field(node, "clause")
    inner = node.child_by_field_name("body")
    if clause.type == "for_numeric_clause":
        bounds = [t.expression(part) for part in parts(clause)[1:]]
        start, end, *rest = (Code(f"int({b.text})", "int") if b.kind == "number" else b for b in bounds)
        down = bool(rest) and rest[0].text.startswith("-")
        last = plus_one(end)
        if down:
            last = str(int(end.text) - 1) if end.text.isdigit() else minus_one(end).text
        words = [start.text, last, *(one.text for one in rest)]
        with _LoopScope(t):
            name = t.scopes.declare(text(parts(clause)[0]), "int").name
            return body(t, f"for {name} in range({', '.join(words)}):", inner)
    names, values = (parts(part) for part in parts(clause)[:2])
    call = unwrap(values[0])
    if call.type != "function_call" or callee(call) not in ("pairs", "ipairs"):
        raise Untranslated("a for over an iterator of its own")
    over = t.raw(arguments(call)[0])
    with _LoopScope(t):
        variables = [t.scopes.declare(text(name)).name for name in names]
        if callee(call) == "ipairs" or over.kind == "list":
            if variables[0] == "_" and len(variables) == 2:
                return body(t, f"for {variables[1]} in {over.text}:", inner)
            return body(t, f"for {', '.join(variables)} in enumerate({over.text}, 1):", inner)
        items = f"vars({over.text})" if over.kind in ("object", "options") else over.called
        ending = ".items()" if len(variables) == 2 else ""
        return body(t, f"for {', '.join(variables)} in {items}{ending}:", inner)


class _LoopScope:
    """The scope of a loop's variables."""

    def __init__(self, t: Translator) -> None:
        self.t = t

    def __enter__(self) -> None:
        self.t.scopes.blocks.append({})

    def __exit__(self, *_: object) -> None:
        self.t.scopes.blocks.pop()


def repeat(t: Translator, node: Node) -> None:
    """``repeat … until x``."""
    t.emit("while True:")
    with t.nested():
        inner = node.child_by_field_name("body")
        if inner is not None:
            t.block(inner)
        t.emit(f"if {t.expression(field(node, 'condition')).text}:")
        t.emit("    break")
