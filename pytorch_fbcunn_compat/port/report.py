"""What a port leaves to read: the printed table, report.html and README.md."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING

import torch
from rich.table import Table

from .spec import Spec
from .verify import Difference, Proof

if TYPE_CHECKING:
    from .files import Ported


def mode(proof: Proof) -> str:
    if proof.rows[-1].typename.endswith("Criterion"):
        return "loss"
    ending = " in double precision" if proof.double else ""
    ending += ", a module of its own at each place" if proof.apart else ""
    return f"{'training' if proof.training else 'evaluation'} mode{ending}"


def number(value: float) -> str:
    return "0" if value == 0 else f"{value:.1e}"


def table(proof: Proof) -> Table:
    """The differences, a row for each layer, absolute and relative."""
    made = Table(title=f"{mode(proof)}, tolerance {proof.tolerance:g}", title_justify="left", header_style="bold")
    made.add_column("Lua layer", overflow="fold")
    made.add_column("port", overflow="fold")
    for what in ("output abs", "rel", "gradient abs", "rel"):
        made.add_column(what, justify="right", no_wrap=True)
    for row in proof.rows:
        whole = row is proof.rows[-1]
        cells = [*cell(row.output, proof), *cell(row.gradient, proof)]
        name = "whole model" if whole else f"{row.path.split('.', 1)[-1]} {row.typename.removeprefix('nn.')}"
        made.add_row(name, row.name, *cells, style="bold" if whole else None)
    return made


def cell(found: Difference | None, proof: Proof) -> tuple[str, str]:
    if found is None:
        return "–", "–"
    style = "{}" if found.within(proof.tolerance) else "[red]{}[/]"
    return style.format(number(found.absolute)), style.format(number(found.relative))


APART = (
    "A module stands at several places of the graph. In Lua it overwrites there what it computed at the first place "
    "before the gradient is taken, which is then another one; the port computes the gradient of the function. With a "
    "copy of the module at each place the two agree."
)
ROUNDING = (
    "In single precision some differences exceed the tolerance; in double precision, where rounding does not decide "
    "which side of a threshold a value falls on, the two agree."
)


def remarks(ported: Ported) -> list[str]:
    """Why the result is good although a table shows more than the tolerance; and where the port does something else."""
    found = list(ported.notes)
    if ported.passed and not all(proof.passed for proof in ported.proofs):
        apart = [proof.passed for proof in ported.doubles if proof.apart]
        found.insert(0, APART if apart and all(apart) else ROUNDING)
    return found


_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } th, td { text-align: left; padding: .2rem .6rem; }
tr:nth-child(even) { background: #f4f4f6; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: inline-block; height: .7rem; background: #4a7; vertical-align: middle; } .bad { background: #c33; }
pre { background: #f4f4f6; padding: 1rem; overflow-x: auto; } .ok { color: #274; } .fail { color: #a22; }
"""


def html_report(name: str, spec: Spec, ported: Ported) -> str:
    """One file, no outside parts: result, differences as bars, the model tree, the source."""
    shapes = ", ".join("×".join(map(str, shape)) for shape in ported.inputs)
    verdict = '<b class="ok">agree</b>' if ported.passed else '<b class="fail">differ</b>'
    parts = [
        f"<h1>{html.escape(name)}</h1>",
        f"<p>Lua and PyTorch {verdict}. Input {shapes} ({html.escape(ported.origin)}), torch {torch.__version__}.</p>",
    ]
    parts += [f"<p>{html.escape(text)}</p>" for text in remarks(ported)]
    for proof in (*ported.proofs, *ported.doubles):
        parts.append(f"<h2>{mode(proof)}</h2><p>Largest differences; tolerance {proof.tolerance:g}.</p>")
        if proof.fixed:
            layers = html.escape(", ".join(proof.fixed))
            parts.append(f"<p>Compared without their random numbers: {layers}.</p>")
        parts.append("<table><tr><th>layer<th>class<th>in the port<th>output<th><th>gradient<th></tr>")
        for row in proof.rows:
            cells = _bar(row.output, proof) + _bar(row.gradient, proof)
            names = "".join(
                f"<td>{html.escape(text)}" for text in (row.path, row.typename, row.name or "(whole model)")
            )
            parts.append(f"<tr>{names}{cells}</tr>")
        parts.append("</table>")
    if ported.attempts:
        rows = "".join(f"<tr><td>{html.escape(what)}<td>{html.escape(how)}" for what, how in ported.compilers.items())
        parts.append(f"<h2>Compilers</h2><table>{rows}</table>")
    parts.append(f"<h2>Model</h2><pre>{html.escape(tree(spec))}</pre>")
    parts.append(f"<h2>model.py</h2><pre>{html.escape(ported.source)}</pre>")
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{html.escape(name)}</title>'
        f"<style>{_STYLE}</style>\n{body}\n</html>\n"
    )


def _bar(found: Difference | None, proof: Proof) -> str:
    """A difference on a logarithmic scale from 1e-18 to 1."""
    if found is None:
        return "<td><td>"
    worst = min(found.absolute, found.relative)
    width = 0 if worst == 0 else max(2, min(100, round((18 + math.log10(worst)) / 18 * 100))) if worst < 1 else 100
    kind = "bar" if found.within(proof.tolerance) else "bar bad"
    return f'<td class="n">{number(found.absolute)}<td><span class="{kind}" style="width:{width}px"></span>'


def tree(spec: Spec, indent: str = "") -> str:
    """The modules of the original, nested, with the PyTorch class of each."""
    known = "" if spec.cls.__name__.lower() in spec.typename.lower() else f"  → {spec.cls.__name__}"
    lines = [f"{indent}{spec.typename}{known}"]
    return "\n".join(lines + [tree(child, indent + "  ") for child in spec.children])


def readme(name: str, ported: Ported) -> str:
    """README.md of a port."""
    example = (
        f"import torch\nfrom model import load\n\nmodel = load().eval()\noutput = model({ported.example})"
        if "class Model(" in ported.source
        else "from model import load\n\ncriterion = load()\nloss = criterion(output, target)"
    )
    verdict = "agree" if ported.passed else "DIFFER: see report.html"
    remarks_ = "".join(f"* {text}\n" for text in remarks(ported)) + ("\n" if remarks(ported) else "")
    proofs = [*ported.proofs, *ported.doubles]
    worst = [proof.rows[-1] for proof in proofs]
    lines = "\n".join(
        f"| {mode(proof)} | {number(row.output.absolute)} | {number(row.gradient.absolute) if row.gradient else '–'} |"
        for proof, row in zip(proofs, worst, strict=True)
        if row.output is not None
    )
    return f"""# {name}, ported to PyTorch

`model.py` is the model as a `torch.nn.Module`, `model.safetensors` its weights. They need torch and safetensors.

```python
{example}
```

The original and the port {verdict}. Largest absolute differences of the whole model on the same input:

| mode | output | gradient of the input |
|---|---|---|
{lines}

{remarks_}`report.html` has them layer by layer; `config.json` has the input's shape and the versions.
"""
