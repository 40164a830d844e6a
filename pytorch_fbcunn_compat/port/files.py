"""`port_file`: writes a ported model as files and proves them against the original."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import re
import secrets
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from ..t7 import LuaTable, TorchObject, load
from ..t7.storage import TENSOR_CLASSES
from .blocks import walk
from .build import Builder, Porter, find_model
from .compilers import try_compilers
from .emit import Emitter
from .example import make_inputs, read_inputs, run
from .forms import as_arguments, exact
from .losses import is_criterion, make_pair, prove_loss
from .original import runnable
from .reference import Reference
from .report import html_report, readme
from .spec import PortError, Spec
from .twins.containers import GraphModule
from .verify import Proof, prove, tensors
from .weights import save_weights


@dataclasses.dataclass
class Ported:
    """What `port_file` made.

    Attributes:
        folder: where the files are.
        source: text of model.py.
        proofs: the comparison in evaluation mode, then in training mode.
        inputs: shapes of the inputs it was made on.
        origin: where these shapes come from.
        doubles: comparisons made if that exceeds the tolerance. A float model is compared in double precision: where a
            difference is only rounding (the sign of a value next to zero decides what a ReLU passes on), it goes away
            there. A graph in which a module stands at several places, which in Lua overwrites the output of the first
            before its gradient is taken, is compared with a copy of the module at each place.
        attempts: for torch.compile and torch.export, "works" or why not.
        notes: where the port differs from the original in something.
        backend: what torch.compile was tried with.
        example: source text of arguments for the model.
    """

    folder: Path
    source: str
    proofs: list[Proof]
    inputs: list[tuple[int, ...]]
    origin: str
    attempts: dict[str, str]
    doubles: list[Proof] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    backend: str = ""
    example: str = ""

    @property
    def compilers(self) -> dict[str, str]:
        """`attempts` as they are shown, with the backend that was used."""
        return {f"{what}, backend {self.backend}" if "compile" in what else what: how
                for what, how in self.attempts.items()}  # fmt: skip

    @property
    def passed(self) -> bool:
        kinds: dict[tuple[bool, bool], list[Proof]] = {}
        for proof in (*self.proofs, *self.doubles):
            kinds.setdefault((proof.double, proof.apart), []).append(proof)
        return any(_passed(proofs) for proofs in kinds.values())


def port_file(
    file: str,
    folder: str,
    *,
    key: str | None = None,
    inputs: list[str] | None = None,
    targets: list[str] | None = None,
    tolerance: float | None = None,
    attempts: bool = True,
    backend: str = "aot_eager",
    requires: list[str] | None = None,
    name: str | None = None,
) -> Ported:
    """Ports the model or criterion of a .t7 file into `folder`: model.py, model.safetensors, config.json, report.html
    and README.md.

    Args:
        file: the .t7 file.
        folder: where to write; its files are replaced only when all new ones are complete.
        key: the model's place in a file that holds a table.
        inputs: files with inputs for the comparison; by default random ones of a shape found in the model.
        targets: files with the target, if it is a criterion and `inputs` are given.
        tolerance: largest difference; by default 1e-5 for float and 1e-10 for double.
        attempts: also try torch.compile(fullgraph=True) and torch.export.
        backend: what torch.compile is tried with: "aot_eager" traces the model and its gradient, "inductor" also
            generates code and needs a C++ compiler.
        requires: Lua files that are run before the original is loaded: they define its classes.
        name: what the files call the model's source; by default the file's name.

    Raises:
        T7Error, PortError, OSError.
    """
    if os.path.isfile(folder):
        raise PortError(f"{folder} is a file; name the folder to write")
    value = load(file)
    lua, path = find_model(value, key)
    key = key or _key(value, lua)
    spec = Porter().port(lua, path)
    live = Builder().build(spec)
    dtype = element_type(lua, live)
    loss = is_criterion(lua)
    if loss and not inputs:
        given, origin = make_pair(lua, spec, dtype)
    elif inputs:
        given, origin = read_inputs(inputs, dtype), "given"
        if loss:
            target = read_inputs(targets or [], dtype)
            given = (
                given if len(given) > 1 else given[0],
                target if len(target) > 1 else target[0] if target else None,
            )
    else:
        given, origin = make_inputs(lua, spec, live, dtype)
    emitter, plain = Emitter(spec, "Criterion", arguments=["input", "target"]) if loss else Emitter(spec), True
    name = name or os.path.basename(file)
    plain_name = re.sub(r"[^\w .+-]", "_", name, flags=re.ASCII)  # it goes into source text
    title = f"{class_title(lua.typename)}, ported from {plain_name}."
    source = emitter.source(title)
    taken = given if loss else as_arguments(spec, given)
    if not loss and not same_shape(live, executed(source, emitter), taken):
        emitter, plain = Emitter(exact(Porter().port(lua, path))), False
        source = emitter.source(title)
    target = Path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    try:
        (temporary / "model.py").write_text(source)
        state = {place: tensor.detach().clone().contiguous() for place, tensor in emitter.state.items()}
        save_weights(state, temporary / "model.safetensors")
        model = import_model(temporary / "model.py").load()
        with runnable(file, key) as original:
            reference = Reference(original, requires or [])
        if loss:
            proofs = prove_loss(reference, model, spec, given, tolerance)
        else:
            proofs = [prove(reference, model, emitter, given, training, tolerance) for training in (False, True)]
        doubles: list[Proof] = []
        if not loss and tolerance is None and dtype is torch.float32 and not all(proof.passed for proof in proofs):
            doubles = proofs_in_double(file, key, given, source, title, plain, requires or [])
        apart: list[Proof] = []
        if not loss and not _passed(proofs) and not _passed(doubles) and comes_again(spec):
            reference.separate()
            apart = [prove(reference, model, emitter, given, training, tolerance) for training in (False, True)]
            apart = [dataclasses.replace(proof, apart=True) for proof in apart]
        tried = try_compilers(import_model(temporary / "model.py").load().eval(), taken, backend) if attempts else {}
        shapes = [tuple(tensor.shape) for tensor in tensors(given)]
        ported = Ported(target, source, proofs, shapes, origin, tried, [*doubles, *apart], notes(spec), backend)
        ported.example = "" if loss else ", ".join(map(example, taken))
        write_config(temporary / "config.json", name, lua.typename, ported, state)
        (temporary / "report.html").write_text(html_report(name, spec, ported))
        (temporary / "README.md").write_text(readme(name, ported))
        target.mkdir(exist_ok=True)
        for made in sorted(temporary.iterdir()):
            if made.is_file():
                os.replace(made, target / made.name)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return ported


def _passed(proofs: list[Proof]) -> bool:
    return bool(proofs) and all(proof.passed for proof in proofs)


def example(value: Any) -> str:
    """Source text that makes an input like this one."""
    if isinstance(value, tuple):
        return f"({', '.join(map(example, value))},)"
    if not value.is_floating_point():
        return f"torch.randint(1, {int(value.max()) + 1}, {tuple(value.shape)})"
    double = ", dtype=torch.float64" if value.dtype is torch.float64 else ""
    return f"torch.randn({', '.join(map(str, value.shape))}{double})"


def comes_again(spec: Spec) -> bool:
    """Whether a module stands at several places of a graph."""
    return any(inner.cls is GraphModule and len(set(map(id, inner.children))) < len(inner.children)
               for inner in walk(spec))  # fmt: skip


def notes(spec: Spec) -> list[str]:
    """Where the port does something else than the original."""
    return sorted({f"{inner.path} ({inner.typename}) {inner.note}" for inner in walk(spec) if inner.note})


def proofs_in_double(
    file: str,
    key: str | None,
    inputs: tuple[torch.Tensor, ...],
    source: str,
    title: str,
    plain: bool,
    requires: list[str],
) -> list[Proof]:
    """The proof of a float model's port with all numbers in double precision; none if that has other source."""
    with runnable(file, key, double=True) as path:
        spec = Porter().port(*find_model(load(path)))
        emitter = Emitter(spec if plain else exact(spec))
        same = emitter.source(title)
        if _without_types(same) != _without_types(source):
            return []
        model = executed(same, emitter)
        reference = Reference(path, requires)
        given = _double(inputs)
        proofs = [prove(reference, model, emitter, given, training) for training in (False, True)]
    return [dataclasses.replace(proof, double=True) for proof in proofs]


