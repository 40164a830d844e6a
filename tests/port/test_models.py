"""Whole models of the golden collection: built in PyTorch, they compute what the real Torch7 computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from pytorch_fbcunn_compat import load_model
from pytorch_fbcunn_compat.port import PortError, UnknownLayer, to_module
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject, load, save

from .recorded import FOLDER, Run, recorded

MODELS = {
    "lenet": ["lenet.t7", "lenet.cleared.t7"],
    "lenet_double": ["lenet_double.t7", "lenet_double.ascii.t7"],
    "lenet_flat": ["lenet_flat.t7"],
    "convmap_demo": ["convmap_demo.t7"],
    "vgg_small_eval": ["vgg_small_eval.t7"],
    "tables": ["tables.t7", "tables.ascii.t7"],
    "text_cnn": ["text_cnn.t7", "text_cnn.cleared.t7"],
    "bn_v2_eval": ["bn_v2_eval.t7"],
    "bn_v2_train": ["bn_v2_train.t7"],
    "bn_v1": ["bn_v1.t7", "bn_v1.ascii.t7"],
    "conv_old_fields": ["conv_old_fields.t7"],
    "same_module_twice": ["same_module_twice.t7"],
    "model_with_closure": ["model_with_closure.t7"],
    "lstm_gmodule": ["lstm_gmodule.t7", "lstm_gmodule.ascii.t7", "lstm_gmodule.cleared.t7"],
}


@pytest.mark.parametrize(("name", "file"), [(name, file) for name, files in MODELS.items() for file in files])
def test_model(shared: Path, name: str, file: str) -> None:
    entry, arrays = recorded(name)
    model = load_model(shared / "t7" / file)
    assert model.training == (entry["mode"] == "training")
    run = Run(entry, arrays)
    run.forward(model)
    run.backward()
    run.parameters(model)


@pytest.mark.parametrize("file", ["lenet.t7", "lenet_double.t7", "vgg_small_eval.t7", "tables.t7", "lstm_gmodule.t7"])
def test_models_compile_as_one_graph(shared: Path, file: str) -> None:
    entry, arrays = recorded(file.removesuffix(".t7"))
    model = load_model(shared / "t7" / file).eval()
    inputs = Run(entry, arrays).input
    inputs = inputs if isinstance(inputs, tuple) else (inputs,)
    with torch.no_grad():
        expected = model(*inputs)
        found = torch.compile(model, fullgraph=True, backend="eager")(*inputs)
    torch.testing.assert_close(found, expected)
    torch.compiler.reset()


def test_tables_are_taken_as_a_tuple_a_list_or_arguments(shared: Path) -> None:
    model = load_model(shared / "t7" / "lstm_gmodule.t7")
    inputs = [torch.randn(3, size, dtype=torch.float64) for size in (5, 7, 7)]
    first, second, third = model(*inputs), model(inputs), model(tuple(inputs))
    assert isinstance(first, tuple)
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(first, third)


def test_shared_modules_and_parameters_stay_shared(shared: Path) -> None:
    model = load_model(shared / "t7" / "same_module_twice.t7")
    assert model[0] is model[2]
    weight = torch.randn(3, 3)
    halves = [TorchObject("nn.Linear", 1, {"weight": weight[:], "bias": torch.zeros(3)}) for _ in range(2)]
    pair = to_module(TorchObject("nn.Sequential", 1, {"modules": LuaTable.from_list(halves)}))
    assert pair[0].weight is pair[1].weight
    assert pair[0].bias is not pair[1].bias


def test_the_model_in_a_checkpoint_is_found(shared: Path) -> None:
    path = shared / "t7" / "checkpoint_table.t7"
    assert isinstance(load_model(path), torch.nn.Sequential)
    assert isinstance(load_model(path, key="model"), torch.nn.Sequential)
    assert "ClassNLL" in type(load_model(path, key="criterion")).__name__
    with pytest.raises(PortError, match="no such field; there are"):
        load_model(path, key="modell")


def test_a_file_without_a_model(shared: Path) -> None:
    with pytest.raises(PortError, match="table without a module"):
        load_model(shared / "t7" / "scalars.t7")
    with pytest.raises(PortError, match="no model but"):
        load_model(shared / "t7" / "top_num.t7")


def module(typename: str, **fields: Any) -> TorchObject:
    return TorchObject(typename, 1, fields | {"gradInput": torch.empty(0)})


def test_an_unknown_layer_is_named_with_its_place() -> None:
    inner = module("nn.Sequential", modules=LuaTable.from_list([module("nn.Tanh"), module("nn.Liner")]))
    with pytest.raises(UnknownLayer, match=r"model\.modules\[2\]: .* layer nn\.Liner \(is it nn\.Linear\?\); describe"):
        to_module(inner)


def test_a_layer_that_cannot_be_ported_says_why() -> None:
    with pytest.raises(PortError, match=r"nn\.Kmeans cannot be ported: it is a clustering procedure"):
        to_module(module("nn.Kmeans"))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "the tensor 'weight' is missing"),
        ({"weight": 3}, "the field 'weight' should be a tensor"),
        ({"weight": torch.zeros(2, 3, 4)}, "the tensor 'weight' should have 2 dimensions"),
        ({"weight": torch.zeros(2, 3), "bias": torch.zeros(3)}, "the tensor 'bias' has size"),
    ],
)
def test_broken_fields_are_named(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PortError, match=rf"model \(nn\.Linear\): {message}"):
        to_module(module("nn.Linear", **fields))


def test_a_model_that_contains_itself() -> None:
    model = module("nn.Sequential")
    model["modules"] = LuaTable.from_list([model])
    with pytest.raises(PortError, match="contains itself"):
        to_module(model)


def test_no_parameter_is_initialised_or_shares_a_flat_storage(shared: Path) -> None:
    model = load_model(shared / "t7" / "lenet_flat.t7")
    lua = load(shared / "t7" / "lenet_flat.t7")
    torch.testing.assert_close(model[0].weight.detach(), lua.modules[1].weight)
    sizes = [p.untyped_storage().nbytes() == p.numel() * p.element_size() for p in model.parameters()]
    assert all(sizes)


def test_loading_from_bytes(tmp_path: Path) -> None:
    save(tmp_path / "m.t7", module("nn.Sequential", modules=LuaTable.from_list([module("nn.Tanh")])))
    assert isinstance(load_model((tmp_path / "m.t7").read_bytes())[0], torch.nn.Tanh)


def test_models_are_there() -> None:
    if not FOLDER.is_dir():
        pytest.skip("no golden files")
    for files in MODELS.values():
        assert all((FOLDER / file).exists() for file in files)
