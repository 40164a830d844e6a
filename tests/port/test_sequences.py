"""Layers of the rnn package and of torch-rnn, against their equations."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pytorch_fbcunn_compat.port import PortError, to_module
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject

D, H, T, N = 4, 3, 5, 2


def module(typename: str, *modules: TorchObject, **fields: Any) -> TorchObject:
    inner = {"modules": LuaTable.from_list(modules)} if modules else {}
    return TorchObject(typename, 1, inner | fields | {"train": True})


def linear(inputs: int, outputs: int, bias: bool = True) -> TorchObject:
    fields = {"weight": torch.randn(outputs, inputs).double()}
    if bias:
        fields["bias"] = torch.randn(outputs).double()
    return module("nn.Linear" if bias else "nn.LinearNoBias", **fields)


def apply(layer: TorchObject, x: torch.Tensor) -> torch.Tensor:
    return x @ layer.weight.t() + (layer.bias if "bias" in layer else 0)


def sequencer(inner: TorchObject, **fields: Any) -> TorchObject:
    return module("nn.Sequencer", inner, module=inner, _remember="neither", **fields)


def fast_lstm() -> tuple[TorchObject, Any]:
    i2g, o2g = linear(D, 4 * H), linear(H, 4 * H, bias=False)
    lua = module("nn.FastLSTM", module("nn.Sequential"), i2g=i2g, o2g=o2g, inputSize=D, outputSize=H, p=0)

    def step(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i, g, f, o = (apply(i2g, x) + apply(o2g, h)).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    return lua, step


def peephole_lstm() -> tuple[TorchObject, Any]:
    gates: dict[str, list[TorchObject]] = {}
    fields = {}
    for name in ("inputGate", "forgetGate", "hiddenLayer", "outputGate"):
        parts = [linear(D, H), linear(H, H, bias=False)]
        if name != "hiddenLayer":
            parts.append(module("nn.CMul", weight=torch.randn(H).double(), size=torch.Size([H])))
            parts[-1]["size"] = LuaTable.from_list([H])
        gates[name] = parts
        wrapped = [module("nn.Sequential", part) for part in parts[:2]]
        fields[name] = module("nn.Sequential", module("nn.ParallelTable", *wrapped, *parts[2:]))
    lua = module("nn.LSTM", inputSize=D, outputSize=H, **fields)

    def gate(name: str, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor | None = None) -> torch.Tensor:
        total = apply(gates[name][0], x) + apply(gates[name][1], h)
        return total if c is None else total + gates[name][2].weight * c

    def step(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i, f = torch.sigmoid(gate("inputGate", x, h, c)), torch.sigmoid(gate("forgetGate", x, h, c))
        c = f * c + i * torch.tanh(gate("hiddenLayer", x, h))
        return torch.sigmoid(gate("outputGate", x, h, c)) * torch.tanh(c), c

    return lua, step


def gru() -> tuple[TorchObject, Any]:
    i2g, o2g, i2h, o2h = linear(D, 2 * H), linear(H, 2 * H, bias=False), linear(D, H), linear(H, H, bias=False)
    inner = module("nn.Sequential", module("nn.ParallelTable", i2g, o2g), module("nn.ConcatTable", i2h, o2h))
    lua = module("nn.GRU", inner, recurrentModule=inner, inputSize=D, outputSize=H, p=0)

    def step(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        reset, update = torch.sigmoid(apply(i2g, x) + apply(o2g, h)).chunk(2, 1)
        new = torch.tanh(apply(i2h, x) + apply(o2h, reset * h))
        return update * h + (1 - update) * new, c

    return lua, step


def over(step: Any, given: torch.Tensor) -> torch.Tensor:
    h = c = torch.zeros(N, H).double()
    outputs = []
    for x in given:
        h, c = step(x, h, c)
        outputs.append(h)
    return torch.stack(outputs)


GIVEN = torch.randn(T, N, D, generator=torch.Generator().manual_seed(1)).double()
MAKERS = {"nn.FastLSTM": fast_lstm, "nn.LSTM": peephole_lstm, "nn.GRU": gru}


@pytest.mark.parametrize("name", MAKERS)
def test_over_a_sequence(name: str) -> None:
    lua, step = MAKERS[name]()
    expected = over(step, GIVEN)
    ported = to_module(sequencer(lua))
    torch.testing.assert_close(ported(GIVEN), expected)
    as_table = ported(list(GIVEN))
    assert isinstance(as_table, tuple)
    torch.testing.assert_close(torch.stack(as_table), expected)
    torch.testing.assert_close(torch.compile(ported, fullgraph=True, backend="eager")(GIVEN), expected)


@pytest.mark.parametrize("name", MAKERS)
def test_one_step(name: str) -> None:
    lua, step = MAKERS[name]()
    torch.testing.assert_close(to_module(lua)(GIVEN[0]), over(step, GIVEN[:1])[0])


def test_a_stack_in_a_recursor() -> None:
    first, step = fast_lstm()
    last = linear(H, 2)
    stack = module("nn.Sequential", first, last, module("nn.LogSoftMax"))
    recursor = module("nn.Recursor", stack, module=stack)
    found = to_module(sequencer(recursor))(GIVEN)
    torch.testing.assert_close(found, apply(last, over(step, GIVEN)).log_softmax(-1))


def test_recurrent_starts_with_a_bias() -> None:
    start = module("nn.Add", bias=torch.randn(H).double())
    into, back = linear(D, H), linear(H, H)
    parts = {"startModule": start, "inputModule": into, "feedbackModule": back}
    parts |= {"transferModule": module("nn.Tanh"), "mergeModule": module("nn.CAddTable")}
    found = to_module(sequencer(module("nn.Recurrent", *parts.values(), **parts)))(GIVEN)
    h = torch.tanh(apply(into, GIVEN[0]) + start.bias)
    torch.testing.assert_close(found[0], h)
    torch.testing.assert_close(found[1], torch.tanh(apply(into, GIVEN[1]) + apply(back, h)))


def test_both_ways() -> None:
    (there, step_there), (back, step_back) = fast_lstm(), fast_lstm()
    merge = module("nn.JoinTable", dimension=1, nInputDims=1)
    lua = module("nn.BiSequencer", forwardModule=there, backwardModule=back, mergeModule=merge)
    expected = torch.cat([over(step_there, GIVEN), over(step_back, GIVEN.flip(0)).flip(0)], -1)
    torch.testing.assert_close(to_module(lua)(GIVEN), expected)


def test_torch_rnn_s_language_model() -> None:
    """Its LSTM has the name of the rnn package's, but other fields."""
    lookup = module("nn.LookupTable", weight=torch.randn(7, D).double())
    weight, bias = torch.randn(D + H, 4 * H).double(), torch.randn(4 * H).double()
    layer = module("nn.LSTM", input_dim=D, hidden_dim=H, weight=weight, bias=bias, remember_states=True)
    last = linear(H, 7)
    view = module("nn.View", size=LuaTable.from_list([1, -1]), numElements=-1)
    net = module("nn.Sequential", lookup, layer, view, last, view)
    found = to_module(module("nn.LanguageModel", net=net, batchnorm=0))(torch.tensor([[1, 7, 3], [2, 2, 5]]))

    def step(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        i, f, o, g = (x @ weight[:D] + h @ weight[D:] + bias).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c

    words = lookup.weight[torch.tensor([[0, 6, 2], [1, 1, 4]])].transpose(0, 1)
    torch.testing.assert_close(found, apply(last, over(step, words).transpose(0, 1)))


def test_a_plain_recurrent_layer_of_torch_rnn() -> None:
    weight, bias = torch.randn(D + H, H).double(), torch.randn(H).double()
    layer = module("nn.VanillaRNN", input_dim=D, hidden_dim=H, weight=weight, bias=bias)
    expected = over(lambda x, h, c: (torch.tanh(x @ weight[:D] + h @ weight[D:] + bias), c), GIVEN)
    torch.testing.assert_close(to_module(layer)(GIVEN.transpose(0, 1)).transpose(0, 1), expected)


def test_what_is_not_supported_is_named() -> None:
    lua, _ = fast_lstm()
    inside = module("nn.ConcatTable", lua, module("nn.Identity"))
    with pytest.raises(PortError, match=r"model\.module \(nn\.ConcatTable\): holds a recurrent layer"):
        to_module(sequencer(inside))
    lua["i2g"] = module("nn.Sequential")
    with pytest.raises(PortError, match="'recurrentModule' should be a module"):
        to_module(sequencer(lua))


def recurrent_module() -> tuple[TorchObject, TorchObject]:
    """tanh(W x + V h) as a module of the pair (x, h), and that with its output for empty samples set to zeros."""
    table = module("nn.ParallelTable", linear(D, H), linear(H, H, bias=False))
    inner = module("nn.Sequential", table, module("nn.CAddTable"), module("nn.Tanh"))
    return inner, module("nn.MaskZero", inner, module=inner, nInputDim=1)


def test_a_masked_gru_forgets_at_empty_steps() -> None:
    inner, masked = recurrent_module()
    lua = module("nn.GRU", masked, recurrentModule=masked, outputSize=H, inputSize=D, p=0)
    x = torch.randn(T, N, D, dtype=torch.float64)
    x[2, 0] = 0
    first, second = inner.modules[1].modules[1], inner.modules[1].modules[2]
    h, expected = torch.zeros(N, H, dtype=torch.float64), []
    for step in x:
        h = torch.tanh(apply(first, step) + apply(second, h))
        h[(step == 0).all(1)] = 0
        expected.append(h)
    torch.testing.assert_close(to_module(sequencer(lua))(x), torch.stack(expected))


def test_a_repeater_gives_the_same_input_at_each_step() -> None:
    lua, _ = fast_lstm()
    x = torch.randn(N, D, dtype=torch.float64)
    repeated = to_module(module("nn.Repeater", lua, module=lua, rho=3))(x)
    expected = to_module(sequencer(lua))(torch.stack([x] * 3))
    torch.testing.assert_close(torch.stack(repeated), expected)


def test_both_ways_around_a_step() -> None:
    there, back = fast_lstm()[0], fast_lstm()[0]
    merge = module("nn.JoinTable", dimension=1, nInputDims=1)
    lua = module("nn.BiSequencerLM", forwardModule=there, backwardModule=back, mergeModule=merge)
    x = torch.randn(T, N, D, dtype=torch.float64)
    found = to_module(lua)(list(x))
    ahead = to_module(sequencer(there))(x[:-1])
    behind = to_module(sequencer(back))(x.flip(0)[:-1]).flip(0)
    zeros = torch.zeros(1, N, H, dtype=torch.float64)
    expected = torch.cat([torch.cat([zeros, ahead]), torch.cat([behind, zeros])], 2)
    torch.testing.assert_close(torch.stack(found), expected)


def test_criterions_of_sequences() -> None:
    nll = module("nn.ClassNLLCriterion", sizeAverage=True)
    scores = [torch.randn(N, 3, dtype=torch.float64).log_softmax(1) for _ in range(T)]
    targets = [torch.randint(1, 4, (N,)) for _ in range(T)]
    plain = to_module(nll)
    total = sum(plain(score, target) for score, target in zip(scores, targets, strict=True))
    torch.testing.assert_close(to_module(module("nn.SequencerCriterion", criterion=nll))(scores, targets), total)
    average = module("nn.SequencerCriterion", criterion=nll, sizeAverage=True)
    torch.testing.assert_close(to_module(average)(scores, targets), total / T)
    once = to_module(module("nn.RepeaterCriterion", criterion=nll))(scores, targets[0])
    torch.testing.assert_close(once, sum(plain(score, targets[0]) for score in scores))
    masked = to_module(module("nn.MaskZeroCriterion", criterion=nll, nInputDim=1))
    some = torch.cat([scores[0], torch.zeros(2, 3, dtype=torch.float64)])
    torch.testing.assert_close(masked(some, torch.ones(N + 2).long()), plain(scores[0], torch.ones(N).long()))
    assert masked(some[N:], torch.ones(2).long()) == 0


KINDS = {"nn.FastLSTM": fast_lstm, "nn.LSTM": peephole_lstm}


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequencer_that_remembers_goes_on_where_it_was(kind: str) -> None:
    lua, _ = KINDS[kind]()
    wrapped = sequencer(lua)
    expected = to_module(wrapped)(GIVEN)
    wrapped["_remember"] = "both"
    layer = to_module(wrapped)
    torch.testing.assert_close(torch.cat([layer(GIVEN[:2]), layer(GIVEN[2:])]), expected)
    layer.forget()
    torch.testing.assert_close(layer(GIVEN), expected)


def test_a_layer_of_its_own_makes_one_step_a_call() -> None:
    lua, _ = fast_lstm()
    expected = to_module(sequencer(lua))(GIVEN)
    step = to_module(lua)
    torch.testing.assert_close(torch.stack([step(x) for x in GIVEN]), expected)
