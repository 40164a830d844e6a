"""A Lua script as a Python script: what has a mechanical translation is translated, the rest is quoted in its place."""

from __future__ import annotations

import inspect
import json
import keyword
import os
import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tree_sitter import Node

from .. import sources
from . import expressions, graph, helpers, optimizers
from .source import (
    Script,
    Untranslated,
    arguments,
    assignment,
    callee,
    comment_lines,
    field,
    line,
    method,
    parts,
    text,
)
from .statements import block, statement
from .training import Confusion, Training, description
from .values import Code, Scopes

PACKAGES = {
    "torch", "nn", "optim", "xlua", "paths", "sys", "image", "nngraph", "cutorch", "cunn", "cudnn", "fbcunn", "fbnn",
    "math", "string", "table", "os", "io", "lfs", "pl", "path", "rnn", "gnuplot", "itorch", "cjson", "hdf5", "tds",
}  # fmt: skip
_WIDTH = 120


class Translator:
    """Translates one script.

    Attributes:
        lines: the statements of the Python script so far.
        quoted: line and reason of each statement that is quoted.
        translated: number of statements that are translated.
    """

    def __init__(self, script: Script, target: Path) -> None:
        self.script = script
        self.target = target
        self.packages = PACKAGES
        self.scopes = Scopes()
        self.lines: list[str] = []
        self.quoted: list[tuple[int, str]] = []
        self.translated = 0
        self.skipped: set[str] = set()
        self.imports: set[str] = set()
        self.copied: list[type] = []
        self.needed_helpers: list[str] = []
        self.default_type_known = False
        # a script that sets the seed gets the same random numbers in Python
        self.seeded = b"torch.manualSeed(" in script.bytes
        self.fresh = False  # layers with weights were made by the current statement
        self.uses_origin = False
        self.indent = 0
        self.user_methods = dict(_methods_of(script))
        self.tables = dict(_tables_of(script))
        self.saved = _saved(script)
        self.opening = _opening(script)
        self.training = Training(self, script)
        self.confusion = Confusion(self)
        self.description = description(script)

    # ---- the whole file ----

    def translate(self) -> str:
        """The text of the Python script."""
        block(self, self.script.root, skip=len(self.opening))
        body = re.sub(r"\n{4,}", "\n\n\n", "\n".join(self.lines).strip("\n"))
        name = self.script.path.name
        title = f'"""{self._title()}\n\nTranslated from {name} by fbcunn port.'
        if self.quoted:
            title += f" Statements without a mechanical translation: {len(self.quoted)}, each marked {name}:LINE."
        parts_ = []
        if self.uses_origin:
            place = os.path.relpath(self.script.path.resolve(), self.target.resolve().parent)
            parts_.append(f"SCRIPT = Path(__file__).resolve().parent / {json.dumps(place)}")
            self.use("from pathlib import Path")
        twins = sources.copy(sources.needed(self.copied)) if self.copied else ""
        own = "\n\n\n".join(inspect.getsource(_helper(name)).rstrip() for name in self.needed_helpers)
        if twins or own:
            parts_.append("\n\n\n".join(part for part in (twins, own) if part))
        if "Torch7Random" in self.needed_helpers and self.seeded:
            parts_.append("rng = Torch7Random()  # the Lua script's random numbers, in the same order")
        if not self.default_type_known and re.search(r"\b(torch|nn|rng)\.", body):
            body = f"torch.set_default_dtype(torch.float64)  # the default of Lua Torch\n\n{body}"
        code = "\n\n\n".join([*parts_, body])
        between = "\n\n\n" if code.startswith(("class", "def")) else "\n\n"
        return f'{title}\n"""\n\n{self._imports(code)}{between}{code}\n'

    def _title(self) -> str:
        """The comments that the script begins with."""
        lines = [one.strip(" -=") for node in self.opening for one in comment_lines(node)]
        words = "\n".join(lines).replace("\\", "/").replace('"', "'").strip()
        return words or f"{self.script.path.name} in PyTorch."

    def _imports(self, code: str) -> str:
        wanted = {"from __future__ import annotations", *self.imports}
        for pattern, imported in sources.IMPORTS:
            if re.search(pattern, code) and "load_file" not in imported:
                wanted.add(imported)
        if re.search(r"(?<![.\w])np\.", code):
            wanted.add("import numpy as np")
        for name in ("argparse", "math", "os", "random", "sys", "time", "weakref"):
            if re.search(rf"(?<![.\w]){name}\.", code):
                wanted.add(f"import {name}")
        groups: list[list[str]] = [[], [], [], []]
        for entry in wanted:
            module = entry.split()[1].split(".")[0]
            rank = {"__future__": 0, "numpy": 2, "torch": 2, "pytorch_fbcunn_compat": 3}.get(module, 1)
            groups[rank].append(entry)
        for group in groups:
            group.sort(key=lambda entry: (entry.startswith("from"), entry))
        return "\n\n".join("\n".join(group) for group in groups if group)

    # ---- what expressions and statements ask for ----

    def expression(self, node: Node) -> Code:
        """The Python expression for a Lua one. Raises Untranslated."""
        return expressions.expression(self, node)

    def raw(self, node: Node) -> Code:
        """As `expression`, in PyTorch's form: positions counted from 0, a loss as a tensor."""
        return expressions.raw(self, node)

    def emit(self, source: str) -> None:
        """Adds lines at the current depth."""
        pad = "    " * self.indent
        for one in source.split("\n"):
            self.lines += _wrapped(pad + one) if one.strip() else [""]

    def use(self, imported: str) -> None:
        """Adds an import."""
        self.imports.add(imported)

    def helper(self, name: str) -> str:
        """Has a function of `helpers` written into the script."""
        if name not in self.needed_helpers:
            self.needed_helpers.append(name)
        return name

    def random(self) -> str:
        """The generator of the Lua script's random numbers."""
        self.helper("Torch7Random")
        return "rng"

    def reset(self, model: str) -> None:
        """Gives layers that were just made their initial weights."""
        if self.fresh and self.seeded:
            self.emit(f"{self.random()}.reset({model})")
        self.fresh = False

    def twin(self, cls: type) -> str:
        """Has a class of the twins written into the script."""
        if cls not in self.copied:
            self.copied.append(cls)
        return cls.__name__

    def origin(self) -> str:
        """The path of the Lua script."""
        self.uses_origin = True
        return "SCRIPT"

    def attribute(self, name: str) -> str:
        """A field's name as an attribute."""
        return f"{name}_" if keyword.iskeyword(name) else name

    def field_kind(self, owner: Code, name: str) -> str:
        """What is known of a field."""
        if owner.kind == "options":
            return owner.info.get(name, "")
        return "tensor" if owner.kind == "stored" and name in ("data", "labels") else ""

    # ---- statements ----

    def attempt(self, node: Node) -> None:
        """Translates a statement, or quotes it."""
        kept = len(self.lines), len(self.quoted), self.indent, self.translated
        self.fresh = False
        try:
            statement(self, node)
            self.translated += 1
            if self.fresh and (owner := _model_of(self, node)):
                self.reset(owner)
        except Untranslated as reason:
            del self.lines[kept[0] :], self.quoted[kept[1] :]
            self.indent, self.translated = kept[2], kept[3]
            self.quote(node, str(reason))

    def quote(self, node: Node, reason: str) -> None:
        """The Lua text as comments; the variables that it sets are known from here on, if not what they are."""
        self.quoted.append((line(node), reason))
        self.emit(f"# {self.script.path.name}:{line(node)}: {reason}")
        for one in textwrap.dedent(" " * node.start_point.column + text(node)).split("\n"):
            self.lines.append(f"{'    ' * self.indent}#     {one}".rstrip())
        found = assignment(node) if node.type in ("assignment_statement", "variable_declaration") else None
        for target in found[0] if found else ():
            if target.type == "identifier":
                (self.scopes.declare if found[2] else self.scopes.assign)(text(target))  # type: ignore[index]

    def comment(self, node: Node, trailing: bool = False) -> None:
        """A comment; lines of dashes alone are left out."""
        for one in comment_lines(node):
            if trailing and self.lines and self.lines[-1].strip() and len(self.lines[-1]) + len(one) < 110:
                self.lines[-1] += f"  # {one.strip(' -')}"
            else:
                self.emit(f"# {one.strip(' -')}")

    def block(self, node: Node | None) -> None:
        """The statements of a block."""
        if node is not None:
            block(self, node)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """A Lua block, indented in Python."""
        self.indent += 1
        self.scopes.blocks.append({})
        start = len(self.lines)
        try:
            yield
            if not any(entry.strip() and not entry.strip().startswith("#") for entry in self.lines[start:]):
                self.emit("pass")
        finally:
            self.scopes.blocks.pop()
            self.indent -= 1

    @contextmanager
    def function(self) -> Iterator[None]:
        """A Python function around a block."""
        scopes = self.scopes
        for stack in (scopes.functions, scopes.outer, scopes.nonlocals):
            stack.append(set())
        scopes.blocks.append({})
        try:
            yield
        finally:
            scopes.blocks.pop()
            for stack in (scopes.functions, scopes.outer, scopes.nonlocals):
                stack.pop()


