"""Layer table: the rnn package's layers that work step by step, and torch-rnn's language model.

A sequencer of several layers applies them one after another to the whole sequence, which is the same as step by step.
What remembers its state between calls (``remember``, ``remember_states``) does so here, until its ``forget()``.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from ...t7 import LuaStorage, LuaTable, TorchObject
from ..blocks import walk
from ..spec import Layer, Spec, UnknownLayer, layer, unknown
from ..twins import containers
from ..twins import sequences as twins
from ..twins.recurrent import Memory, OneBiasLSTM
from .containers import takes_table
from .recurrent import remembered

_STEPWISE = {"nn.LSTM", "nn.FastLSTM", "nn.GRU", "nn.MuFuRu", "nn.Recurrent", "nn.Recurrence", "nn.Recursor"}


@layer("nn.Sequencer")
def sequencer(m: Layer) -> Spec:
    mode = remembered(m.text("_remember", "neither"))
    return _with_memory(sequence(m, _module(m, "module"), f"{m.path}.module"), mode)


def _with_memory(spec: Spec, mode: dict[str, object]) -> Spec:
    """The layers of a sequence that have a state, keeping it from call to call."""
    for inner in walk(spec):
        if isinstance(inner.cls, type) and issubclass(inner.cls, Memory):
            inner.kwargs |= mode
    return spec


@layer("nn.BiSequencer", "nn.BiSequencerLM")
def bi_sequencer(m: Layer) -> Spec:
    parts = [sequence(m, _module(m, name), f"{m.path}.{name}") for name in ("forwardModule", "backwardModule")]
    cls = twins.BothWays if m.typename == "nn.BiSequencer" else twins.BothWaysShifted
    return Spec(cls, children=[*parts, m.child("mergeModule")])


@layer("nn.Repeater")
def repeater(m: Layer) -> Spec:
    inner = sequence(m, _module(m, "module"), f"{m.path}.module")
    return Spec(twins.Repeated, kwargs={"count": m.int("rho")}, children=[inner])


@layer(*(_STEPWISE - {"nn.LSTM"}))
def stepwise(m: Layer) -> Spec:
    """Alone, such a layer makes one step a call."""
    return Spec(twins.OneStep, children=[_with_memory(sequence(m, m.lua, m.path), remembered("both"))])


@layer("nn.LSTM")
def lstm(m: Layer) -> Spec:
    """The rnn package's step by step, or torch-rnn's of the same name over whole sequences."""
    if not m.has("input_dim"):
        return stepwise(m)
    size, hidden = m.int("input_dim"), m.int("hidden_dim")

    def gates(tensor: torch.Tensor) -> torch.Tensor:
        i, f, o, g = tensor.chunk(4, -1)
        return torch.cat([i, f, g, o], -1)

    m.weight("weight", shape=(size + hidden, 4 * hidden))
    weights = {
        "weight_ih": m.weight("weight", lambda tensor: gates(tensor[:size]).t()),
        "weight_hh": m.weight("weight", lambda tensor: gates(tensor[size:]).t()),
        "bias": m.weight("bias", gates),
    }
    return Spec(OneBiasLSTM, (size, hidden), {"batch_first": True} | _states(m), weights)


def _states(m: Layer) -> dict[str, object]:
    return remembered("both" if m.flag("remember_states") else "neither")


@layer("nn.VanillaRNN")
def vanilla_rnn(m: Layer) -> Spec:
    """torch-rnn's plain recurrent layer."""
    size, hidden = m.int("input_dim"), m.int("hidden_dim")
    m.weight("weight", shape=(size + hidden, hidden))
    weights = {
        "weight_ih": m.weight("weight", lambda tensor: tensor[:size].t()),
        "weight_hh": m.weight("weight", lambda tensor: tensor[size:].t()),
        "bias": m.weight("bias"),
    }
    return Spec(twins.OneBiasRNN, (size, hidden), _states(m), weights)


@layer("nn.LanguageModel")
def language_model(m: Layer) -> Spec:
    """torch-rnn's model; the views around its last layer only merge batch and time, which nn.Linear need not."""
    if m.number("batchnorm", 0):
        m.fail("has batch normalization between its layers, over batch and time at once; train it without")
    if not m.has("net"):
        raise UnknownLayer(unknown(m.lua, m.path))  # another program's class of this name
    net = Layer(_module(m, "net"), f"{m.path}.net", m._port)
    children = [child for child in net.children() if child.typename != "nn.View"]
    for child in children:
        child.whole = child.typename != "nn.Linear"  # which has batch and time merged there
    return Spec(nn.Sequential, children=children)


def sequence(m: Layer, module: TorchObject, place: str) -> Spec:
    """What applies a module to every step of a sequence, its state handed on from step to step."""
    here = Layer(module, place, m._port)
    make = _OVER_SEQUENCES.get(module.typename)
    if make is not None:
        spec = make(here)
    elif not _holds_recurrent(module):
        spec = Spec(twins.EachStep, children=[m._port(module, place)])
    else:
        here.fail("holds a recurrent layer; in a Sequencer these may stand in Sequentials only")
    spec.typename, spec.path, spec.lua = module.typename, place, module
    spec.whole = False  # the Lua module has the output of one step
    return spec


def _recursor(m: Layer) -> Spec:
    return sequence(m, _module(m, "module"), f"{m.path}.module")


