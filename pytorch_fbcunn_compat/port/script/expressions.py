"""Lua expressions as Python expressions."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from .calls import call, make_node
from .source import Untranslated, field, operator, parts, string, text, unwrap
from .values import ADD, AND, COMPARE, MULTIPLY, NOT, OR, POWER, UNARY, Code, counted_from_1, minus_one, unique

if TYPE_CHECKING:
    from .translator import Translator

_BINARY = {
    "or": ("or", OR), "and": ("and", AND), "==": ("==", COMPARE), "~=": ("!=", COMPARE), "<": ("<", COMPARE),
    ">": (">", COMPARE), "<=": ("<=", COMPARE), ">=": (">=", COMPARE), "+": ("+", ADD), "-": ("-", ADD),
    "*": ("*", MULTIPLY), "/": ("/", MULTIPLY), "%": ("%", MULTIPLY), "^": ("**", POWER),
}  # fmt: skip
_CONSTANTS = {
    "math.pi": ("math.pi", "number"),
    "math.huge": ("math.inf", "number"),
    "arg": ("sys.argv", "list"),
    "optim.lswolfe": ('"strong_wolfe"', "str"),
}


def expression(t: Translator, node: Node) -> Code:
    """The value of a Lua expression as Lua has it (positions counted from 1).

    Raises:
        Untranslated: there is no mechanical translation.
    """
    value = counted_from_1(raw(t, node))
    if not value.text or value.kind == "lines":
        raise Untranslated("a value of what is a statement, or nothing, in Python")
    return value


def raw(t: Translator, node: Node) -> Code:
    """As `expression`; positions may be counted from 0, and a loss may be a tensor."""
    node = unwrap(node)
    kind = node.type
    if kind == "number":
        return number(text(node))
    if kind == "string":
        return Code(json.dumps(string(node), ensure_ascii=False), "str")
    if kind in ("true", "false"):
        return Code(kind.capitalize(), "bool")
    if kind == "nil":
        return Code("None", "nil")
    if kind == "identifier":
        return identifier(t, text(node))
    if kind == "dot_index_expression":
        return member(t, node)
    if kind == "bracket_index_expression":
        return element(t, node)
    if kind == "function_call":
        return call(t, node)
    if kind == "unary_expression":
        return unary(t, node)
    if kind == "binary_expression":
        return binary(t, node)
    if kind == "table_constructor":
        return table(t, node)
    if kind == "function_definition":
        return function(t, node)
    raise Untranslated(f"{kind.replace('_', ' ')} has no translation")


def number(source: str) -> Code:
    """A numeral; Lua's 0x10, 1e3 and .5 are the same in Python."""
    return Code(source, "int" if re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+", source) else "number")


def identifier(t: Translator, name: str) -> Code:
    """A variable."""
    variable = t.scopes.find(name)
    if variable is None:
        if name in _CONSTANTS:
            return Code(*_CONSTANTS[name])
        raise Untranslated(f"{name} is defined nowhere in the script" if name not in t.skipped else
                           f"{name} depends on what was not translated")  # fmt: skip
    if variable.kind == "flat":
        return Code(f"nn.utils.parameters_to_vector({variable.info}.parameters())", "flat", info=variable.info)
    return Code(variable.name, variable.kind, info=variable.info)


def member(t: Translator, node: Node) -> Code:
    """``a.b``."""
    dotted = text(node)
    if dotted in _CONSTANTS:
        return Code(*_CONSTANTS[dotted])
    owner_node, name = field(node, "table"), text(field(node, "field"))
    if dotted.split(".")[0] in t.packages and t.scopes.find(dotted.split(".")[0]) is None:
        raise Untranslated(f"{dotted} has no known counterpart")
    if method_of_timer(owner_node, name):
        return raw(t, owner_node)
    owner = raw(t, owner_node)
    if owner.kind == "package":
        raise Untranslated(f"{dotted} has no known counterpart")
    if owner.kind == "confusion":
        return t.confusion.value(owner, name)
    if owner.kind == "config":
        return t.training.setting(owner, name)
    if owner.kind == "dict":
        return Code(f"{owner.called}[{json.dumps(name)}]")
    if owner.kind in ("model", "criterion") and name in ("output", "gradInput"):
        raise Untranslated(f"PyTorch modules do not keep .{name}")
    return Code(f"{owner.called}.{t.attribute(name)}", t.field_kind(owner, name))


def method_of_timer(node: Node, name: str) -> bool:
    """``timer:time().real``: what PyTorch programs take is the wall clock."""
    return name in ("real",) and node.type == "function_call" and text(field(node, "name")).endswith(":time")


def element(t: Translator, node: Node) -> Code:
    """``a[b]``."""
    owner = raw(t, field(node, "table"))
    key_node = unwrap(field(node, "field"))
    if key_node.type == "table_constructor":
        return Code(f"{owner.called}[{', '.join(ranges(t, key_node)) or '...'}]", "tensor")
    key = raw(t, key_node)
    if owner.kind == "losses":
        return Code(f"{owner.text}.item()", "number")
    if owner.kind == "dict" or key.kind == "str":
        return Code(f"{owner.called}[{counted_from_1(key).text}]")
    if owner.kind == "indices":
        return Code(f"{owner.called}[{minus_one(key).text}].item()", "index")
    return Code(f"{owner.called}[{minus_one(key).text}]", "tensor" if owner.kind in ("tensor", "size") else "")


def ranges(t: Translator, node: Node) -> list[str]:
    """``{{1, 3}, {}, 2}`` → ``0:3``, ``:``, ``1``."""
    found = []
    for entry in parts(node):
        value = unwrap(parts(entry)[0])
        if value.type != "table_constructor":
            found.append(minus_one(raw(t, value)).text)
            continue
        bounds = [raw(t, parts(bound)[0]) for bound in parts(value)]
        if not bounds:
            found.append(":")
        elif len(bounds) == 1:
            start = minus_one(bounds[0])
            found.append(f"{start.text}:{counted_from_1(bounds[0]).text}")
        else:
            last = counted_from_1(bounds[1]).text
            last = "" if last == "-1" else str(int(last) + 1) if re.fullmatch(r"-\d+", last) else last
            found.append(f"{minus_one(bounds[0]).text}:{last}")
    return found


def unary(t: Translator, node: Node) -> Code:
    """``-a``, ``not a``, ``#a``."""
    sign = operator(node)
    if sign == "-":
        module = raw(t, field(node, "operand"))
        if module.kind == "model":  # nngraph's way to write an input
            return make_node(t, module, [])
    if sign == "not":
        value = condition(t, field(node, "operand"))
        return Code(f"not {value.within(NOT)}", "bool", NOT)
    value = expression(t, field(node, "operand"))
    if sign == "-":
        return Code(f"-{value.within(UNARY)}", value.kind, UNARY)
    if value.kind == "tensor":
        return Code(f"{value.called}.shape", "size")
    return Code(f"len({value.text})", "int")


def binary(t: Translator, node: Node) -> Code:
    """Two operands and what is between them."""
    sign = operator(node)
    if sign == "..":
        return concatenation(t, node)
    left, right = expression(t, field(node, "left")), expression(t, field(node, "right"))
    if sign == "-" and right.kind == "model":  # nngraph's way to write a chain
        first = left if left.kind != "model" else make_node(t, left, [])
        return make_node(t, right, [first])
    if sign in ("==", "~=") and "nil" in (left.kind, right.kind):
        if left.kind == "nil":
            left, right = right, left
        return Code(f"{left.within(COMPARE + 1)} is {'' if sign == '==' else 'not '}None", "bool", COMPARE)
    if sign == "or":
        choice = _choice(t, node)
        if choice is not None:
            return choice
        if left.kind != "bool":  # 0 and "" are true in Lua
            return Code(f"{left.within(OR)} if {left.within(COMPARE + 1)} is not None else {right.within(OR)}", "", 0)
    python, strength = _BINARY[sign]
    kind = "bool" if strength in (COMPARE, NOT) else left.kind if left.kind == right.kind else ""
    if "tensor" in (left.kind, right.kind) and strength >= ADD:
        kind = "tensor"
        if sign == "*" and left.kind == right.kind:
            python = "@"
    elif strength >= ADD:
        numbers = {left.kind, right.kind} <= {"int", "number"}
        kind = "int" if kind == "int" and sign != "/" else "number" if numbers else ""
    first = left.within(strength + 1 if sign == "^" else strength)
    second = right.within(strength if sign == "^" else strength + 1)
    return Code(f"{first} {python} {second}", kind, strength)


def condition(t: Translator, node: Node) -> Code:
    """What Lua takes as true or false; 0 and the empty string are true there."""
    value = expression(t, node)
    if value.kind in ("int", "number", "str", "tensor", "list", "dict", "object", "model"):
        return Code(f"{value.within(COMPARE + 1)} is not None", "bool", COMPARE)
    return value


def _choice(t: Translator, node: Node) -> Code | None:
    """``a and b or c`` → ``b if a else c``."""
    left = unwrap(field(node, "left"))
    if left.type != "binary_expression" or operator(left) != "and":
        return None
    test, yes = condition(t, field(left, "left")), expression(t, field(left, "right"))
    no = expression(t, field(node, "right"))
    return Code(f"{yes.within(OR)} if {test.within(OR)} else {no.within(OR)}", yes.kind, 0)


def concatenation(t: Translator, node: Node) -> Code:
    """``'a ' .. b`` as an f-string."""
    pieces: list[Node] = []

    def collect(value: Node) -> None:
        value = unwrap(value)
        if value.type == "binary_expression" and operator(value) == "..":
            collect(field(value, "left"))
            collect(field(value, "right"))
        else:
            pieces.append(value)

    collect(node)
    return f_string(t, [string(piece) if piece.type == "string" else (expression(t, piece), "") for piece in pieces])


def f_string(t: Translator, pieces: list[str | tuple[Code, str]]) -> Code:
    """An f-string of literal text and values with their formats."""
    body, values = "", 0
    for piece in pieces:
        if isinstance(piece, str):
            body += json.dumps(piece, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")
            continue
        value, style = piece
        source = value.text
        if not style and re.fullmatch(r'"(?:[^"\\]|\\.)*"', source):
            body += source[1:-1].replace("{", "{{").replace("}", "}}")
            continue
        if '"' in source and "'" not in source:
            source = source.replace('"', "'")
        if '"' in source or "\\" in source or source.startswith("{"):
            raise Untranslated("a string inside a string")
        values += 1
        body += f"{{{source}{':' + style if style else ''}}}"
    if not values:
        body = body.replace("{{", "{").replace("}}", "}")
    return Code(f'{"f" if values else ""}"{body}"', "str")


def table(t: Translator, node: Node) -> Code:
    """A table: a list, a dict, or an object with attributes."""
    positional: list[str] = []
    entries_of_one = ""
    named: list[tuple[str, str]] = []
    computed: list[tuple[str, str]] = []
    for entry in parts(node):
        name, value = entry.child_by_field_name("name"), field(entry, "value")
        made = expression(t, value)
        code = made.text
        if name is None:
            positional.append(code)
            entries_of_one = code if made.kind == "nodes" else ""
        elif name.type == "identifier" and not text(entry).startswith("["):
            named.append((text(name), code))
        else:
            computed.append((expression(t, name).text, code))
    if len(positional) == 1 and entries_of_one and not named and not computed:
        return Code(entries_of_one, "list")
    if positional and not named and not computed:
        return Code(f"[{', '.join(positional)}]", "list")
    if positional:
        raise Untranslated("a table with both positions and names")
    if computed:
        quoted = [(json.dumps(name), value) for name, value in named]
        entries = [f"{key}: {value}" for key, value in [*quoted, *computed]]
        return Code(f"{{{', '.join(entries)}}}", "dict")
    if not named:
        return Code("[]", "list")
    t.use("from types import SimpleNamespace")
    return Code(f"SimpleNamespace({', '.join(f'{t.attribute(key)}={value}' for key, value in named)})", "object")


def function(t: Translator, node: Node) -> Code:
    """A function of one ``return`` as a lambda."""
    body = [part for part in parts(node.child_by_field_name("body")) if part.type != "comment"]
    if len(body) != 1 or body[0].type != "return_statement":
        raise Untranslated("a function of several statements in the middle of an expression")
    values = parts(parts(body[0])[0]) if parts(body[0]) else []
    if len(values) != 1:
        raise Untranslated("a function that returns several values in the middle of an expression")
    with t.function():
        names = unique([t.scopes.declare(text(name)).name for name in parts(field(node, "parameters"))])
        value = expression(t, values[0])
    return Code(f"lambda {', '.join(names)}: {value.text}" if names else f"lambda: {value.text}", "function", 0)