def _helper(name: str) -> type:
    """A class or function that is written into scripts."""
    return next(getattr(module, name) for module in (helpers, optimizers, graph) if hasattr(module, name))


def _model_of(t: Translator, node: Node) -> str | None:
    """The variable of the model that a statement makes or adds to."""
    found = assignment(node) if node.type in ("variable_declaration", "assignment_statement") else None
    called = method(node) if node.type == "function_call" else None
    owner = found[0][0] if found is not None and len(found[0]) == 1 else called[0] if called is not None else None
    variable = t.scopes.find(text(owner)) if owner is not None and owner.type == "identifier" else None
    return variable.name if variable is not None and variable.kind == "model" else None


def _opening(script: Script) -> list[Node]:
    """The comments that the script begins with."""
    found: list[Node] = []
    for node in script.root.named_children:
        if node.type != "comment":
            break
        found.append(node)
    if found and len(found) < len(script.root.named_children):
        # a comment right above the first statement belongs to that
        while found and script.root.named_children[len(found)].start_point.row == found[-1].end_point.row + 1:
            if not comment_lines(found[-1]):
                break
            found.pop()
    return found


def _saved(script: Script) -> set[str]:
    """Variables that name files which torch.save writes and torch.load does not read."""
    files: dict[str, set[str]] = {"torch.save": set(), "torch.load": set()}
    for node in script.nodes:
        if node.type == "function_call" and callee(node) in files and arguments(node):
            files[callee(node)].add(text(arguments(node)[0]))
    return files["torch.save"] - files["torch.load"]


