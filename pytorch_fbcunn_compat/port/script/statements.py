"""Lua statements as Python statements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from .classes import calls_parent, group
from .control import body, condition, loop, repeat
from .functions import define, function
from .source import Untranslated, arguments, assignment, callee, field, method, parts, text, unwrap
from .steps import closures, step, step_call, take_step
from .training import Optimizer, option
from .values import Code, counted_from_1

if TYPE_CHECKING:
    from .translator import Translator


def block(t: Translator, node: Node, skip: int = 0) -> None:
    """The statements of a block after the first `skip`, with its comments and blank lines."""
    nodes = node.named_children[skip:]
    inlined = closures(t, nodes)
    last_row: int | None = None
    position = 0
    while position < len(nodes):
        child = nodes[position]
        position += 1
        trailing = child.type == "comment" and last_row is not None and child.start_point.row == last_row
        if last_row is not None and child.start_point.row > last_row + 1 and t.lines and t.lines[-1].strip():
            t.lines.append("")
        last_row = child.end_point.row
        if child.type == "comment":
            t.comment(child, trailing)
        elif id(child) in inlined["closures"]:
            continue
        elif id(child) in inlined["calls"]:
            t.training.arguments |= inlined["calls"][id(child)][1]
            step(t, child, inlined["calls"][id(child)][0])
        else:
            position += group(t, child, nodes[position:], chained)


# ---- statements ----


def chained(t: Translator, node: Node, following: list[Node]) -> int:
    """A statement; ``model = nn.Sequential()`` takes in the ``model:add(…)`` that follow. Returns how many."""
    found = assignment(node) if node.type in ("variable_declaration", "assignment_statement") else None
    single = found is not None and len(found[0]) == len(found[1]) == 1 and found[0][0].type == "identifier"
    if not single or found is None:
        t.attempt(node)
        return 0
    name, added, taken = text(found[0][0]), [], 0
    layers = _added(unwrap(found[1][0]))
    if layers is None:
        t.attempt(node)
        return 0
    kept = len(t.lines), len(t.quoted), t.indent
    t.fresh = False
    try:
        head = t.expression(layers[0])
        added = [t.expression(layer) for layer in layers[1:]]
        for later in following:
            call = method(later) if later.type == "function_call" else None
            more = _added(later, name) if call is not None else None
            if more is None:
                break
            added += [t.expression(layer) for layer in more]
            taken += 1
    except Untranslated:
        if taken == 0:
            t.attempt(node)
            return 0
    inner = re.fullmatch(r"(.*)\((.*)\)", head.text)
    assert inner is not None
    words = [*(layer.text for layer in added), *([inner.group(2)] if inner.group(2) else [])]
    variable = (t.scopes.declare if found[2] else t.scopes.assign)(name, "model")
    del t.lines[kept[0] :]
    t.emit(f"{variable.name} = {inner.group(1)}(")
    for word in words:
        t.emit("\n".join(f"    {one}" for one in f"{word},".split("\n")))
    t.emit(")")
    t.reset(variable.name)
    t.translated += 1 + taken
    return taken


def _added(node: Node, name: str | None = None) -> list[Node] | None:
    """The layers of ``nn.Sequential():add(a):add(b)`` after the container, or those added to a variable."""
    layers: list[Node] = []
    while node.type == "function_call":
        call = method(node)
        if call is None:
            container = callee(node) in ("nn.Sequential", "nn.ConcatTable", "nn.ParallelTable", "nn.Concat")
            return [node, *layers] if name is None and container else None
        if call[1] != "add" or len(arguments(node)) != 1:
            return None
        layers.insert(0, arguments(node)[0])
        node = unwrap(call[0])
    return layers if name is not None and text(node) == name and layers else None


def statement(t: Translator, node: Node) -> None:
    """Adds the lines for one statement. Raises Untranslated."""
    kind = node.type
    if kind in ("variable_declaration", "assignment_statement"):
        if step_call(t, node) is not None:
            return take_step(t, node, None)
        return assign(t, node)
    if kind == "function_call":
        if step_call(t, node) is not None:
            return take_step(t, node, None)
        return call_statement(t, node)
    if kind == "function_declaration":
        return function(t, node)
    if kind == "if_statement":
        return condition(t, node)
    if kind == "for_statement":
        return loop(t, node)
    if kind == "while_statement":
        return body(t, f"while {t.expression(field(node, 'condition')).text}:", field(node, "body"))
    if kind == "repeat_statement":
        return repeat(t, node)
    if kind == "do_statement":
        t.scopes.blocks.append({})
        inner = node.child_by_field_name("body")
        if inner is not None:
            block(t, inner)
        t.scopes.blocks.pop()
        return None
    if kind == "return_statement":
        values = [t.raw(value) for value in parts(parts(node)[0])] if parts(node) else []
        if not t.scopes.depth:
            return _end_of_chunk(t, node, values)
        if t.training.arguments and len(values) == 2 and values[1].kind == "flatgrad":
            values = values[:1]
        else:
            values = [counted_from_1(value) for value in values]
        t.emit(f"return {', '.join(value.text for value in values)}".rstrip())
        return None
    if kind == "empty_statement":
        return None
    if kind == "break_statement":
        return t.emit("break")
    raise Untranslated(f"a {kind.replace('_', ' ')} has no counterpart")


def _end_of_chunk(t: Translator, node: Node, values: list[Code]) -> None:
    """A return outside of functions: what ``require`` gives, or the end of the program."""
    if not values:
        t.use("import sys")
        return t.emit("sys.exit()")
    if node.parent is None or node.parent.type != "chunk":
        raise Untranslated("a return with a value in the middle of a file")
    return t.emit(f"exports = {', '.join(counted_from_1(value).text for value in values)}  # what require gives")


def call_statement(t: Translator, node: Node) -> None:
    """A call whose result is not used."""
    called = method(node)
    if called is not None and called[0].type == "identifier":
        variable = t.scopes.find(text(called[0]))
        if variable is not None and variable.kind == "cmdline":
            code = option(t, Code(variable.name, "cmdline", info=variable.info), called[1], arguments(node))
            return t.emit(code.text) if code.kind != "nothing" else None
    code = calls_parent(t, node) or t.raw(node)
    if code.kind in ("nothing", "package") or not code.text:
        return None
    if code.kind == "loss" and code.text.isidentifier():
        return None
    t.emit(code.text)
    return None


def assign(t: Translator, node: Node) -> None:
    """An assignment or a declaration."""
    found = assignment(node)
    if found is None:
        raise Untranslated("an assignment of this form")
    targets, values, local = found
    declare = t.scopes.declare if local else t.scopes.assign
    if not values:
        for target in targets:
            declare(text(target), "")
        t.emit(" = ".join([*(t.scopes.find(text(target)).name for target in targets), "None"]))  # type: ignore[union-attr]
        return
    if len(targets) == len(values) == 1:
        return assign_one(t, targets[0], values[0], local)
    value = unwrap(values[0])
    if len(values) == 1 and value.type == "function_call" and (called := method(value)) is not None:
        if called[1] == "getParameters" and all(target.type == "identifier" for target in targets):
            return parameters(t, targets, called[0], local)
        named = [target for target in targets if target.type == "identifier"]
        if called[1] in ("max", "min") and len(named) == len(targets) == 2:
            code = t.raw(value)
            if code.kind == "extremes":
                names = [declare(text(targets[0]), "tensor").name, declare(text(targets[1]), "indices").name]
                return t.emit(f"{', '.join(names)} = {code.text}")
    codes = [t.raw(entry) for entry in values]
    if len(values) != len(targets) and not (len(values) == 1 and value.type == "function_call"):
        raise Untranslated("as many values as targets are expected")
    kinds = [code.kind for code in codes] if len(values) == len(targets) else [""] * len(targets)
    if any(code.kind in ("lines", "extremes") or not code.text for code in codes):
        raise Untranslated("a value of what is a statement, or nothing, in Python")
    sources = [code.text for code in codes]
    names = []
    for target, kind in zip(targets, kinds, strict=True):
        names.append(declare(text(target), kind).name if target.type == "identifier" else t.raw(target).text)
    t.emit(f"{', '.join(names)} = {', '.join(sources)}")


def parameters(t: Translator, targets: list[Node], model: Node, local: bool) -> None:
    """``parameters, gradParameters = model:getParameters()``: PyTorch's optimizers take the parameters as they are."""
    owner = t.raw(model)
    declare = t.scopes.declare if local else t.scopes.assign
    for target, kind in zip(targets, ("flat", "flatgrad"), strict=False):
        declare(text(target), kind, owner.text)
    for optimizer in t.training.optimizers:
        if optimizer.parameters != text(targets[0]) or optimizer.made:
            continue
        if optimizer.config is None or not isinstance(optimizer.config, str):
            t.training.make(optimizer, optimizer.methods[0], optimizer.config)
        elif (pending := t.tables.get(f"settings of {optimizer.config}")) is not None:
            t.training.make(optimizer, optimizer.methods[0], pending)  # type: ignore[arg-type]


