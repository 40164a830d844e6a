"""Recurrent layers of cudnn and of the rnn package, from their fields."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from pytorch_fbcunn_compat.port import PortError, to_module
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject

CUDNN = [
    ("cudnn.LSTM", nn.LSTM, {}),
    ("cudnn.BLSTM", nn.LSTM, {"bidirectional": True}),
    ("cudnn.GRU", nn.GRU, {}),
    ("cudnn.BGRU", nn.GRU, {"bidirectional": True}),
    ("cudnn.RNNTanh", nn.RNN, {}),
    ("cudnn.RNNReLU", nn.RNN, {"nonlinearity": "relu"}),
]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize(("name", "cls", "settings"), CUDNN)
def test_cudnn(name: str, cls: type, settings: dict[str, object], batch_first: bool) -> None:
    """One vector holds all weights, then all biases, in the order of torch.nn's parameters."""
    expected = cls(3, 5, num_layers=2, batch_first=batch_first, **settings)
    parts = expected.state_dict()
    weights = [value.flatten() for key, value in parts.items() if key.startswith("weight")]
    biases = [value.flatten() for key, value in parts.items() if key.startswith("bias")]
    fields = {"inputSize": 3, "hiddenSize": 5, "numLayers": 2, "batchFirst": batch_first, "dropout": 0}
    lua = TorchObject(name, 1, fields | {"weight": torch.cat(weights + biases)})
    given = torch.randn(4, 6, 3)
    ported = to_module(lua)
    torch.testing.assert_close(ported(given), expected(given)[0])
    assert len(list(ported.parameters())) == len(list(expected.parameters()))


def one_bias(name: str, gates: int, **fields: object) -> TorchObject:
    sizes = (
        {"inputsize": 3, "hiddensize": 4, "outputsize": 4}
        if name == "nn.SeqLSTM"
        else {"inputSize": 3, "outputSize": 4}
    )
    tensors = {"weight": torch.randn(7, gates * 4).double(), "bias": torch.randn(gates * 4).double()}
    return TorchObject(name, 1, sizes | tensors | {"batchfirst": False, "_remember": "neither"} | fields)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("name", ["nn.SeqLSTM", "nn.SeqGRU"])
def test_rnn(name: str, batch_first: bool) -> None:
    """Against the equations, step by step."""
    lua = one_bias(name, 4 if name == "nn.SeqLSTM" else 3, batchfirst=batch_first)
    given = torch.randn(5, 2, 3).double()
    h = c = torch.zeros(2, 4).double()
    weight_x, weight_h, bias = lua.weight[:3], lua.weight[3:], lua.bias
    expected = []
    for x in given:
        if name == "nn.SeqLSTM":
            i, f, o, g = (x @ weight_x + h @ weight_h + bias).chunk(4, 1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
        else:
            r, u = torch.sigmoid((x @ weight_x + bias)[:, :8] + h @ weight_h[:, :8]).chunk(2, 1)
            new = torch.tanh((x @ weight_x + bias)[:, 8:] + (r * h) @ weight_h[:, 8:])
            h = (1 - u) * new + u * h
        expected.append(h)
    found = to_module(lua)(given.transpose(0, 1) if batch_first else given)
    torch.testing.assert_close(found.transpose(0, 1) if batch_first else found, torch.stack(expected))


@pytest.mark.parametrize("gates", [3, 4])
def test_the_parts_of_one_tensor_are_two_parameters(gates: int) -> None:
    """Weights of input and state have one size here, and stand in one Lua tensor."""
    name = "nn.SeqLSTM" if gates == 4 else "nn.SeqGRU"
    lua = one_bias(name, gates)
    lua["weight"] = torch.randn(8, gates * 4).double()
    lua["inputsize" if gates == 4 else "inputSize"] = 4
    names = [found for found, _ in to_module(lua).named_parameters()]
    assert names == ["weight_ih", "weight_hh", "bias"]


def test_copies_of_one_tensor_in_one_order_are_one_parameter() -> None:
    lua = one_bias("nn.SeqLSTM", 4)
    pair = TorchObject(
        "nn.Sequential", 1, {"modules": LuaTable.from_list([lua, TorchObject(lua.typename, 1, lua.fields)])}
    )
    first, second = to_module(pair)
    assert first is not second
    assert first.weight_ih is second.weight_ih
    assert first.weight_ih is not first.weight_hh


@pytest.mark.parametrize(("name", "gates"), [("nn.SeqLSTM", 4), ("nn.SeqGRU", 3)])
def test_what_remembers_goes_on_where_it_was(name: str, gates: int) -> None:
    lua = one_bias(name, gates, _remember="eval")
    layer, x = to_module(lua).eval(), torch.randn(6, 2, 3, dtype=torch.float64)
    whole = layer(x)
    layer.forget()
    torch.testing.assert_close(torch.cat([layer(x[:2]), layer(x[2:])]), whole)
    assert not torch.equal(layer(x), whole)
    torch.testing.assert_close(layer(x[:, :1])[0], whole[0, :1])  # another batch: anew
    torch.testing.assert_close(layer.train()(x), whole)


def test_masks_inside_a_whole_layer_are_refused() -> None:
    with pytest.raises(PortError, match="masks steps of zeros"):
        to_module(one_bias("nn.SeqGRU", 3, maskzero=True))


def test_a_weight_of_another_size_is_refused() -> None:
    fields = {"inputSize": 3, "hiddenSize": 5, "numLayers": 1, "weight": torch.zeros(7)}
    with pytest.raises(PortError, match="the weight has 7 elements, the layer's other fields ask for 200"):
        to_module(TorchObject("cudnn.LSTM", 1, fields))
