"""`fbcunn tune`: what the convolution tuner has found on this machine."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Choices of the convolution autotuner.", no_args_is_help=True)


@app.command()
def show(
    problem: str = typer.Argument("", help="Show only problems whose key contains this text, e.g. 'k9x9' or 'f128'."),
    times: bool = typer.Option(False, "--times", "-t", help="List every candidate that was timed."),
) -> None:
    """Print the cached choices, one line for each problem and pass."""
    from pytorch_fbcunn_compat.ops.conv import cache

    path = cache.cache_file()
    console = Console()
    if path is None:
        console.print("FBCUNN_TUNE_CACHE is set to nothing: choices are kept in memory only.")
        return
    entries = cache.read(path)
    shown = 0
    for environment, problems in entries.items():
        table = Table(title=environment, title_justify="left")
        for column in ("problem", "pass", "choice", "ms", "direct ms"):
            table.add_column(column, justify="right" if "ms" in column else "left", no_wrap=column != "problem")
        for key, passes in sorted(problems.items()):
            if problem not in key:
                continue
            for name, entry in passes.items():
                shown += 1
                milliseconds = entry["ms"]
                direct = [ms for plan, ms in milliseconds.items() if plan.startswith(("direct", "separate"))]
                plan = "separate passes" if name == "training" and entry["plan"] == "direct" else entry["plan"]
                best = f"{min(milliseconds.values()):.3f}" if milliseconds else "-"
                table.add_row(key, name, plan, best, f"{min(direct):.3f}" if direct else "-")
                if times:
                    for candidate, ms in sorted(milliseconds.items(), key=lambda item: item[1]):
                        table.add_row("", "", f"  {candidate}", f"{ms:.3f}", "")
        if table.row_count:
            console.print(table)
    if not shown:
        console.print(f"No choices in {path}" + (f" match {problem!r}." if problem else "."))
    else:
        console.print(f"{shown} choices in {path}")


@app.command()
def clear() -> None:
    """Delete the cache file; the next run tunes again."""
    from pytorch_fbcunn_compat.ops.conv import cache

    path = cache.cache_file()
    if path is None or not path.exists():
        typer.echo("Nothing to delete.")
        return
    path.unlink()
    typer.echo(f"Deleted {path}")