def assign_one(t: Translator, target: Node, value_node: Node, local: bool) -> None:
    """``target = value``."""
    value_node = unwrap(value_node)
    declare = t.scopes.declare if local else t.scopes.assign
    name = text(target)
    if target.type == "identifier" and value_node.type == "function_definition":
        return define(t, declare(name, "function").name, value_node, closure=name)
    if target.type == "identifier" and text(value_node) == "torch.CmdLine()":
        variable = declare(name, "cmdline", {})
        variable.name = "parser"
        about = f"description={string_literal(t.description)}" if t.description else ""
        return t.emit(f"parser = argparse.ArgumentParser({about})")
    if value_node.type == "function_call" and (called := method(value_node)) is not None:
        owner = t.scopes.find(text(called[0])) if called[0].type == "identifier" else None
        if owner is not None and owner.kind == "cmdline":
            code = option(t, Code(owner.name, "cmdline", info=owner.info), called[1], arguments(value_node))
            return t.emit(f"{declare(name, code.kind, code.info).name} = {code.text}")
        if owner is not None and owner.kind == "criterion" and called[1] == "backward":
            declare(name, "gradient", t.training.loss(Code(owner.name, "criterion", info=owner.info)))
            return None
    optimizer = t.training.config(name) if target.type == "identifier" else None
    if optimizer is not None and value_node.type == "table_constructor":
        return settings(t, optimizer, value_node, declare)
    if target.type == "identifier" and name in t.training.chosen and text(value_node).startswith("optim."):
        declare(name, "optim")
        return None
    if target.type == "dot_index_expression" and target.named_children[0].type == "identifier":
        owner = t.scopes.find(text(target.named_children[0]))
        if owner is not None and owner.kind == "config":
            return t.training.change(owner.info, text(field(target, "field")), t.expression(value_node))
    if text(value_node) == "{}" and target.type == "identifier":
        kind = t.tables.get(name, "list")
        if kind == "object":
            t.use("from types import SimpleNamespace")
        source = {"object": "SimpleNamespace()", "list": "[]", "dict": "{}"}[kind]
        return t.emit(f"{declare(name, kind).name} = {source}")
    code = t.raw(value_node)
    if code.kind == "package":
        return None
    if not code.text or code.kind == "lines":
        raise Untranslated("a value of what is a statement, or nothing, in Python")
    if target.type == "identifier":
        _keep(t, name, code, declare)
        return None
    t.emit(f"{t.raw(target).text} = {counted_from_1(code).text}")
    return None


