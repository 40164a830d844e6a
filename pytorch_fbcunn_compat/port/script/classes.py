"""torch.class and the methods that follow it, as a Python class."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from .functions import define
from .source import Untranslated, arguments, assignment, callee, field, method, parts, text, unwrap
from .values import Code

if TYPE_CHECKING:
    from .translator import Translator

_MODULE = (
    "a class of nn: as an nn.Module its updateOutput is forward, which returns its result instead of keeping it in "
    "self.output; autograd replaces updateGradInput and accGradParameters"
)


def group(t: Translator, node: Node, following: list[Node], otherwise: Callable[..., int]) -> int:
    """A class with its methods, or what `otherwise` makes of the statement; returns how many after it belong to it."""
    kept = len(t.lines), len(t.quoted), t.indent
    try:
        taken = torch_class(t, node, following)
    except Untranslated as reason:
        del t.lines[kept[0] :], t.quoted[kept[1] :]
        t.indent = kept[2]
        t.quote(node, str(reason))
        return 0
    return otherwise(t, node, following) if taken is None else taken


def torch_class(t: Translator, node: Node, following: list[Node]) -> int | None:
    """``local C, parent = torch.class('Name'[, 'Parent'])`` and the functions of C after it.

    Returns how many of the `following` statements belong to it; None if the statement is something else.
    """
    found = assignment(node) if node.type in ("variable_declaration", "assignment_statement") else None
    call = unwrap(found[1][0]) if found is not None and len(found[1]) == 1 else node
    if call.type != "function_call" or callee(call) not in ("torch.class", "class"):
        return None
    names = [json.loads(t.expression(argument).text) for argument in arguments(call)
             if t.expression(argument).text.startswith('"')]  # fmt: skip
    variables = [text(target) for target in found[0]] if found is not None else []
    if not names or len(names) != len(arguments(call)):
        return None
    owner = variables[0] if variables else names[0]
    methods: list[Node] = []
    taken = 0
    for place, later in enumerate(following, 1):
        if later.type != "comment" and _owner(later) != owner:
            break
        if later.type != "comment":
            taken = place
    methods = following[:taken]
    if any(name.split(".")[0] in ("nn", "cudnn", "fbcunn") for name in names):
        for entry in [node, *(entry for entry in methods if entry.type != "comment")]:
            t.quote(entry, _MODULE if entry is node else f"a method of {names[0]}")
        return taken
    if "." in names[0]:
        raise Untranslated("a class in a table")
    t.scopes.assign(names[0], "class")
    if variables:
        variable = (t.scopes.declare if found and found[2] else t.scopes.assign)(variables[0], "class")
        variable.name = names[0]
    parents = [t.scopes.find(name) for name in names[1:]]
    if None in parents:
        raise Untranslated(f"the class {names[1]}, which the script does not define")
    if len(variables) > 1:
        t.scopes.declare(variables[1], "parent").name = "super()"
    t.emit(f"\n\nclass {names[0]}({names[1]}):" if len(names) > 1 else f"\n\nclass {names[0]}:")
    with t.nested():
        for entry in methods:
            if entry.type == "comment":
                t.comment(entry)
            else:
                _method(t, entry)
    t.lines += ["", ""]
    t.translated += 1 + len(methods)
    return taken


def _owner(node: Node) -> str | None:
    """The table to which a function is added."""
    if node.type != "function_declaration":
        return None
    name = field(node, "name")
    return text(field(name, "table")) if name.type in ("method_index_expression", "dot_index_expression") else None


def _method(t: Translator, node: Node) -> None:
    name = field(node, "name")
    short = text(name.named_children[-1])
    kept = len(t.lines), len(t.quoted), t.indent
    static = name.type == "dot_index_expression"
    if static:
        if t.lines[-1].strip() and not t.lines[-1].endswith(":"):
            t.lines.append("")
        t.emit("@staticmethod")
    try:
        python = {"__init": "__init__", "__len": "__len__", "__tostring": "__str__", "__tostring__": "__str__"}
        bound = {} if static else {"self": Code("self", "object")}
        define(t, python.get(short, t.attribute(short)), node, bound, first=[] if static else ["self"])
    except Untranslated as reason:
        del t.lines[kept[0] :], t.quoted[kept[1] :]
        t.indent = kept[2]
        t.quote(node, str(reason))


def calls_parent(t: Translator, node: Node) -> Code | None:
    """``parent.method(self, …)`` as ``super().method(…)``."""
    function = field(node, "name")
    if function.type != "dot_index_expression" or method(node) is not None:
        return None
    owner = field(function, "table")
    variable = t.scopes.find(text(owner)) if owner.type == "identifier" else None
    given = parts(field(node, "arguments"))
    if variable is None or variable.kind != "parent" or not given or text(given[0]) != "self":
        return None
    short = text(function.named_children[-1])
    values = ", ".join(t.expression(argument).text for argument in given[1:])
    return Code(f"super().{'__init__' if short == '__init' else t.attribute(short)}({values})")
