"""`fbcunn bench`: this library against PyTorch's own on the GPU at hand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="Measurements on this machine's GPU.", no_args_is_help=True)


@app.callback()
def _commands() -> None:
    """Keeps `conv` a sub-command while it is the only one."""


_Shapes = Annotated[
    list[str] | None,
    typer.Option("--shape", "-s", help="S,f,f',k,y: images, input and output planes, kernel, output size; repeatable."),
]


@app.command()
def conv(
    shape: _Shapes = None,
    minutes: Annotated[float, typer.Option(help="Without --shape: how long to measure cells.")] = 5.0,
    which: Annotated[str, typer.Option("--set", help="Without --shape: targets, grid, layers or all.")] = "all",
    results: Annotated[str, typer.Option(help="Without --shape: file to append to.")] = "conv_heatmap.jsonl",
    repeats: Annotated[int, typer.Option(min=1, help="Timings of each side.")] = 5,
) -> None:
    """Time the autotuned convolution's three passes against the best of cuDNN, in fp32 and TF32."""
    import torch

    if not torch.cuda.is_available():
        typer.echo("fbcunn bench conv: no CUDA device; the comparison is with cuDNN", err=True)
        raise typer.Exit(1)
    from pytorch_fbcunn_compat.ops.conv import grid, measure

    if not shape:
        if which not in ("targets", "grid", "layers", "all"):
            raise typer.BadParameter(f"unknown set {which!r}: expected targets, grid, layers or all")
        grid.run(Path(results), minutes, which, repeats, typer.echo)
        typer.echo(grid.summary(grid.load(Path(results))))
        return
    for text in shape:
        _show(measure.measure(_cell(text), repeats=repeats))


def _cell(text: str):
    from pytorch_fbcunn_compat.ops.conv import measure

    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 5 or min(numbers) < 1:
        raise typer.BadParameter(f"--shape {text!r}: expected five positive numbers S,f,f',k,y, e.g. 128,64,128,9,56")
    return measure.Cell(*numbers)


def _show(record: dict) -> None:
    table = Table(title=f"{record['label']} on {torch_device()}", title_justify="left")
    for column in ("precision", "cuDNN ms", "ours ms", "speed-up", "error cuDNN", "error ours", "how"):
        table.add_column(column, justify="left" if column in ("precision", "how") else "right")
    for precision in ("fp32", "tf32"):
        cudnn, ours = record[precision]["cudnn"], record[precision]["ours"]
        plans = ours["passes"]
        how = plans["joint"] or ", ".join(plans["plans"].values())
        table.add_row(
            precision,
            f"{cudnn['ms']:.3f}",
            f"{ours['ms']:.3f}",
            f"{record[precision]['speedup']:.2f}x",
            f"{max(cudnn['error']):.1e}",
            f"{max(ours['error']):.1e}",
            how,
        )
    Console().print(table)


def torch_device() -> str:
    """Name of the current CUDA device."""
    import torch

    return torch.cuda.get_device_name()