def _keep(t: Translator, name: str, code: Code, declare: object) -> None:
    """A value under a variable; the loss of a criterion is remembered for its backward."""
    kind = code.kind if code.kind not in ("nil", "nothing", "lines") else ""
    variable = declare(name, kind, code.info)  # type: ignore[operator]
    for criterion, loss in list(t.training.losses.items()):
        if kind == "loss" and loss == code.text:
            # the line that computes it was added under a name of its own
            t.lines[-1] = re.sub(rf"\b{loss} = ", f"{variable.name} = ", t.lines[-1], count=1)
            t.training.losses[criterion] = variable.name
            return
    source = re.sub(r'\.t7"', '.pt"', code.text) if name in t.saved else code.text
    t.emit(f"{variable.name} = {source}")


def settings(t: Translator, optimizer: Optimizer, constructor: Node, declare: object) -> None:
    """``optimState = {…}``: the optimizer itself."""
    name = str(optimizer.config)
    chosen = optimizer.methods[0]
    if len(optimizer.methods) > 1:
        chosen = _sibling_method(t, constructor) or chosen
    declare(name, "config", optimizer)  # type: ignore[operator]
    if t.scopes.find(optimizer.parameters) is None:
        t.tables[f"settings of {name}"] = constructor  # type: ignore[assignment]
        return
    t.training.make(optimizer, chosen, constructor)


def _sibling_method(t: Translator, constructor: Node) -> str | None:
    """The function of optim that is chosen in the same block."""
    node = constructor
    while node.parent is not None and node.parent.type not in ("block", "chunk"):
        node = node.parent
    for other in parts(node.parent):
        found = assignment(other) if other.type in ("variable_declaration", "assignment_statement") else None
        if found and found[1] and text(found[0][0]) in t.training.chosen and text(found[1][0]).startswith("optim."):
            return text(found[1][0])[6:]
    return None


def string_literal(value: str) -> str:
    """A Python literal."""
    import json

    return json.dumps(value, ensure_ascii=False)
