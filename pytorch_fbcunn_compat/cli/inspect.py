"""``fbcunn inspect``: what a .t7 file holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.tree import Tree


def inspect(
    file: Annotated[Path, typer.Argument(help="The .t7 file.", show_default=False)],
    depth: Annotated[int, typer.Option(help="How deep to show nested tables and modules.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole tree as JSON.")] = False,
) -> None:
    """Show the tree of a .t7 file: modules with their shapes and parameters, tables, tensors, unknown classes."""
    from rich.console import Console

    from ..t7 import load
    from ..t7.summary import summarize

    summary = summarize(load(file))
    if as_json:
        print(json.dumps({"file": str(file), "bytes": file.stat().st_size} | summary.as_json(), indent=2))
        return
    console = Console(highlight=False)
    console.print(f"{file}: {size(file.stat().st_size)}", markup=False)
    console.print(_tree(summary.root, depth))
    known = {True: [], False: []}  # type: ignore[var-annotated]
    for name, count in sorted(summary.classes.items()):
        known[_portable(name)].append(f"{name} ×{count}" if count > 1 else name)
    total = f"{summary.parameters:,} parameters, {size(summary.bytes)} of tensor data, {summary.tensors:,} tensors"
    console.print(total, markup=False, soft_wrap=True)
    if known[True]:
        console.print(f"classes: {', '.join(known[True])}", markup=False, soft_wrap=True)
    if known[False]:
        console.print(f"[yellow]classes that cannot be ported:[/] {', '.join(known[False])}", soft_wrap=True)


def size(count: int) -> str:
    """A number of bytes for people."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "bytes" else f"{count} bytes"
        count = count / 1000  # type: ignore[assignment]
    return f"{count:.3g} GB"


def _portable(name: str) -> bool:
    from ..port.build import TABLE

    return name in TABLE


def _tree(node: Any, depth: int) -> Tree:
    from rich.markup import escape
    from rich.tree import Tree

    label = f"[bold]{escape(node.name)}[/] " if node.name else ""
    tree = Tree(label + escape(node.text))
    if depth > 0:
        for child in node.children:
            tree.add(_tree(child, depth - 1))
    elif node.children:
        tree.add(f"… {len(node.children)} more (--depth)")
    return tree