def _double(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_double, value))
    return value.double() if value.is_floating_point() else value


def _without_types(source: str) -> str:
    return re.sub(r"(, dtype=|\.to\()torch\.float64\)?|\.float\(\)|^import torch\n", "", source, flags=re.MULTILINE)


def element_type(lua: TorchObject, live: nn.Module) -> torch.dtype:
    """What the model computes in: the type of its weights, or what its buffers were."""
    weights = (tensor.dtype for tensor in live.state_dict().values() if tensor.is_floating_point())
    stored = TENSOR_CLASSES.get(lua.get("_type"))
    kept = next((tensor.dtype for tensor in _buffers(lua) if tensor.is_floating_point()), torch.float32)
    return next(weights, stored.dtype if stored is not None else kept)


def _buffers(lua: TorchObject) -> list[torch.Tensor]:
    """What a criterion, or those in it, kept as the gradient of the input."""
    found = lua.get("gradInput")
    entries = found.values() if isinstance(found, LuaTable) else [found]
    inner = lua.get("criterions")
    inside = inner.values() if isinstance(inner, LuaTable) else [lua.get("criterion")]
    for criterion in inside:
        entries += _buffers(criterion) if isinstance(criterion, TorchObject) else []
    return [entry for entry in entries if isinstance(entry, torch.Tensor)]


