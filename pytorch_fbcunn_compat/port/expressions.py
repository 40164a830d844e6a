"""Source text of single layers: constructor calls, and one-line `forward`s put in place as expressions."""

from __future__ import annotations

import ast
import functools
import inspect
import json
import math
import textwrap
from typing import Any

import torch
from torch import nn

from .twins.tables import CAddTable, CMulTable

# reduce(operator.add, inputs) reads better as a + b + c
JOINED = {CAddTable: " + ", CMulTable: " * "}
# a lone activation is a function call; in a run of layers it is a module
FUNCTIONS = {nn.Tanh: "torch.tanh({x})", nn.Sigmoid: "torch.sigmoid({x})", nn.ReLU: "torch.relu({x})"}
SOFTMAX = {nn.Softmax: "torch.softmax", nn.LogSoftmax: "torch.log_softmax"}

Value = Any  # the text of an expression, or a tuple of Values for a table


class Name(str):
    """A variable, where a setting would stand."""


def literal(value: Any) -> str:
    """Source of a setting."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, torch.dtype):
        return str(value)
    if isinstance(value, torch.Tensor):
        return f"torch.tensor({value.tolist()}, dtype={value.dtype})"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "math.inf" if value > 0 else "-math.inf" if value < 0 else "math.nan"
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return repr(value)


def text(value: Value) -> str:
    """Source of a value; a table becomes a tuple."""
    if isinstance(value, tuple):
        inside = ", ".join(map(text, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return value


def settings_of(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The constructor's arguments by name, defaults included."""
    bound = inspect.signature(cls.__init__).bind(None, *args, **kwargs)
    bound.apply_defaults()
    return dict(list(bound.arguments.items())[1:])


@functools.cache
def one_liner(cls: type) -> tuple[str, ast.expr] | None:
    """The parameter and the expression of a twin's one-line `forward` (or `table`), if it has one."""
    for name in ("table", "forward"):
        method = vars(cls).get(name)
        if method is None or not cls.__module__.startswith(__package__ + "."):
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(method))).body[0]
        assert isinstance(tree, ast.FunctionDef)
        body = [line for line in tree.body if not (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))]
        parameters = [argument.arg for argument in tree.args.args]
        if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None and len(parameters) == 2:
            return parameters[1], body[0].value
    return None


class _Substitute(ast.NodeTransformer):
    """Puts the input and the settings into a one-line expression; `ok` is False if something else is used."""

    def __init__(self, parameter: str, value: Value, settings: dict[str, Any]) -> None:
        self.parameter, self.value, self.settings = parameter, value, settings
        self.ok = True
        self.helpers: set[str] = set()

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == self.parameter and isinstance(self.value, tuple):
            index = self.visit(node.slice)
            index = ast.literal_eval(index) if isinstance(index, (ast.Constant, ast.UnaryOp)) else None
            if isinstance(index, int) and -len(self.value) <= index < len(self.value):
                return _parsed(text(self.value[index]))
            self.ok = False
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            if node.attr not in self.settings:
                self.ok = False
                return node
            return _parsed(literal(self.settings[node.attr]))
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == self.parameter:
            return _parsed(text(self.value))
        if node.id in ("self", "functools", "operator"):
            self.ok = False
        elif node.id not in ("torch", "F", "math", "nn"):
            self.ok = False
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """x + -1 is written x - 1."""
        self.generic_visit(node)
        right = node.right
        if isinstance(node.op, ast.Add) and isinstance(right, ast.UnaryOp) and isinstance(right.op, ast.USub):
            return ast.BinOp(node.left, ast.Sub(), right.operand)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        """Settings decide some conditions for good; one that is left would not read well in place."""
        test = self.visit(node.test)
        if isinstance(test, ast.Constant):
            return self.visit(node.body if test.value else node.orelse)
        self.ok = False
        return node


def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


def inline(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], value: Value) -> str | None:
    """The layer applied to `value` as an expression, or None where it has no one-line form."""
    if cls in JOINED:
        return JOINED[cls].join(value) if isinstance(value, tuple) and all(isinstance(v, str) for v in value) else None
    if cls in FUNCTIONS and not args and not kwargs:
        return FUNCTIONS[cls].format(x=text(value))
    if cls in SOFTMAX and not args and isinstance(value, str):
        return f"{SOFTMAX[cls]}({value}, dim={kwargs['dim']})"
    found = one_liner(cls)
    if found is None:
        return None
    parameter, expression = found
    substitute = _Substitute(parameter, value, settings_of(cls, args, kwargs))
    # parse again: the transformer changes the tree
    result = substitute.visit(ast.parse(ast.unparse(expression), mode="eval").body)
    return ast.unparse(ast.fix_missing_locations(result)) if substitute.ok else None
