"""Writes a ported model as PyTorch source: submodules with names, runs as nn.Sequential, a straight-line `forward`."""

from __future__ import annotations

import keyword
import re
import textwrap
from typing import Any

import torch
from torch import nn

from . import sources
from .blocks import Definition
from .build import Builder
from .classes import Parts, with_classes
from .expressions import SOFTMAX, Value, inline, literal, text
from .flow import HANDLERS
from .forms import chosen, input_count, role
from .lines import shortened
from .recurrence import Found, argument_names
from .spec import Spec


class Emitter:
    """Turns a Spec into the source of a module class, and the names of its weights.

    Args:
        whole: the class is the model, not a part of it: repeated parts get classes, and weights are collected.
        arguments: what `forward` takes; by default judged by the modules.

    Attributes:
        state: the weights by their names in the emitted class.
    """

    def __init__(
        self, spec: Spec, class_name: str = "Model", whole: bool = True, arguments: list[str] | None = None
    ) -> None:
        self.spec = spec
        self.class_name = class_name
        self.builder = Builder()
        self.definitions: list[Definition] = []
        self.hint = (
            "loss" if class_name == "Criterion" else None
        )  # what the next submodule is called, and what those after it begin with
        self.stages = 0
        self.attributes: list[tuple[str, Spec]] = []
        self.names: dict[int, str] = {}
        self.taken: set[str] = {"self", "forward", "training", "layers"}
        self.variables: set[str] = set()
        self.body: list[str] = []
        self.copied: list[Any] = []
        self.made: dict[int, str] = {}
        self.groups: dict[tuple[int, ...], Spec] = {}  # runs of layers, so that a run that comes twice is one submodule
        parts = with_classes(spec) if whole else Parts(spec, [], [], [])
        self.definitions, self.copied = parts.definitions, parts.copied
        self.arguments, value = self._arguments(parts.cells, arguments)
        self.result = self.apply(parts.model, value, "x")
        self.body = shortened(self.body, _unwrapped(self.result))
        self.state = self._state() if whole else {}

    # ---- the file ----

    def source(self, title: str, weights: str = "model.safetensors") -> str:
        """The text of model.py. `title` goes into its docstring, `weights` is the file that `load` reads."""
        dtype = next((tensor.dtype for tensor in self.state.values() if tensor.is_floating_point()), torch.float32)
        to_dtype = "" if dtype == torch.float32 else f".to({dtype})"
        mode = "" if self.spec.training else ".eval()"
        model = self.class_text([])
        helpers = sources.copy(sources.needed(self.copied))
        loader = (
            f"def load(path=Path(__file__).with_name({literal(weights)})) -> {self.class_name}:\n"
            f'    """The model with its trained weights."""\n'
            f"    model = {self.class_name}(){to_dtype}\n"
            f"    model.load_state_dict(load_file(path))\n"
            f"    return model{mode}"
        )
        parts = [part for part in (helpers, *(made.source for made in self.definitions), model, loader) if part]
        text_ = "\n\n\n".join(parts)
        return f'"""{title}"""\n\n{sources.imports(text_)}\n\n\n{text_}\n'

    def class_text(self, parameters: list[str]) -> str:
        """The text of the class, whose constructor takes `parameters`."""
        ties = [] if parameters or not self.state else self._ties()
        init = "\n".join(f"        {line}" for line in ["super().__init__()", *self._init(), *ties])
        body = "\n".join(f"        {line}" for line in self.body)
        taken = ", ".join(["self", *parameters])
        if len(taken) > 90:
            taken = "\n" + textwrap.fill(taken, 110, initial_indent=" " * 8, subsequent_indent=" " * 8) + "\n    "
        return (
            f"class {self.class_name}(nn.Module):\n"
            f"    def __init__({taken}) -> None:\n{init}\n\n"
            f"    def forward({', '.join(['self', *self.arguments])}):\n{body}"
        )

    def _init(self) -> list[str]:
        lines = []
        self.made.clear()
        for name, spec in self.attributes:
            line = f"self.{name} = {self.constructor(spec)}"
            lines += line.split("\n") if len(line) < 110 or "\n" in line else self._wrapped(name, spec)
            self._note(f"self.{name}", spec)
        return lines

    def _note(self, path: str, spec: Spec) -> None:
        """Remembers where a layer stands, for those that come back to it: an unpooling to its pooling."""
        self.made.setdefault(id(spec), path)
        if issubclass(spec.cls, (nn.Sequential, nn.ModuleList)) if isinstance(spec.cls, type) else False:
            for position, child in enumerate(spec.children):
                self._note(f"{path}[{position}]", child)

    def _wrapped(self, name: str, spec: Spec) -> list[str]:
        return f"self.{name} = {self.constructor(spec, spread=True)}".split("\n")

    def _ties(self) -> list[str]:
        """Parameters that are one tensor in Lua are one in PyTorch."""
        first: dict[int, str] = {}
        lines = []
        for name, spec in self.attributes:
            for inner, parameter in self.builder.build(spec).named_parameters(remove_duplicate=False):
                path = _attribute(f"self.{name}.{inner}")
                known = first.setdefault(id(parameter), path)
                if known != path:
                    lines.append(f"{path} = {known}")
        return lines

    def _state(self) -> dict[str, torch.Tensor]:
        state = {}
        for name, spec in self.attributes:
            for inner, tensor in self.builder.build(spec).state_dict().items():
                state[f"{name}.{inner}"] = tensor
        return state

    # ---- constructors ----

    def constructor(self, spec: Spec, spread: bool = False) -> str:
        """Source that makes the module, over several lines where it has children."""
        if id(spec) in self.made:
            return self.made[id(spec)]
        spec = chosen(spec)
        if spec.block is not None:
            values = [literal(value) for value in spec.block.values.values()]
            values += [f"{name}={literal(value)}" for name, value in spec.block.named.items()]
            return f"{spec.block.definition.name}({', '.join(values)})"
        if spec.cls.__module__.startswith("torch.nn.modules"):
            name = f"nn.{spec.cls.__name__}"
        else:
            name = spec.cls.__name__
            if spec.cls not in self.copied:
                self.copied.append(spec.cls)
        settings = [literal(value) for value in spec.args]
        named = [f"{key}={literal(value)}" for key, value in spec.kwargs.items()]
        if not spec.children and not spread:
            return f"{name}({', '.join(settings + named)})"
        parts = settings + [self.constructor(child) for child in spec.children] + named
        parts = [textwrap.fill(part, 100) if len(part) > 100 and "\n" not in part else part for part in parts]
        inside = "".join(f"    {line}\n" for part in parts for line in f"{part},".split("\n"))
        return f"{name}(\n{inside})"

    def attribute(self, spec: Spec, name: str | None = None) -> str:
        """The name of the submodule for a Spec; the same Spec is the same submodule."""
        known = self.names.get(id(spec))
        if known is not None:
            return known
        if name is None and self.hint is not None:
            first = not self.hint.endswith("_")
            name = self.hint if first else self.hint + role(spec)
            self.hint = f"{self.hint}_" if first else self.hint
        name = self._free(name or role(spec), self.taken)
        self.names[id(spec)] = name
        self.attributes.append((name, spec))
        return name

    def placed(self) -> dict[str, Spec]:
        """The Spec of each submodule that stands for a Lua module, by its name in the emitted class."""
        for _, spec in self.attributes:
            self.builder.build(spec)
        specs: dict[int, list[Spec]] = {}
        for spec in self.builder.specs:
            specs.setdefault(id(self.builder.modules[id(spec)]), []).append(spec)
        found = {}
        for name, spec in self.attributes:
            for inner, module in self.builder.build(spec).named_modules(remove_duplicate=False):
                here = specs.get(id(module), [])
                if here and here[-1].path:
                    found[f"{name}.{inner}" if inner else name] = here[-1]
        return found

    def _free(self, wanted: str, taken: set[str]) -> str:
        name = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_").lower() or "layer"
        if name[0].isdigit() or keyword.iskeyword(name) or hasattr(nn.Module, name):
            name = f"layer_{name}"
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{name}_{number}" if name[-1].isdigit() else f"{name}{number}"
        taken.add(free)
        return free

    # ---- forward ----

    def _arguments(self, cells: list[Found], given: list[str] | None) -> tuple[list[str], Value]:
        count = input_count(self.spec)
        if given is not None:
            self.variables |= set(given)
            return given, given[0] if len(given) == 1 else tuple(given)
        if count is None or count == 1:
            self.variables.add("x")
            return ["x"], "x"
        if count == 0:
            self.variables.add("inputs")
            return ["*inputs"], "inputs"
        states = argument_names(count, cells)
        names = [self._free(states.get(number, f"x{number + 1}"), self.variables) for number in range(count)]
        return names, tuple(names)

    def assign(self, expression: str, wanted: str) -> str:
        """Adds a line that keeps the value of an expression under a variable."""
        self.variables.add(wanted)
        self.body.append(f"{wanted} = {expression}")
        return wanted

    def fresh(self, wanted: str) -> str:
        """A variable that no other value uses."""
        return self._free(wanted, self.variables)

    def apply(self, spec: Spec, value: Value, variable: str) -> Value:
        """Adds the lines that apply a module; `variable` may be assigned. Returns the value."""
        handler = HANDLERS.get(spec.cls)
        if handler is not None:
            return handler(self, spec, value, variable)
        return self.leaf(spec, value, variable)

    def leaf(self, spec: Spec, value: Value, variable: str) -> Value:
        best = chosen(spec)
        if best.cls is nn.Identity:
            return value
        if isinstance(spec.idiom, str) and isinstance(value, str):
            return self.assign(spec.idiom.format(x=value), variable)
        if (best is spec or best.cls in SOFTMAX) and not spec.weights and not spec.children:
            expression = inline(best.cls, best.args, best.kwargs, value)
            if expression is not None:
                return self.assign(expression, variable)
        return self.call(spec, value, variable)

    def call(self, spec: Spec, value: Value, variable: str, name: str | None = None) -> Value:
        return self.assign(f"self.{self.attribute(spec, name)}({_unwrapped(value)})", variable)


def _unwrapped(value: Value) -> str:
    """A value as the argument of a call or of `return`."""
    return ", ".join(map(text, value)) if isinstance(value, tuple) and len(value) > 1 else text(value)


def _attribute(path: str) -> str:
    """``self.a.0.weight`` → ``self.a[0].weight``."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", path)
