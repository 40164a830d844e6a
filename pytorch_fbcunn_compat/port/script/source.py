"""A Lua script as a syntax tree."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import tree_sitter
import tree_sitter_lua
from tree_sitter import Node

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\n": "\n"}


class Untranslated(Exception):
    """A piece of Lua without a mechanical translation; the message says why."""


class Script:
    """The text of a Lua file and its tree.

    Attributes:
        path: the file.
        root: the main chunk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = re.sub(rb"\A(\xef\xbb\xbf)?#", b"--", path.read_bytes())
        self.root = _parser().parse(self.bytes).root_node

    @functools.cached_property
    def nodes(self) -> list[Node]:
        """Every named node, in the order of the text."""
        return list(walk(self.root))

    def errors(self) -> list[int]:
        """Lines at which the text is not Lua."""
        if not self.root.has_error:
            return []
        return sorted({line(node) for node in walk(self.root, unnamed=True) if node.is_error or node.is_missing})


@functools.cache
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))


def walk(node: Node, unnamed: bool = False) -> Iterator[Node]:
    """The node and all below it."""
    stack = [node]
    while stack:
        node = stack.pop()
        yield node
        stack += reversed(node.children if unnamed else node.named_children)


def text(node: Node | None) -> str:
    """The source of a node."""
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def line(node: Node) -> int:
    """The line at which a node begins, counted from 1."""
    return node.start_point.row + 1


def field(node: Node, name: str) -> Node:
    """A child by its role."""
    found = node.child_by_field_name(name)
    if found is None:
        raise Untranslated(f"no {name} in a {node.type}")
    return found


def parts(node: Node | None) -> list[Node]:
    """Named children without comments."""
    return [] if node is None else [child for child in node.named_children if child.type != "comment"]


def unwrap(node: Node) -> Node:
    """The expression inside parentheses."""
    while node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def operator(node: Node) -> str:
    """The operator of a unary or binary expression."""
    return next(child.type for child in node.children if not child.is_named)


def string(node: Node) -> str:
    """The value of a string literal."""
    source = text(node)
    if source.startswith("["):
        return re.sub(r"\A\[(=*)\[\n?(.*)\]\1\]\Z", r"\2", source, flags=re.DOTALL)

    def unescape(match: re.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code)) if code.isdigit() else _ESCAPES.get(code, code)

    return re.sub(r"\\(\d{1,3}|.)", unescape, source[1:-1], flags=re.DOTALL)


def callee(call: Node) -> str:
    """What a call names: ``nn.Linear``, ``model:add``, ``print``; empty where it is computed."""
    return text(field(call, "name")) if _is_name(field(call, "name")) else ""


def _is_name(node: Node) -> bool:
    if node.type == "identifier":
        return True
    return node.type in ("dot_index_expression", "method_index_expression") and _is_name(field(node, "table"))


def method(call: Node) -> tuple[Node, str] | None:
    """The receiver and the name of a method call."""
    name = field(call, "name")
    return (field(name, "table"), text(field(name, "method"))) if name.type == "method_index_expression" else None


def arguments(call: Node) -> list[Node]:
    """The arguments of a call."""
    return parts(field(call, "arguments"))


def assignment(node: Node) -> tuple[list[Node], list[Node], bool] | None:
    """Targets, values and whether they are local, of an assignment or declaration."""
    local = node.type == "variable_declaration"
    inner = parts(node)[0] if local else node
    if inner.type == "variable_list":
        return parts(inner), [], local
    if inner.type != "assignment_statement":
        return None
    targets, values = parts(inner)[:2]
    return parts(targets), parts(values), local


def comment_lines(node: Node) -> list[str]:
    """The lines of a comment that have words in them."""
    words = re.sub(r"\A--(\[(=*)\[)?|\](=*)\]\Z", "", text(node))
    return [one for one in words.split("\n") if one.strip(" -=*#\t")]
