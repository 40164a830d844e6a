"""How `load`, `load_model` and the objects of Lua modules relate."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pytorch_fbcunn_compat import load, load_model
from pytorch_fbcunn_compat.port import PortError
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject, save


def test_a_loaded_model_can_be_called(shared: Path) -> None:
    path = shared / "t7" / "lenet.t7"
    given = torch.randn(2, 1, 28, 28)
    model = load(path)
    expected = load_model(path)(given)
    torch.testing.assert_close(model(given), expected)
    torch.testing.assert_close(model.to_module()(given), expected)
    torch.testing.assert_close(load(path, models="modules")(given), expected)


def test_calls_use_one_module(tmp_path: Path) -> None:
    save(tmp_path / "m.t7", TorchObject("nn.Linear", 1, {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}))
    model = load(tmp_path / "m.t7")
    first, second = model(torch.ones(2)), model(torch.ones(2))
    (first.grad_fn is not None and first + second).backward()


def test_models_in_tables_become_modules_that_share(tmp_path: Path) -> None:
    weight = torch.randn(2, 2)
    shared_ = TorchObject("nn.Linear", 1, {"weight": weight})
    other = TorchObject("nn.Linear", 1, {"weight": weight})
    save(tmp_path / "m.t7", {"a": shared_, "inner": {"b": shared_, "c": other}, "n": 3})
    found = load(tmp_path / "m.t7", models="modules")
    assert isinstance(found, LuaTable)
    assert isinstance(found.a, torch.nn.Linear)
    assert found.inner.b is found.a
    assert found.inner.c.weight is found.a.weight
    assert found.n == 3


def test_what_is_no_model_says_so(tmp_path: Path) -> None:
    save(tmp_path / "x.t7", TorchObject("my.Data", 1, {"a": 1}))
    assert load(tmp_path / "x.t7", models="modules").a == 1
    with pytest.raises(PortError, match=r"no PyTorch equivalent is known for the layer my\.Data"):
        load(tmp_path / "x.t7")(torch.ones(1))
    with pytest.raises(ValueError, match='models is "objects" or "modules"'):
        load(tmp_path / "x.t7", models="all")


def test_criterions_too(shared: Path) -> None:
    file = load(shared / "t7" / "checkpoint_table.t7")
    scores = torch.randn(3, 10).log_softmax(1).to(file.criterion.weights.dtype)
    assert file.criterion(scores[:, : file.criterion.weights.numel()], torch.tensor([1, 2, 1])).dim() == 0
