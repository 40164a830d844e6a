"""Layer table: recurrent layers of cudnn and of the rnn package that take whole sequences."""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..spec import Layer, Spec, Weight, layer
from ..twins import recurrent as twins

_CUDNN: dict[str, tuple[type, int, bool]] = {
    "cudnn.LSTM": (twins.SequenceLSTM, 4, False),
    "cudnn.BLSTM": (twins.SequenceLSTM, 4, True),
    "cudnn.GRU": (twins.SequenceGRU, 3, False),
    "cudnn.BGRU": (twins.SequenceGRU, 3, True),
    "cudnn.RNNTanh": (twins.SequenceRNN, 1, False),
    "cudnn.RNNReLU": (twins.SequenceRNN, 1, False),
}


@layer(*_CUDNN)
def cudnn_rnn(m: Layer) -> Spec:
    """All weights are one vector: for each layer and direction those of the input and of the state, gate by gate in
    the order that torch.nn has too; after all of them the biases in the same order."""
    cls, gates, two_way = _CUDNN[m.typename]
    size, hidden, layers = m.int("inputSize"), m.int("hiddenSize"), m.int("numLayers", 1)
    if m.flag("rememberStates"):
        m.fail("keeps its state from call to call (rememberStates); use nn.LSTM or nn.GRU and pass the state on")
    ways = 2 if two_way else 1
    places = [(f"_l{depth}{'_reverse' if way else ''}", depth) for depth in range(layers) for way in range(ways)]
    shapes: list[tuple[str, tuple[int, ...]]] = []
    for ending, depth in places:
        shapes.append((f"weight_ih{ending}", (gates * hidden, size if depth == 0 else hidden * ways)))
        shapes.append((f"weight_hh{ending}", (gates * hidden, hidden)))
    for ending, _ in places:
        shapes += [(f"bias_ih{ending}", (gates * hidden,)), (f"bias_hh{ending}", (gates * hidden,))]
    expected = sum(torch.Size(shape).numel() for _, shape in shapes)
    if m.tensor("weight").numel() != expected:
        m.fail(f"the weight has {m.tensor('weight').numel()} elements, the layer's other fields ask for {expected}")
    weights: dict[str, Weight] = {}
    start = 0
    for name, shape in shapes:
        weights[name] = _part(m, start, shape)
        start += weights[name].value.numel()
    kwargs: dict[str, object] = {"num_layers": layers} if layers > 1 else {}
    if m.flag("batchFirst"):
        kwargs["batch_first"] = True
    if m.number("dropout", 0):
        kwargs["dropout"] = m.number("dropout")
    if two_way:
        kwargs["bidirectional"] = True
    if m.typename == "cudnn.RNNReLU":
        kwargs["nonlinearity"] = "relu"
    return Spec(cls, (size, hidden), kwargs, weights, random=bool(m.number("dropout", 0)))


def _part(m: Layer, start: int, shape: tuple[int, ...]) -> Weight:
    count = torch.Size(shape).numel()
    return m.weight("weight", lambda blob: blob.reshape(-1)[start : start + count].reshape(shape), "gradWeight")


@layer("nn.SeqLSTM")
def seq_lstm(m: Layer) -> Spec:
    """Gates in the order input, forget, output, candidate."""

    def by_gate(tensor: torch.Tensor) -> torch.Tensor:
        i, f, o, g = tensor.chunk(4, -1)
        return torch.cat([i, f, g, o], -1)

    return _one_bias(m, twins.OneBiasLSTM, m.int("inputsize"), m.int("outputsize"), by_gate, 4)


@layer("nn.SeqGRU")
def seq_gru(m: Layer) -> Spec:
    """Gates in the order reset, update, candidate."""
    return _one_bias(m, twins.OneBiasGRU, m.int("inputSize"), m.int("outputSize"), lambda tensor: tensor, 3)


def _one_bias(
    m: Layer, cls: type, size: int, hidden: int, by_gate: Callable[[torch.Tensor], torch.Tensor], gates: int
) -> Spec:
    """A layer whose weight is (inputs + outputs) x (gates * outputs), with one bias for each gate."""
    if m.flag("maskzero"):
        m.fail("masks steps of zeros (maskZero); pack the sequences with torch.nn.utils.rnn instead")
    m.weight("weight", shape=(size + hidden, gates * hidden))
    weights = {
        "weight_ih": m.weight("weight", lambda tensor: by_gate(tensor[:size]).t()),
        "weight_hh": m.weight("weight", lambda tensor: by_gate(tensor[size:]).t()),
        "bias": m.weight("bias", by_gate, shape=(gates * hidden,)),
    }
    kwargs: dict[str, object] = {"batch_first": True} if m.flag("batchfirst") else {}
    return Spec(cls, (size, hidden), kwargs | remembered(m.text("_remember", "neither")), weights)


_MODES = {"both": "both", "train": "training", "eval": "evaluation", "neither": "neither"}


def remembered(mode: str) -> dict[str, object]:
    """The setting of a layer that keeps its state from call to call in some modes, as the rnn package calls them."""
    return {"remember": _MODES[mode]} if _MODES.get(mode, "neither") != "neither" else {}
