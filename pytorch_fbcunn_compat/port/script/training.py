"""Command-line options, optimizers and confusion matrices."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from .source import Script, Untranslated, arguments, assignment, callee, field, method, parts, string, text, unwrap
from .values import ADD, Code

if TYPE_CHECKING:
    from .translator import Translator

_FRACTIONS = re.compile(r"rate|decay|momentum|weight|coef|drop|eps|alpha|beta|gamma|std|scale|temperature|clip", re.I)


# ---- torch.CmdLine ----


def description(script: Script) -> str:
    """The text that a script shows above its options."""
    for node in script.nodes:
        if node.type != "function_call":
            continue
        found = method(node)
        if found is not None and found[1] == "option":
            return ""
        if found is not None and found[1] == "text" and arguments(node):
            words = string(arguments(node)[0]) if arguments(node)[0].type == "string" else ""
            if words.strip(" -=") and "options" not in words.lower():
                return words.strip()
    return ""


def option(t: Translator, parser: Code, name: str, given: list[Node]) -> Code:
    """``cmd:option(…)`` and its like."""
    if name in ("text", "addTime"):
        return Code("", "nothing")
    if name == "parse":
        return Code(f"{parser.text}.parse_args()", "options", info=parser.info)
    if name == "argument":
        flag, *rest = (string(unwrap(node)) for node in given[:2])
        parser.info[flag.lstrip("-")] = "str"
        more = f", help={json.dumps(rest[0], ensure_ascii=False)}" if rest else ""
        return Code(f"{parser.text}.add_argument({json.dumps(flag.lstrip('-'))}{more})")
    if name != "option":
        raise Untranslated(f"the method :{name} of torch.CmdLine")
    flag = string(unwrap(given[0]))
    default = t.expression(given[1])
    words = [json.dumps(flag)]
    kind = default.kind
    if kind == "bool":
        words.append('action="store_true"' if default.text == "False" else 'action="store_false"')
    elif kind in ("int", "number"):
        fraction = kind == "number" or _FRACTIONS.search(flag)
        words += [f"type={'float' if fraction else 'int'}", f"default={default.text}"]
        kind = "number" if fraction else "int"
    else:
        words.append(f"default={default.text}")
    if len(given) > 2 and unwrap(given[2]).type == "string":
        words.append(f"help={json.dumps(string(unwrap(given[2])).replace('%', '%%'), ensure_ascii=False)}")
    parser.info[flag.lstrip("-")] = kind
    return Code(f"{parser.text}.add_argument({', '.join(words)})")


# ---- optim ----


@dataclasses.dataclass
class Optimizer:
    """One call of a function of optim, and what belongs to it.

    Attributes:
        methods: names such as ``sgd``; several where the script chooses.
        parameters: Lua name of the vector of parameters.
        config: Lua name of the table of settings, or the constructor in place.
        name: the Python variable.
        decays: the learning rate falls with each step.
    """

    methods: list[str]
    parameters: str
    config: str | Node | None
    name: str
    decays: bool = False
    made: bool = False


# Lua setting → PyTorch setting and optim's default, where that is not PyTorch's
_SETTINGS: dict[str, tuple[str, dict[str, tuple[str, str | None]]]] = {
    "sgd": ("SGD", {"learningRate": ("lr", "1e-3"), "momentum": ("momentum", None), "dampening": ("dampening", None),
                    "weightDecay": ("weight_decay", None), "nesterov": ("nesterov", None)}),
    "adam": ("Adam", {"learningRate": ("lr", None), "beta1": ("betas", None), "beta2": ("betas", None),
                      "epsilon": ("eps", None), "weightDecay": ("weight_decay", None)}),
    "adagrad": ("Adagrad", {"learningRate": ("lr", "1e-3"), "learningRateDecay": ("lr_decay", None),
                            "weightDecay": ("weight_decay", None)}),
    "adadelta": ("Adadelta", {"rho": ("rho", None), "eps": ("eps", None), "weightDecay": ("weight_decay", None)}),
    "adamax": ("Adamax", {"learningRate": ("lr", None), "beta1": ("betas", None), "beta2": ("betas", None),
                          "epsilon": ("eps", "1e-38"), "weightDecay": ("weight_decay", None)}),
    "rmsprop": ("RMSprop", {"learningRate": ("lr", None), "alpha": ("alpha", None), "epsilon": ("eps", None),
                            "weightDecay": ("weight_decay", None)}),
    "lbfgs": ("LBFGS", {"learningRate": ("lr", None), "maxIter": ("max_iter", None), "maxEval": ("max_eval", None),
                        "tolFun": ("tolerance_grad", "1e-5"), "tolX": ("tolerance_change", None),
                        "nCorrection": ("history_size", None), "lineSearch": ("line_search_fn", None)}),
    "asgd": ("ASGD", {"eta0": ("lr", "1e-4"), "lambda": ("lambd", None), "alpha": ("alpha", None), "t0": ("t0", None)}),
    "rprop": ("Rprop", {"stepsize": ("lr", "0.1"), "etaminus": ("etas", None), "etaplus": ("etas", None),
                        "stepsizemin": ("step_sizes", None), "stepsizemax": ("step_sizes", None)}),
    "cg": ("CG", {"maxIter": ("max_iter", None), "maxEval": ("max_eval", None), "rho": ("rho", None),
                  "sig": ("sig", None), "int": ("int", None), "ext": ("ext", None), "ratio": ("ratio", None)}),
    "cmaes": ("CMAES", {"sigma": ("sigma", None), "maxEval": ("max_eval", None), "ftarget": ("ftarget", None),
                        "popsize": ("popsize", None), "min_iterations": ("min_iterations", None),
                        "verb_disp": ("", None)}),
    "de": ("DE", {"scaleFactor": ("scale", None), "crossoverRate": ("crossover", None), "maxFEs": ("max_eval", None),
                  "popsize": ("popsize", None), "minRegion": ("low", None), "maxRegion": ("high", None)}),
    "nag": ("NAG", {"learningRate": ("lr", None), "momentum": ("momentum", None),
                    "weightDecay": ("weight_decay", None)}),
}  # fmt: skip
_NOTES = {
    "adam": "optim.adam adds epsilon to the root before its bias correction, torch.optim.Adam after it",
    "lbfgs": "",
}
# settings that are pairs in PyTorch: Lua's two and their defaults
_PAIRS = {
    "betas": {"beta1": "0.9", "beta2": "0.999"},
    "etas": {"etaminus": "0.5", "etaplus": "1.2"},
    "step_sizes": {"stepsizemin": "1e-6", "stepsizemax": "50"},
}
# a step evaluates the closure itself, at other weights than the current ones or more than once
BY_CLOSURE = ("lbfgs", "cg", "nag", "cmaes", "de")
# classes that are written into the script
_PRINTED = {
    "NAG": [],
    "CG": ["WholeVector"],
    "CMAES": ["Torch7Random", "WholeVector"],
    "DE": ["Torch7Random", "WholeVector"],
}  # and what these need


class Training:
    """What belongs to optim in a script: which vectors are whose parameters, which tables are whose settings."""

    def __init__(self, t: Translator, script: Script) -> None:
        self.t = t
        self.models: dict[str, str] = {}  # Lua names of flat vectors → Lua source of the model
        self.chosen: dict[str, list[str]] = {}  # Lua variables that hold functions of optim
        self.losses: dict[str, str] = {}  # Python source of a criterion → its last loss
        self.arguments: set[str] = set()  # Lua names of the arguments of open closures
        self.closures: dict[str, str] = {}  # Lua names of functions given to optim → the vector they are given with
        self.optimizers: list[Optimizer] = []
        self._survey(script)

    def _survey(self, script: Script) -> None:
        calls = []
        for node in script.nodes:
            if node.type in ("assignment_statement", "variable_declaration"):
                if node.type == "assignment_statement" and node.parent is not None \
                        and node.parent.type == "variable_declaration":  # fmt: skip
                    continue
                self._survey_assignment(node)
            elif node.type == "function_call":
                calls.append(node)
        for node in calls:
            name = callee(node)
            methods = [name[6:]] if name.startswith("optim.") else self.chosen.get(name, [])
            given = arguments(node)
            if len(given) < 2 or not methods or methods[0][:1].isupper():
                continue
            if unwrap(given[0]).type == "identifier":
                self.closures[text(given[0])] = text(given[1])
            config = given[2] if len(given) > 2 else None
            key = text(config) if config is not None and config.type == "identifier" else config
            if not any(known.config == key and known.parameters == text(given[1]) for known in self.optimizers):
                self.optimizers.append(Optimizer(methods, text(given[1]), key, ""))
        for number, optimizer in enumerate(self.optimizers, 1):
            optimizer.name = "optimizer" if len(self.optimizers) == 1 else self._name(optimizer, number)

    def _survey_assignment(self, node: Node) -> None:
        found = assignment(node)
        if found is None or not found[1]:
            return
        targets, values, _ = found
        value = unwrap(values[0])
        if value.type == "function_call" and (called := method(value)) is not None and called[1] == "getParameters":
            for target in targets:
                self.models[text(target)] = text(called[0])
        elif value.type == "dot_index_expression" and text(value).startswith("optim."):
            self.chosen.setdefault(text(targets[0]), []).append(text(value)[6:])

    @staticmethod
    def _name(optimizer: Optimizer, number: int) -> str:
        ending = re.sub(r"(?i)optim|state|config|_", "", optimizer.config if isinstance(optimizer.config, str) else "")
        return f"optimizer_{ending.lower() or number}"

    def config(self, name: str) -> Optimizer | None:
        """The optimizer whose settings a Lua variable holds."""
        return next((optimizer for optimizer in self.optimizers if optimizer.config == name), None)

    def model(self, optimizer: Optimizer) -> str:
        """Python source of the model that an optimizer trains."""
        source = self.models.get(optimizer.parameters)
        variable = self.t.scopes.find(source) if source is not None else None
        if variable is None:
            raise Untranslated(f"{optimizer.parameters} is not the vector of parameters of a model known here")
        return variable.name

    def optimizer_of(self, model: str) -> str:
        """The optimizer that trains a model (or the model itself, which can set gradients to zero too)."""
        for optimizer in self.optimizers:
            source = self.models.get(optimizer.parameters, "")
            variable = self.t.scopes.find(source)
            if variable is not None and variable.name == model:
                return optimizer.name
        return model

    def is_argument(self, name: str) -> bool:
        """Whether a Lua name is the argument of a closure given to optim: the same vector of parameters."""
        return name in self.arguments

    def make(self, optimizer: Optimizer, chosen: str, constructor: Node | None) -> None:
        """Adds the lines that make an optimizer of a table of settings."""
        if chosen not in _SETTINGS:
            raise Untranslated(f"optim.{chosen} has no counterpart in torch.optim")
        name, settings = _SETTINGS[chosen]
        given: dict[str, Code] = {}
        for entry in parts(constructor):
            given[text(field(entry, "name"))] = self.t.expression(field(entry, "value"))
        decay = given.pop("learningRateDecay", None) if "learningRateDecay" not in settings else None
        unknown = [key for key in given if key not in settings]
        if unknown:
            raise Untranslated(f"the setting {unknown[0]} of optim.{chosen}")
        words = [f"{self.model(optimizer)}.parameters()"]
        for key, (python, default) in settings.items():
            if python in _PAIRS:
                pair = _PAIRS[python]
                if key == next(iter(pair)) and any(name in given for name in pair):
                    values = (given[name].text if name in given else other for name, other in pair.items())
                    words.append(f"{python}=({', '.join(values)})")
            elif key in given and python:
                words.append(f"{python}={given[key].text}")
            elif key == "dampening" and "momentum" in given:
                words.append(f"dampening={given['momentum'].text}")
            elif default is not None:
                words.append(f"{python}={default}")
        if _NOTES.get(chosen):
            self.t.emit(f"# {_NOTES[chosen]}")
        for needed in _PRINTED.get(name, []):
            self.t.helper(needed)
        if name == "CMAES" and self.t.seeded:
            words.append(f"rng={self.t.random()}")
        cls = self.t.helper(name) if name in _PRINTED else f"torch.optim.{name}"
        self.t.emit(f"{optimizer.name} = {cls}({', '.join(words)})")
        optimizer.made = True
        if decay is not None and decay.text not in ("0", "0.0"):
            scheduler = self.scheduler(optimizer)
            optimizer.decays = True
            rate = f"1 / (1 + step * {decay.within(7)})"
            self.t.emit(f"{scheduler} = torch.optim.lr_scheduler.LambdaLR({optimizer.name}, lambda step: {rate})")

    @staticmethod
    def scheduler(optimizer: Optimizer) -> str:
        return optimizer.name.replace("optimizer", "scheduler")

    def setting(self, owner: Code, name: str) -> Code:
        """A setting of an optimizer that exists."""
        optimizer: Optimizer = owner.info
        if name == "learningRate":
            return Code(f'{optimizer.name}.param_groups[0]["lr"]', "number")
        raise Untranslated(f"the setting {name} of an optimizer that exists already")

    def change(self, optimizer: Optimizer, name: str, value: Code) -> None:
        """Adds the lines that change a setting of an optimizer that exists."""
        key = {"learningRate": "lr", "momentum": "momentum", "weightDecay": "weight_decay"}.get(name)
        if key is None:
            raise Untranslated(f"the setting {name} of an optimizer that exists already")
        if key == "lr" and optimizer.decays:
            self.t.emit(f"{self.scheduler(optimizer)}.base_lrs = [{value.text}]")
        self.t.emit(f"for group in {optimizer.name}.param_groups:")
        self.t.emit(f'    group["{key}"] = {value.text}')

    def backward(self, given: list[Node]) -> Code:
        """``model:backward(input, gradient)`` where the gradient is that of a criterion."""
        gradient = unwrap(given[1])
        if gradient.type == "function_call" and (called := method(gradient)) is not None and called[1] == "backward":
            return Code(f"{self.loss(self.t.raw(called[0]))}.backward()")
        if gradient.type == "identifier":
            variable = self.t.scopes.find(text(gradient))
            if variable is not None and variable.kind == "gradient":
                return Code(f"{variable.info}.backward()")
        raise Untranslated("a backward of something else than a criterion; use torch.autograd.backward")

    def loss(self, criterion: Code) -> str:
        """The variable with the last loss of a criterion."""
        found = self.losses.get(criterion.text) if criterion.kind == "criterion" else None
        if found is None:
            raise Untranslated("criterion:backward(…) before criterion:forward(…)")
        return found


class Confusion:
    """optim.ConfusionMatrix as a tensor of counts."""

    def __init__(self, t: Translator) -> None:
        self.t = t

    def value(self, owner: Code, name: str) -> Code:
        """A field of the matrix."""
        if name == "totalValid":
            return Code(f"{self.t.helper('accuracy')}({owner.text})", "number")
        if name == "averageValid":
            return Code(f"({owner.text}.diagonal() / {owner.text}.sum(1)).nanmean().item()", "number")
        if name == "mat":
            return Code(owner.text, "tensor")
        if name == "nclasses":
            return Code(f"len({owner.text})", "int")
        raise Untranslated(f"the field {name} of a confusion matrix")

    def add(self, receiver: Code, values: list[Code]) -> Code:
        return Code(f"{self.t.helper('count')}({receiver.text}, {', '.join(value.text for value in values)})")

    def printed(self, value: Code) -> str:
        """What print shows of it."""
        return value.within(ADD)
