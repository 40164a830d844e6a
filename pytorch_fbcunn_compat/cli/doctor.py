"""``fbcunn doctor``: versions, libraries, devices, and what is wrong with an install."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..diagnosis import OK, PROBLEM, findings

MARKS = {OK: "[green]✓[/]", PROBLEM: "[red]✗[/]"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="List the functions of torch with their types and forms instead.")
    ] = False,
) -> None:
    """Show versions, libraries and devices, and what is wrong with this install. Exit status 1 when something is."""
    if coverage:
        from ..coverage import print_report

        return print_report(as_json)
    found = list(findings())
    if as_json:
        import json

        print(json.dumps([vars(finding) for finding in found], indent=2))
    else:
        table = Table(box=None, show_header=False, pad_edge=False)
        for finding in found:
            remedy = f"\n[bold]→ {finding.remedy}[/]" if finding.remedy else ""
            table.add_row(MARKS.get(finding.state, "[yellow]·[/]"), finding.subject, finding.text + remedy)
        Console(highlight=False).print(table)
    if any(finding.state == PROBLEM for finding in found):
        raise typer.Exit(1)
