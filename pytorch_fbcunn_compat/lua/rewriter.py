"""Rewrites Lua chunks so that they behave as under Torch's LuaJIT, which was built with Lua 5.2 compatibility.

The LuaJIT of lupa's wheels ignores ``__len`` on tables: ``#model`` would silently be 0. ``#e`` therefore becomes
``(("").__len(e))``: a field of the string library, found through the metatable of strings, so that it works in
functions with an environment of their own (``setfenv``, ``module``) and adds neither an upvalue nor a global to the
chunk. The parentheses keep ``return #e`` from becoming a tail call, which would drop the line from error messages. For
a variable or a field its name is a second argument, so that the error for nil can say what was nil, as LuaJIT's does.

Text is only ever replaced within its line: line numbers do not change.
"""

from __future__ import annotations

import functools
import re
import threading

import tree_sitter
import tree_sitter_lua

OPEN = b'(("").__len('
CLOSE = b"))"

# Bytes that LuaJIT takes as letters but the grammar does not, and NUL, which the parser takes as the end of the text.
_LETTERS = bytes(0x5F if byte >= 0x80 else (0x01 if byte == 0 else byte) for byte in range(256))
_BOM = b"\xef\xbb\xbf"
_HEADER_LINE = re.compile(rb"#[^\r\n]*")

# Operands whose length no metatable can change.
_PLAIN_OPERANDS = frozenset({"string", "table_constructor", "number"})

_parsers = threading.local()


@functools.cache
def _language() -> tree_sitter.Language:
    return tree_sitter.Language(tree_sitter_lua.language())


@functools.cache
def _query(source: str) -> tree_sitter.Query:
    return tree_sitter.Query(_language(), source)


def _captures(tree: tree_sitter.Tree, source: str) -> list[tree_sitter.Node]:
    return tree_sitter.QueryCursor(_query(source)).captures(tree.root_node).get("node", [])


def _parse(source: bytes) -> tree_sitter.Tree:
    parser = getattr(_parsers, "parser", None)
    if parser is None:
        parser = _parsers.parser = tree_sitter.Parser(_language())
    text = source.translate(_LETTERS)
    start = 0
    if source.startswith(_BOM):
        start = len(_BOM)
        text = b" " * start + text[start:]
    header = _HEADER_LINE.match(text, start)
    if header is not None:  # LuaJIT skips a first line that starts with '#'
        text = text[:start] + b" " * (header.end() - start) + text[header.end() :]
    return parser.parse(text)


class _Edits:
    """Replacements of byte ranges of one text that do not overlap."""

    def __init__(self) -> None:
        self._edits: list[tuple[int, int, int, bytes]] = []

    def replace(self, start: int, end: int, text: bytes, origin: int | None = None) -> None:
        """``origin``: start of what an insertion closes; of several at one place the innermost comes first."""
        self._edits.append((start, end, -(start if origin is None else origin), text))

    def apply(self, source: bytes) -> bytes:
        pieces: list[bytes] = []
        position = 0
        for start, end, _, text in sorted(self._edits):
            pieces += (source[position:start], text)
            position = end
        pieces.append(source[position:])
        return b"".join(pieces)


def _unwrap(node: tree_sitter.Node) -> tree_sitter.Node:
    while node.type == "parenthesized_expression" and node.named_child_count == 1:
        node = node.named_children[0]
    return node


def _name_argument(operand: tree_sitter.Node, source: bytes) -> bytes:
    """``,"x"`` for the variable x, ``,".x"`` for a field x, nothing for other expressions."""
    if operand.type == "identifier":
        return b',"%s"' % source[operand.start_byte : operand.end_byte]
    if operand.type == "dot_index_expression":
        field = operand.child_by_field_name("field")
        if field is not None:
            return b',".%s"' % source[field.start_byte : field.end_byte]
    return b""


def _length_operators(tree: tree_sitter.Tree, source: bytes, edits: _Edits) -> None:
    for node in _captures(tree, '(unary_expression "#") @node'):
        operator = node.children[0]
        operand = node.child_by_field_name("operand")
        if operand is None or operand.is_missing or _unwrap(operand).type in _PLAIN_OPERANDS:
            continue
        edits.replace(operator.start_byte, operator.end_byte, OPEN)
        edits.replace(operand.end_byte, operand.end_byte, _name_argument(operand, source) + CLOSE, operator.start_byte)


def _empty_statements(tree: tree_sitter.Tree, edits: _Edits) -> None:
    # `;` on its own is a statement since 5.2. The first one after a statement is part of that statement in 5.1.
    for node in _captures(tree, "(empty_statement) @node"):
        before = node.prev_named_sibling
        while before is not None and before.type == "comment":
            before = before.prev_named_sibling
        if before is None or before.type in ("empty_statement", "label_statement"):
            edits.replace(node.start_byte, node.end_byte, b" ")


def _inner_breaks(tree: tree_sitter.Tree, edits: _Edits) -> None:
    # Before 5.2 `break` had to be the last statement of its block.
    for node in _captures(tree, "(break_statement) @node"):
        after = node.next_named_sibling
        while after is not None and after.type in ("comment", "empty_statement"):
            after = after.next_named_sibling
        if after is not None:
            edits.replace(node.start_byte, node.end_byte, b"do break end")


def _calls_on_a_new_line(tree: tree_sitter.Tree, edits: _Edits) -> None:
    # Before 5.2 the `(` of a call had to be on the line where the called expression ends ("ambiguous syntax").
    for node in _captures(tree, "(function_call) @node"):
        name = node.child_by_field_name("name")
        arguments = node.child_by_field_name("arguments")
        if name is None or arguments is None or not arguments.children or arguments.children[0].type != "(":
            continue
        if arguments.start_point.row > name.end_point.row:
            edits.replace(name.end_byte, name.end_byte, b"(", arguments.start_byte)
            edits.replace(arguments.start_byte, arguments.start_byte + 1, b" ")


# Threads of a pool each load the same packages in a state of their own.
@functools.lru_cache(maxsize=512)
def rewrite(source: bytes, *, syntax: bool = False) -> bytes:
    """The chunk with ``#e`` replaced by a call that honours ``__len`` of tables.

    With ``syntax`` also the statements that only a 5.2-compatible LuaJIT accepts (empty statements, ``break`` inside a
    block, a call's parenthesis on the next line) are put in the form that every LuaJIT accepts. Bytecode, and text in
    which there is nothing to replace, is returned as it is.
    """
    if source.startswith(b"\x1b") or not (syntax or b"#" in source):
        return source
    tree = _parse(source)
    edits = _Edits()
    _length_operators(tree, source, edits)
    if syntax:
        _empty_statements(tree, edits)
        _inner_breaks(tree, edits)
        _calls_on_a_new_line(tree, edits)
    return edits.apply(source)