def _sequential(m: Layer) -> Spec:
    modules = m.lua.get("modules")
    entries = modules.to_list() if isinstance(modules, LuaTable) else m.fail("holds no modules")
    if not _holds_recurrent(m.lua):
        return Spec(twins.EachStep, children=[m._port(m.lua, m.path)])
    children = [sequence(m, entry, f"{m.path}.modules[{place}]") for place, entry in enumerate(entries, 1)]
    plain = not takes_table(children[0])
    return Spec(nn.Sequential if plain else containers.Sequential, children=children)


def _step_by_step(m: Layer, states: int) -> Spec:
    """As the package does it: its module makes the output and the other states of a step from those of the last."""
    kwargs: dict[str, object] = {"hidden_size": m.int("outputSize")} | ({"states": states} if states > 1 else {})
    return Spec(twins.StepByStep, kwargs=kwargs, children=[m.child("recurrentModule")])


def _plain(m: Layer) -> bool:
    """Whether a layer computes what its class is known for: no dropout or normalization inside, no mask around it."""
    whole = m.lua.get("recurrentModule")
    inside = [inner for _, inner in _below(whole)] if isinstance(whole, TorchObject) else []
    special = ("nn.MaskZero", "nn.TrimZero", "nn.BatchNormalization")
    return not any(inner.typename in special or inner.get("p", 0) != 0 for inner in inside)


def _fast_lstm(m: Layer) -> Spec:
    """Gates in the order input, candidate, forget, output, all made by two layers."""
    i2g, o2g = (m.lua.get(name) for name in ("i2g", "o2g"))
    linear = all(isinstance(part, TorchObject) and part.typename.startswith("nn.Linear") for part in (i2g, o2g))
    if not linear or not _plain(m):
        return _step_by_step(m, 2)
    size, hidden = m.int("inputSize"), m.int("outputSize")

    def rows(tensor: torch.Tensor) -> torch.Tensor:
        i, g, f, o = tensor.chunk(4, 0)
        return torch.cat([i, f, g, o])

    of_input, of_output = Layer(i2g, f"{m.path}.i2g", m._port), Layer(o2g, f"{m.path}.o2g", m._port)
    weights = {
        "weight_ih": of_input.weight("weight", rows, shape=(4 * hidden, size)),
        "weight_hh": of_output.weight("weight", rows, shape=(4 * hidden, hidden)),
        "bias": of_input.weight("bias", rows),
    }
    return Spec(twins.FastLSTM, (size, hidden), weights=weights)


def _peephole_lstm(m: Layer) -> Spec:
    layers: list[Spec] = []
    peepholes: list[Spec] = []
    for name in ("inputGate", "forgetGate", "hiddenLayer", "outputGate"):
        gate = m.lua.get(name)
        linears = _linears(gate) if isinstance(gate, TorchObject) else []
        if len(linears) != 2 or not _plain(m):
            return _step_by_step(m, 2)
        layers += [m.port(inner, name + place) for place, inner in linears]
        peepholes += [m.port(inner, name + place) for place, inner in _below(gate) if inner.typename == "nn.CMul"]
    return Spec(twins.PeepholeLSTM, (m.int("outputSize"),), children=[*layers, *peepholes])


def _gru(m: Layer) -> Spec:
    linears = _linears(_module(m, "recurrentModule"))
    if len(linears) != 4 or m.typename != "nn.GRU" or not _plain(m):
        return _step_by_step(m, 1)
    children = [m.port(inner, f"recurrentModule{place}") for place, inner in linears]
    return Spec(twins.GRU, (m.int("outputSize"),), children=children)


def _recurrent(m: Layer) -> Spec:
    names = ("startModule", "inputModule", "feedbackModule", "transferModule", "mergeModule")
    return Spec(twins.Recurrent, children=[m.child(name) for name in names])


def _recurrence(m: Layer) -> Spec:
    size = m.lua.get("outputSize")
    numbers = size.tolist() if isinstance(size, LuaStorage) else size.to_list() if isinstance(size, LuaTable) else []
    if not numbers or not all(isinstance(number, (int, float)) for number in numbers):
        m.fail("with a table as its output is not supported; use nn.LSTMCell or nn.GRUCell in a loop")
    kwargs = {"size": tuple(map(int, numbers)), "input_dims": m.int("nInputDim")}
    return Spec(twins.Recurrence, kwargs=kwargs, children=[m.child("recurrentModule")])


_OVER_SEQUENCES = {
    "nn.Sequential": _sequential,
    "nn.Recursor": _recursor,
    "nn.FastLSTM": _fast_lstm,
    "nn.LSTM": _peephole_lstm,
    "nn.GRU": _gru,
    "nn.MuFuRu": _gru,
    "nn.Recurrent": _recurrent,
    "nn.Recurrence": _recurrence,
}


def _module(m: Layer, name: str) -> TorchObject:
    value = m.lua.get(name)
    if not isinstance(value, TorchObject):
        m.fail(f"the field {name!r} should be a module, not {value!r:.60}")
    return value


def _below(module: TorchObject, place: str = "") -> Iterator[tuple[str, TorchObject]]:
    """A module and those inside with their places, depth first."""
    yield place, module
    modules = module.get("modules")
    for position, inner in modules.items() if isinstance(modules, LuaTable) else ():
        if isinstance(inner, TorchObject):
            yield from _below(inner, f"{place}.modules[{position}]")


def _holds_recurrent(module: TorchObject) -> bool:
    return any(inner.typename in _STEPWISE for _, inner in _below(module))


def _linears(module: TorchObject) -> list[tuple[str, TorchObject]]:
    return [(place, inner) for place, inner in _below(module) if inner.typename in ("nn.Linear", "nn.LinearNoBias")]
