"""The proof: the original in Lua and the port in PyTorch, layer by layer, outputs and gradients."""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from types import FunctionType
from typing import Any

import torch
from torch import nn

from .emit import Emitter
from .forms import as_arguments
from .reference import Reference
from .spec import PortError, Spec
from .twins.sequences import SEQUENCES

TOLERANCE = {torch.float64: 1e-10, torch.float32: 1e-5, torch.float16: 1e-2}


@dataclasses.dataclass
class Difference:
    """How far two tensors are apart: the largest absolute difference, and that relative to the largest value."""

    absolute: float = 0.0
    relative: float = 0.0

    def merged(self, other: Difference | None) -> Difference:
        if other is None:
            return self
        return Difference(max(self.absolute, other.absolute), max(self.relative, other.relative))

    def within(self, tolerance: float) -> bool:
        return self.absolute <= tolerance or self.relative <= tolerance


@dataclasses.dataclass
class Row:
    """One layer in one mode. None: nothing to compare (an input that has no gradient, a layer without parameters)."""

    name: str
    path: str
    typename: str
    output: Difference | None = None
    gradient: Difference | None = None


@dataclasses.dataclass
class Proof:
    """The comparison in one mode; the last row is the whole model.

    `double`: of a float model in double precision; `apart`: with a copy of the original's module at each place of a
    graph at which it stands.
    """

    training: bool
    tolerance: float
    rows: list[Row]
    fixed: list[str]
    double: bool = False
    apart: bool = False

    @property
    def passed(self) -> bool:
        found = [part for row in self.rows for part in (row.output, row.gradient) if part is not None]
        return bool(found) and all(part.within(self.tolerance) for part in found)


def difference(ours: torch.Tensor, theirs: torch.Tensor, what: str, least: float = 0.0) -> Difference:
    """Compares values; leading dimensions of size 1 (a batch of one, which Torch7 drops) do not count.

    The relative difference is that to the largest value, or to `least` if that is larger.

    Raises:
        PortError: the sizes differ.
    """
    if ours.numel() != theirs.numel() or [n for n in ours.shape if n != 1] != [n for n in theirs.shape if n != 1]:
        sizes = ("x".join(map(str, tensor.shape)) for tensor in (theirs, ours))
        raise PortError(f"{what}: the original has size {next(sizes)}, the port {next(sizes)}")
    if not ours.numel():
        return Difference()
    a, b = ours.detach().cpu().double().flatten(), theirs.detach().cpu().double().flatten()
    apart = torch.where((a == b) | (a.isnan() & b.isnan()), 0.0, (a - b).abs()).max().item()
    if apart != apart:
        apart = float("inf")  # NaN on one side only
    scale = max(largest(b), least)
    return Difference(apart, apart / scale if scale else (0.0 if apart == 0 else float("inf")))


def largest(tensor: torch.Tensor) -> float:
    """The largest absolute value that is finite."""
    finite = tensor[tensor.isfinite()]
    return finite.abs().max().item() if finite.numel() else 0.0


