"""``fbcunn port``: a Lua model as PyTorch source and safetensors, with the proof that both compute the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def port(
    file: Annotated[Path, typer.Argument(help="The .t7 file.", show_default=False)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.", show_default=False)],
    key: Annotated[
        str | None, typer.Option(help="Where the model stands in a file that holds a table: model, protos.rnn, …")
    ] = None,
    input: Annotated[
        list[Path] | None, typer.Option("--input", help="Input to compare on: .npy, .npz or .t7; several for a table.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Largest difference.  [default: 1e-5 for float, 1e-10 for double]")
    ] = None,
    compilers: Annotated[bool, typer.Option(help="Also try torch.compile and torch.export.")] = True,
) -> None:
    """Write a model as model.py and model.safetensors, and compare it with the original, layer by layer.

    Exit status 1 when outputs or gradients differ by more than the tolerance.
    """
    from rich.console import Console

    from ..port.files import port_file
    from ..port.report import table
    from ..port.spec import PortError

    if file.suffix == ".lua":
        raise PortError(f"{file} is a script; port takes the .t7 file that a script saved with torch.save")
    console = Console(highlight=False)
    with console.status(f"porting {file}"):
        ported = port_file(
            str(file),
            str(output),
            key=key,
            inputs=[str(path) for path in input] if input else None,
            tolerance=tolerance,
            attempts=compilers,
        )
    for proof in ported.proofs:
        console.print(table(proof))
        if proof.fixed:
            console.print(f"random layers, compared in evaluation mode: {', '.join(proof.fixed)}", markup=False)
    shapes = ", ".join("x".join(map(str, shape)) for shape in ported.inputs)
    console.print(f"input {shapes} ({ported.origin})", markup=False)
    for what, how in ported.attempts.items():
        console.print(f"{what}: {how}", markup=False)
    verdict = "the port computes the same" if ported.passed else "the port DIFFERS from the original"
    console.print(f"{verdict}; model.py, model.safetensors, report.html are in {output}", markup=False, soft_wrap=True)
    if not ported.passed:
        raise typer.Exit(1)
