"""The report of a script's port: a table for the terminal and an HTML file."""

from __future__ import annotations

import html
from collections import Counter
from typing import TYPE_CHECKING

from ..report import _STYLE
from .inventory import MISSING, Call

if TYPE_CHECKING:
    from rich.table import Table

    from . import PortedScripts


def table(found: list[Call]) -> Table:
    """One row for each function, with the number of its calls."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("call", "times", "first at", "bridge", "PyTorch"):
        shown.add_column(title, justify="right" if title == "times" else "left", overflow="fold")
    counts = Counter(call.name for call in found)
    first: dict[str, Call] = {}
    for call in found:
        first.setdefault(call.name, call)
    for name, call in sorted(first.items(), key=lambda entry: (entry[0].startswith(":"), entry[0])):
        style = "red" if call.runs == MISSING else ""
        shown.add_row(
            name, str(counts[name]), f"{call.file}:{call.line}", call.runs, call.counterpart or "–", style=style
        )
    return shown


def html_report(ported: PortedScripts) -> str:
    """report.html: the calls with their places, what was not translated, the scripts made."""
    title = html.escape(ported.source)
    rows = "".join(
        f"<tr><td>{html.escape(call.name)}<td>{html.escape(call.file)}:{call.line}<td>{call.runs}"
        f"<td>{html.escape(call.counterpart) or '–'}"
        for call in ported.calls
    )
    parts = [f"<h1>{title}</h1>", f"<p>{html.escape(ported.summary)}</p>"]
    quoted = "".join(
        f"<tr><td>{html.escape(name)}:{line}<td>{html.escape(reason)}"
        for name, script in ported.scripts.items()
        for line, reason in script.quoted
    )
    if quoted:
        parts.append(f"<h2>Not translated</h2><table><tr><th>place<th>why{quoted}</table>")
    parts.append(f"<h2>Calls</h2><table><tr><th>call<th>place<th>the bridge runs it<th>PyTorch{rows}</table>")
    for name, script in ported.scripts.items():
        if not script.target:
            continue
        parts.append(
            f"<h2>{html.escape(name)} → {html.escape(script.target)}</h2><pre>{html.escape(script.text)}</pre>"
        )
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style>\n{body}\n</html>\n"
    )
