"""Shortens straight-line code: a value that is used once, in a sum or a list, stands where it is used."""

from __future__ import annotations

import ast

WIDTH = 104
_JOINED = (ast.BinOp, ast.Tuple, ast.List)


def shortened(body: list[str], result: str) -> list[str]:
    """The lines of a function that returns the expression `result`."""
    lines = [*body, f"return {result}"]
    place = len(lines) - 2
    while place >= 0:
        merged = _merged(lines[place], lines[place + 1], lines[place + 2 :])
        if merged is not None:
            lines[place : place + 2] = [merged]
        place -= 1
    return lines


def _merged(line: str, following: str, rest: list[str]) -> str | None:
    """The two lines as one, or None where that would not compute the same in the same order, or read worse."""
    made = ast.parse(line).body[0]
    user = ast.parse(following).body[0]
    if not (isinstance(made, ast.Assign) and isinstance(made.targets[0], ast.Name)):
        return None
    name, value = made.targets[0].id, made.value
    if isinstance(user, ast.Return) and isinstance(user.value, ast.Name) and user.value.id == name:
        return f"return {line.partition(' = ')[2]}"
    if not isinstance(user, (ast.Assign, ast.Return)) or user.value is None:
        return None
    found = _uses(user.value, name)
    if len(found) != 1 or (_assigns(user) != name and _used_later(rest, name)):
        return None
    use, around = found[0]
    if not _reads_well(value, around) or _called_before(user.value, use):
        return None
    source = _text(_Replace(use, value).visit(user))
    return source if len(source) <= WIDTH else None


def _text(line: ast.stmt) -> str:
    source = ast.unparse(_Complement().visit(line))
    if isinstance(line, ast.Return) and isinstance(line.value, ast.Tuple) and len(line.value.elts) > 1:
        return f"return {source[len('return (') : -1]}"
    return source


def _uses(tree: ast.AST, name: str) -> list[tuple[ast.Name, ast.AST]]:
    """Where a variable is read, with the expression around it."""
    return [(child, parent) for parent in ast.walk(ast.Expression(tree)) for child in ast.iter_child_nodes(parent)
            if isinstance(child, ast.Name) and child.id == name]  # fmt: skip


def _assigns(line: ast.stmt) -> str | None:
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else None


def _used_later(lines: list[str], name: str) -> bool:
    for line in lines:
        statement = ast.parse(line).body[0]
        if any(isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
               for node in ast.walk(statement)):  # fmt: skip
            return True
        if _assigns(statement) == name:
            return False
    return False


def _reads_well(value: ast.expr, around: ast.AST) -> bool:
    """A call of a submodule or a sum may stand in a sum or list, a sum in a function's brackets."""
    if isinstance(value, ast.Call):
        nested = any(isinstance(node, ast.Call) for argument in value.args for node in ast.walk(argument))
        return isinstance(around, _JOINED) and not nested and _of(value, "self")
    return isinstance(value, ast.BinOp) and (isinstance(around, ast.BinOp) or _function(around))


def _function(node: ast.AST) -> bool:
    """torch.relu(…) and the like."""
    return isinstance(node, ast.Call) and len(node.args) == 1 and _of(node, "torch")


def _of(call: ast.Call, owner: str) -> bool:
    function = call.func
    return isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == owner


def _called_before(tree: ast.expr, use: ast.Name) -> bool:
    """Whether something is computed in front of the variable: it would then be computed too early."""
    return any(isinstance(node, ast.Call) and (node.end_lineno, node.end_col_offset) <= (use.lineno, use.col_offset)
               for node in ast.walk(tree))  # fmt: skip


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.Name, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.new if node is self.old else node


class _Complement(ast.NodeTransformer):
    """x * -1 + 1 is written 1 - x."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        left = node.left
        negated = isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mult) and ast.unparse(left.right) == "-1"
        if negated and isinstance(node.op, ast.Add) and ast.unparse(node.right) == "1":
            return ast.BinOp(node.right, ast.Sub(), left.left)
        return node