def _methods_of(script: Script) -> Iterator[tuple[str, str]]:
    """Methods that the script defines itself."""
    for node in script.nodes:
        if node.type == "function_declaration":
            name = field(node, "name")
            if name.type in ("method_index_expression", "dot_index_expression"):
                yield text(name.named_children[-1]), str(len(parts(field(node, "parameters"))))
        elif node.type == "function_definition" and node.parent is not None and node.parent.type == "field":
            name_ = node.parent.child_by_field_name("name")
            if name_ is not None:
                yield text(name_), str(max(0, len(parts(field(node, "parameters"))) - 1))


def _tables_of(script: Script) -> Iterator[tuple[str, str]]:
    """What the variables that begin as {} are used as: object, list or dict."""
    uses: dict[str, set[str]] = {}
    for node in script.nodes:
        if node.type in ("dot_index_expression", "method_index_expression", "bracket_index_expression"):
            owner = node.named_children[0]
            if owner.type == "identifier":
                kind = "dict" if node.type == "bracket_index_expression" else "object"
                if kind == "dict" and text(node.named_children[1]).startswith("#"):
                    kind = "list"
                uses.setdefault(text(owner), set()).add(kind)
        elif node.type == "function_call" and text(field(node, "name")) == "table.insert":
            given = parts(field(node, "arguments"))
            if given:
                uses.setdefault(text(given[0]), set()).add("list")
    for name, kinds in uses.items():
        yield name, next(kind for kind in ("object", "list", "dict") if kind in kinds)


def _wrapped(source: str) -> list[str]:
    """A line that is too long, broken at the commas of its outermost call."""
    if len(source) <= _WIDTH or source.lstrip().startswith("#"):
        return [source]
    found = re.match(r"(\s*)([^\"'()\[\]]*[(\[])(.*)([)\]])$", source)
    if found is None:
        return [source]
    pad, head, inside, tail = found.groups()
    pieces = split_arguments(inside)
    if pieces is None:
        return [source]
    if len(pad) + 4 + len(inside) <= _WIDTH:
        return [pad + head, f"{pad}    {inside}", pad + tail]
    return [pad + head, *(f"{pad}    {piece}," for piece in pieces), pad + tail]


def split_arguments(source: str) -> list[str] | None:
    """The arguments of a call, or None if the text is not one list of arguments."""
    pieces, depth, start, quote = [], 0, 0, ""
    position = 0
    while position < len(source):
        char = source[position]
        if quote:
            if char == "\\":
                position += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                return None
        elif char == "," and depth == 0:
            pieces.append(source[start:position].strip())
            start = position + 1
        position += 1
    last = source[start:].strip()
    return [*pieces, last] if last else pieces
