"""Steps of optim's optimizers: the closure that they are given, and the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from .source import Untranslated, arguments, assignment, callee, field, parts, text, unwrap, walk
from .training import BY_CLOSURE

if TYPE_CHECKING:
    from .translator import Translator


def closures(t: Translator, nodes: list[Node]) -> dict[str, dict[int, tuple[Node, set[str]] | None]]:
    """Closures that are used once, by a step of an optimizer in the same block: their bodies stand in its place."""
    found: dict[str, dict[int, tuple[Node, set[str]] | None]] = {"closures": {}, "calls": {}}
    defined: dict[str, tuple[Node, Node]] = {}
    for node in nodes:
        definition = _local_function(node)
        if definition is not None:
            defined[definition[0]] = (node, definition[1])
            continue
        call = step_call(t, node)
        if call is None or _method_of(t, call) in BY_CLOSURE:
            continue
        given = unwrap(arguments(call)[0])
        name = text(given)
        if given.type == "function_definition":
            found["calls"][id(node)] = (given, _parameters(given))
        elif name in defined:
            uses = sum(1 for other in nodes for inner in walk(other)
                       if inner.type == "identifier" and text(inner) == name)  # fmt: skip
            if uses == 2:
                closure, function = defined[name]
                found["closures"][id(closure)] = None
                found["calls"][id(node)] = (function, _parameters(function))
    return found


def _parameters(function: Node) -> set[str]:
    return {text(parameter) for parameter in parts(field(function, "parameters"))}


def _local_function(node: Node) -> tuple[str, Node] | None:
    if node.type == "function_declaration" and field(node, "name").type == "identifier":
        return text(field(node, "name")), node
    found = assignment(node) if node.type in ("variable_declaration", "assignment_statement") else None
    if found and len(found[0]) == len(found[1]) == 1 and found[1][0].type == "function_definition":
        return text(found[0][0]), found[1][0]
    return None


def step_call(t: Translator, node: Node) -> Node | None:
    """The call of a function of optim in a statement."""
    found = assignment(node) if node.type in ("variable_declaration", "assignment_statement") else None
    call = unwrap(found[1][0]) if found and len(found[1]) == 1 else node
    if call.type != "function_call":
        return None
    name = callee(call)
    known = name in t.training.chosen or (name.startswith("optim.") and name[6:7].islower())
    return call if known and len(arguments(call)) >= 2 else None


def _method_of(t: Translator, call: Node) -> str:
    name = callee(call)
    return name[6:] if name.startswith("optim.") else t.training.chosen[name][0]


def step(t: Translator, node: Node, function: Node | None) -> None:
    """``local _, fs = optim.sgd(feval, parameters, config)``; `function` is the closure if it is written in place."""
    kept = len(t.lines), len(t.quoted), t.indent
    try:
        take_step(t, node, function)
        t.translated += 1
    except Untranslated as reason:
        del t.lines[kept[0] :], t.quoted[kept[1] :]
        t.indent = kept[2]
        t.quote(node, str(reason))


def take_step(t: Translator, node: Node, function: Node | None) -> None:
    call = step_call(t, node)
    assert call is not None
    given = arguments(call)
    config = given[2] if len(given) > 2 else None
    key = text(config) if config is not None and config.type == "identifier" else config
    optimizer = next((o for o in t.training.optimizers if o.config == key and o.parameters == text(given[1])), None)
    if optimizer is None or not optimizer.made:
        raise Untranslated("the settings of this optimizer are not known at this place")
    if function is None:
        closure = t.raw(given[0])
        loss = t.scopes.free("loss")
        t.emit(f"{loss} = {optimizer.name}.step({closure.text})")
    else:
        t.training.arguments |= _parameters(function)
        for parameter in parts(field(function, "parameters")):
            t.scopes.declare(text(parameter), "flat", t.training.model(optimizer))
        loss = _inline(t, function)
        t.emit(f"{optimizer.name}.step()")
    if optimizer.decays:
        t.emit(f"{t.training.scheduler(optimizer)}.step()")
    found = assignment(node) if node.type != "function_call" else None
    targets = found[0] if found else []
    if targets and text(targets[0]) != "_" and targets[0].type == "identifier":
        # where the step ended is where the parameters are
        (t.scopes.declare if found and found[2] else t.scopes.assign)(
            text(targets[0]), "flat", t.training.model(optimizer)
        )
    if len(targets) > 1:
        declare = t.scopes.declare if found and found[2] else t.scopes.assign
        declare(text(targets[1]), "losses").name = loss


def _inline(t: Translator, function: Node) -> str:
    """The body of a closure without its return; the variable of the loss."""
    body = field(function, "body")
    statements = body.named_children
    last = statements[-1]
    if last.type != "return_statement":
        raise Untranslated("a closure for optim that does not end with a return")
    for child in statements[:-1]:
        t.comment(child) if child.type == "comment" else t.attempt(child)
    value = t.raw(parts(parts(last)[0])[0])
    if value.kind not in ("loss", "number") or not value.text.isidentifier():
        raise Untranslated("a closure for optim whose loss is not a variable")
    return value.text
