"""``fbcunn port``: a Lua model as PyTorch source and safetensors with a proof, or a Lua script as a Python one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from ..port.files import Ported


def port(
    output: Annotated[Path, typer.Option("-o", "--output", help="The folder to write.", show_default=False)],
    file: Annotated[
        Path | None,
        typer.Argument(help="A .t7 file with a model, or a .lua script or a folder of scripts.", show_default=False),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Where the model stands in a file that holds a table: model, protos.rnn, …")
    ] = None,
    from_lua: Annotated[
        Path | None, typer.Option(help="Take the model from this script, which is run.", show_default=False)
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="With --from-lua: Lua expression for the model, evaluated at the script's end.")
    ] = None,
    argument: Annotated[
        list[str] | None, typer.Option("--arg", help="With --from-lua: a word of the script's command line.")
    ] = None,
    input: Annotated[
        list[Path] | None, typer.Option("--input", help="Input to compare on: .npy, .npz or .t7; several for a table.")
    ] = None,
    target: Annotated[
        list[Path] | None, typer.Option("--target", help="With --input, the target of a criterion.")
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option(help="Largest difference.  [default: 1e-5 for float, 1e-10 for double]")
    ] = None,
    require: Annotated[
        list[Path] | None,
        typer.Option("--require", help="Lua file to run before the original is loaded: it defines classes."),
    ] = None,
    compilers: Annotated[bool, typer.Option(help="Also try torch.compile and torch.export.")] = True,
    compile_backend: Annotated[
        str, typer.Option(help="What torch.compile is tried with; inductor generates code, which takes longer.")
    ] = "aot_eager",
) -> None:
    """Move a model or a script to PyTorch.

    A model becomes model.py and model.safetensors and is compared with the original, layer by layer; the exit status
    is 1 when outputs or gradients differ by more than the tolerance. Of a script every call is listed with its PyTorch
    counterpart, and what has a mechanical translation becomes train.py.
    """
    from rich.console import Console

    from ..port.compilers import backends
    from ..port.files import port_file
    from ..port.from_lua import saved_model

    if (file is None) == (from_lua is None):
        raise typer.BadParameter("give either a file or --from-lua SCRIPT", param_hint="FILE")
    if (from_lua is None) != (model is None):
        raise typer.BadParameter("--from-lua SCRIPT and --model EXPRESSION belong together", param_hint="--model")
    if compilers and compile_backend not in backends():
        there = ", ".join(backends())
        raise typer.BadParameter(f"{compile_backend!r}; there are {there}", param_hint="--compile-backend")
    console = Console(highlight=False)
    if file is not None and (file.suffix == ".lua" or file.is_dir()):
        return _port_scripts(console, file, output)
    with contextlib.ExitStack() as stack:
        if from_lua is not None and model is not None:
            path, name = stack.enter_context(saved_model(str(from_lua), model, argument or [])), from_lua.name
        else:
            path, name = str(file), file.name if file is not None else ""
        stack.enter_context(console.status(f"porting {name}"))
        ported = port_file(
            path,
            str(output),
            key=key,
            inputs=[str(entry) for entry in input] if input else None,
            targets=[str(entry) for entry in target] if target else None,
            tolerance=tolerance,
            attempts=compilers,
            backend=compile_backend,
            requires=[str(entry) for entry in require] if require else None,
            name=name,
        )
    _show(console, ported, output)
    if not ported.passed:
        raise typer.Exit(1)


def _show(console: Console, ported: Ported, output: Path) -> None:
    from ..port.report import remarks, table

    for proof in (*ported.proofs, *ported.doubles):
        console.print(table(proof))
        if proof.fixed:
            console.print(
                f"random layers, compared without their random numbers: {', '.join(proof.fixed)}", markup=False
            )
    for text in remarks(ported):
        console.print(text, markup=False, soft_wrap=True)
    shapes = ", ".join("x".join(map(str, shape)) for shape in ported.inputs)
    console.print(f"input {shapes} ({ported.origin})", markup=False)
    for what, how in ported.compilers.items():
        console.print(f"{what}: {how}", markup=False)
    verdict = "the port computes the same" if ported.passed else "the port DIFFERS from the original"
    console.print(f"{verdict}; model.py, model.safetensors, report.html are in {output}", markup=False, soft_wrap=True)


def _port_scripts(console: Console, file: Path, output: Path) -> None:
    from ..port.script import port_scripts
    from ..port.script.report import table

    ported = port_scripts(file, output)
    console.print(table(ported.calls))
    for name, script in ported.scripts.items():
        for line, reason in script.quoted:
            console.print(f"{name}:{line}: not translated: {reason}", markup=False, soft_wrap=True)
    console.print(ported.summary, markup=False, soft_wrap=True)
    written = ", ".join(script.target for script in ported.scripts.values() if script.target)
    console.print(f"{written} and report.html are in {output}", markup=False, soft_wrap=True)
