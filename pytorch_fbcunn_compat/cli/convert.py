"""``fbcunn convert``: the tensors of a .t7 file in another format."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import torch


def convert(
    file: Annotated[Path, typer.Argument(help="The .t7 file.", show_default=False)],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="out.safetensors, out.npz or out.t7.", show_default=False)
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Keep the buffers that modules fill again when they run, and gradients.")
    ] = False,
    ascii: Annotated[bool, typer.Option(help="Write a .t7 in Torch7's text format.")] = False,
) -> None:
    """Write the tensors of a .t7 file as .safetensors or .npz, named by their place; or write it again as .t7."""
    from ..t7 import T7Error, load, save

    kind = output.suffix
    if kind not in (".safetensors", ".npz", ".t7"):
        raise typer.BadParameter(f"the name should end with .safetensors, .npz or .t7, not {kind!r}", param_hint="-o")
    if ascii and kind != ".t7":
        raise typer.BadParameter("only a .t7 can be written as text", param_hint="--ascii")
    value = load(file)
    if kind == ".t7":
        save(output, value, ascii=ascii)
        typer.echo(f"{output}: {output.stat().st_size:,} bytes")
        return
    tensors = collect(value, everything)
    if not tensors:
        raise T7Error("holds no tensors to convert", source=str(file))
    if kind == ".safetensors":
        from ..port.weights import save_weights

        write_aside(output, lambda path: save_weights(tensors, path))
    else:
        import numpy as np

        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}

        def write(path: str) -> None:
            with open(path, "wb") as handle:
                np.savez(handle, **arrays)

        write_aside(output, write)
    typer.echo(f"{output}: {len(tensors)} tensors, {output.stat().st_size:,} bytes")


def write_aside(output: Path, write: Callable[[str], None]) -> None:
    """Writes to a temporary sibling and renames it, so that no half-written file is ever under the name."""
    temporary = f"{output}.{secrets.token_hex(4)}.tmp"
    try:
        write(temporary)
        os.replace(temporary, output)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def collect(value: Any, everything: bool) -> dict[str, torch.Tensor]:
    """The non-empty tensors below a value by dotted place, each in memory of its own."""
    import torch

    from ..t7 import LuaStorage, LuaTable, TorchObject
    from ..t7.summary import is_scratch

    found: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    stack: list[tuple[str, Any]] = [("", value)]
    while stack:
        place, entry = stack.pop()
        if isinstance(entry, (torch.Tensor, LuaStorage)):
            tensor = entry if isinstance(entry, torch.Tensor) else entry.data
            if tensor.numel():
                found[place or "value"] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        elif isinstance(entry, (LuaTable, TorchObject)) and id(entry) not in seen:
            seen.add(id(entry))
            module = isinstance(entry, TorchObject)
            fields = entry.fields if module else entry
            for key, inner in reversed(fields.items()):
                name = str(key) if isinstance(key, (str, int, float, bool)) else None
                if name is None or (module and not everything and (is_scratch(name) or name.startswith("grad"))):
                    continue
                stack.append((f"{place}.{name}" if place else name, inner))
    return found