def executed(source: str, emitter: Emitter) -> nn.Module:
    """The model of an emitted source that is not in a file yet."""
    names: dict[str, Any] = {"__name__": "emitted", "__file__": "emitted.py"}
    exec(compile(source, "emitted.py", "exec"), names)  # our own text: names are cleaned, settings are literals
    dtype = next((tensor.dtype for tensor in emitter.state.values() if tensor.is_floating_point()), torch.float32)
    model = names[emitter.class_name]().to(dtype)
    model.load_state_dict(emitter.state)
    return model


def same_shape(live: nn.Module, emitted: nn.Module, inputs: tuple[torch.Tensor, ...]) -> bool:
    """Whether what was written for batches fits this input; it does not fit a model of single samples."""
    with torch.no_grad():
        expected = tensors(run(live, inputs))
        try:
            found = tensors(run(emitted, inputs))
        except (RuntimeError, IndexError, ValueError):
            return False
    without_ones = [[[n for n in tensor.shape if n != 1] for tensor in value] for value in (expected, found)]
    return without_ones[0] == without_ones[1]


def _key(value: object, lua: object) -> str | None:
    """The place of the model in the table that the file holds, if it holds one."""
    if value is lua:
        return None
    for name, entry in value.items():  # type: ignore[attr-defined]
        if entry is lua:
            return str(name)
        for inner, deeper in entry.items() if hasattr(entry, "to_list") else ():
            if deeper is lua:
                return f"{name}.{inner}"
    return None


def class_title(typename: str) -> str:
    return {"nn.Sequential": "A feed-forward model", "nn.gModule": "A graph of layers"}.get(typename, f"An {typename}")


def import_model(path: Path) -> ModuleType:
    """Imports an emitted model.py under a name of its own."""
    found = importlib.util.spec_from_file_location(f"ported_{secrets.token_hex(4)}", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def write_config(path: Path, name: str, typename: str, ported: Ported, state: dict[str, torch.Tensor]) -> None:
    """What was ported, from what, on which input, with which result."""
    config = {
        "source": name,
        "class": typename,
        "parameters": sum(tensor.numel() for tensor in state.values()),
        "dtype": sorted({str(tensor.dtype).removeprefix("torch.") for tensor in state.values()}),
        "input_shapes": [list(shape) for shape in ported.inputs],
        "input_from": ported.origin,
        "passed": ported.passed,
        "tolerance": ported.proofs[0].tolerance,
        "compilers": ported.compilers,
        "torch": torch.__version__,
    }
    path.write_text(json.dumps(config, indent=2) + "\n")