def tensors(value: Any) -> list[torch.Tensor]:
    """The tensors of nested tuples, depth first."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [found for entry in value for found in tensors(entry)] if isinstance(value, (list, tuple)) else []


def leaves_of(value: Any) -> Any:
    """Copies of the tensors in nested tuples that want a gradient if they can have one."""
    if isinstance(value, tuple):
        return tuple(map(leaves_of, value))
    return value.clone().requires_grad_(value.is_floating_point())


class Recorder:
    """Keeps what the submodules of a port compute, and the gradients of their inputs."""

    def __init__(self, model: nn.Module, names: list[str]) -> None:
        self.outputs: dict[str, list[torch.Tensor]] = {}
        self.gradients: dict[str, list[torch.Tensor | None]] = {}
        self.calls: Counter[str] = Counter()
        self.comparable = True  # the original has gradients
        self.handles = []
        for name in names:
            module = model.get_submodule(name)
            self.handles.append(module.register_forward_hook(self._forward(name)))
            self.handles.append(module.register_full_backward_hook(self._backward(name)))

    def _forward(self, name: str) -> Any:
        def hook(module: nn.Module, inputs: Any, output: Any) -> None:
            self.calls[name] += 1
            self.outputs[name] = [tensor.detach().clone() for tensor in tensors(output)]

        return hook

    def _backward(self, name: str) -> Any:
        def hook(module: nn.Module, grad_input: Any, grad_output: Any) -> None:
            self.gradients[name] = [None if grad is None else grad.detach().clone() for grad in grad_input]

        return hook

    def remove(self) -> None:
        """Takes the hooks off the model."""
        for handle in self.handles:
            handle.remove()


def forget(model: nn.Module) -> None:
    """Lets layers that remember their state from call to call begin anew."""
    for module in model.modules():
        if isinstance(getattr(type(module), "forget", None), FunctionType):
            module.forget()


def prove(
    reference: Reference,
    model: nn.Module,
    emitter: Emitter,
    inputs: tuple[torch.Tensor, ...],
    training: bool,
    tolerance: float | None = None,
) -> Proof:
    """Runs both models on the same input and gradient and compares all that both have.

    Layers that draw random numbers (dropout) are put in evaluation mode on both sides.

    Raises:
        PortError: the original fails, or sizes differ.
    """
    placed = emitter.placed()
    fixed = sorted({spec.path for spec in _all(emitter.spec) if spec.random and spec.path}) if training else []
    model.train(training)
    silenced = _silence([model.get_submodule(name) for name, spec in placed.items() if spec.path in fixed])
    reference.set_mode(training, fixed)
    theirs = reference.forward(inputs if len(inputs) > 1 else inputs[0])
    drawing = [(model.get_submodule(name), spec) for name, spec in placed.items() if spec.cls is nn.FractionalMaxPool2d]
    for module, spec in drawing:  # pools the regions that the original drew
        module._random_samples = next(iter(reference.tensors(spec.path, "randomSamples")), None)

    leaves = leaves_of(inputs)
    forget(model)
    recorder = Recorder(model, list(placed))
    warnings.filterwarnings(
        "ignore", "Full backward hook is firing", UserWarning
    )  # an input of indices has no gradient
    model.zero_grad(set_to_none=True)
    try:
        ours = model(*as_arguments(emitter.spec, leaves))
        pairs = list(zip(tensors(ours), tensors(theirs), strict=True))
        whole = Row("", emitter.spec.path, emitter.spec.typename, Difference())
        for mine, other in pairs:
            whole.output = whole.output.merged(difference(mine, other, "output"))
        generator = torch.Generator().manual_seed(2)
        grads = [torch.randn(other.shape, dtype=torch.float64, generator=generator).to(other) for _, other in pairs]
        comparable = not _keeps_little(emitter.spec, training)
        try:
            grad_input = reference.backward(_like(theirs, iter(grads)))
        except PortError as error:
            if training or "while training" not in str(error):
                raise
            grad_input, comparable = (), False
        wanted = [(mine, grad.reshape(mine.shape)) for grad, (mine, _) in zip(grads, pairs, strict=True)
                  if mine.requires_grad]  # fmt: skip
        if wanted:
            torch.autograd.backward(*zip(*wanted, strict=True))
    finally:
        recorder.remove()
        for module, setting, value in silenced:
            setattr(module, setting, value)
        for module, _ in drawing:
            module._random_samples = None
    for leaf, other in zip(tensors(leaves), tensors(grad_input), strict=False):
        if leaf.requires_grad and other.numel() == leaf.numel():
            mine = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            whole.gradient = difference(mine, other, "gradient of the input").merged(whole.gradient)
    if comparable:
        expected = _gradients(reference, model, placed)
    else:
        whole.gradient, expected = None, {}
    recorder.comparable = comparable
    rows = [_row(name, spec, reference, recorder, model, expected) for name, spec in placed.items()]
    _keep_what_lua_kept(rows)
    dtype = next((tensor.dtype for tensor in tensors(theirs) if tensor.is_floating_point()), torch.float32)
    return Proof(training, tolerance or TOLERANCE[dtype], [*rows, whole], fixed)


def _silence(modules: list[nn.Module]) -> list[tuple[Any, str, float]]:
    """Stops modules from drawing random numbers; returns those that have a setting changed."""
    changed: list[tuple[Any, str, float]] = []
    for module in modules:
        kind = type(module).__name__
        setting = "p" if "Dropout" in kind else "std" if kind == "WhiteNoise" else ""
        if hasattr(module, setting):
            changed.append((module, setting, getattr(module, setting)))
            setattr(module, setting, 0.0)
        else:
            module.eval()
    return changed


def _keeps_little(spec: Spec, training: bool) -> bool:
    """Whether the original keeps what its backward needs in training mode only, as the rnn package does."""
    return not training and any(inner.cls in SEQUENCES for inner in _all(spec))


def _keep_what_lua_kept(rows: list[Row]) -> None:
    """A module that is used several times has in Lua the output of its last call, and the gradients of its first."""
    for position, row in enumerate(rows):
        if any(later.path == row.path for later in rows[position + 1 :]):
            row.output = None
        if any(earlier.path == row.path for earlier in rows[:position]):
            row.gradient = None


def _gradients(reference: Reference, model: nn.Module, placed: dict[str, Spec]) -> dict[int, torch.Tensor]:
    """Lua's gradients by the port's parameters; clones that share a weight but not its gradient are added up."""
    found: dict[int, dict[int, torch.Tensor]] = {}
    for name, spec in placed.items():
        for inner, weight in spec.weights.items():
            parameter = _parameter(model.get_submodule(name), inner)
            fields = [weight.gradient] if weight.gradient is not None else []
            for tensor, address in (pair for field in fields for pair in reference.addressed(weight.path, field)):
                if parameter is not None:
                    value = weight.layout(tensor.reshape(weight.source.shape))
                    found.setdefault(id(parameter), {})[address] = value
    return {parameter: sum(parts.values()) for parameter, parts in found.items()}  # type: ignore[misc]


def _row(
    name: str,
    spec: Spec,
    reference: Reference,
    recorder: Recorder,
    model: nn.Module,
    expected: dict[int, torch.Tensor],
) -> Row:
    row = Row(name, spec.path, spec.typename)
    if recorder.calls[name] == 1:  # of several calls the two sides need not have kept the same
        for mine, other in zip(recorder.outputs[name], reference.tensors(spec.path, "output"), strict=False):
            if spec.whole or spec.cls in (nn.LSTMCell, nn.RNNCell):  # the last part of a cell makes its output
                row.output = difference(mine, other, f"{spec.path}.output").merged(row.output)
        for mine, other in zip(
            recorder.gradients.get(name, []), reference.tensors(spec.path, "gradInput"), strict=False
        ):
            if recorder.comparable and spec.whole and mine is not None and other.numel() == mine.numel():
                row.gradient = difference(mine, other, f"{spec.path}.gradInput").merged(row.gradient)
    module = model.get_submodule(name)
    pairs = [(inner, parameter, expected[id(parameter)]) for inner in spec.weights
             if (parameter := _parameter(module, inner)) is not None and id(parameter) in expected]  # fmt: skip
    # the gradient of a bias in front of a batch normalization is 0 but for what rounding left of large terms
    scale = max((largest(other) for _, _, other in pairs), default=0.0)
    for inner, parameter, other in pairs:
        mine = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
        row.gradient = difference(mine, other, f"{spec.path}, gradient of {inner}", scale).merged(row.gradient)
    return row


def _parameter(module: nn.Module, name: str) -> nn.Parameter | None:
    return dict(module.named_parameters(remove_duplicate=False)).get(name)


def _all(spec: Spec) -> list[Spec]:
    return [spec, *(inner for child in spec.children for inner in _all(child))]


def _like(value: Any, parts: Any) -> Any:
    """The tensors of `parts` nested as those of `value`."""
    return next(parts) if isinstance(value, torch.Tensor) else tuple(_like(entry, parts) for entry in value)
