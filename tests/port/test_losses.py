"""Criterions are ported with proof, as models are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.port import PortError, port_file
from pytorch_fbcunn_compat.t7 import TorchObject, load, save

ZOO = 34


@pytest.mark.parametrize("number", range(1, ZOO + 1))
def test_port(shared: Path, tmp_path: Path, number: int) -> None:
    ported = port_file(str(shared / "t7" / "zoo_criterions.t7"), str(tmp_path / "out"), key=f"{number}.criterion")
    row = ported.proofs[0].rows[0]
    assert ported.passed, (row.output, row.gradient)
    assert set(ported.attempts.values()) == {"works"}
    assert "class Criterion(nn.Module):" in ported.source
    assert "pytorch_fbcunn_compat" not in ported.source


def test_all_are_there(shared: Path) -> None:
    assert len(load(shared / "t7" / "zoo_criterions.t7")) == ZOO


def test_given_input_and_target(shared: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(6, 4)))
    np.save(tmp_path / "y.npy", np.array([1, 2, 3, 4, 1, 2]))
    ported = port_file(
        str(shared / "t7" / "zoo_criterions.t7"),
        str(tmp_path / "out"),
        key="7.criterion",
        inputs=[str(tmp_path / "x.npy")],
        targets=[str(tmp_path / "y.npy")],
    )
    assert (ported.passed, ported.inputs, ported.origin) == (True, [(6, 4), (6,)], "given")


def test_a_wrong_weight_is_noticed(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytorch_fbcunn_compat.port import losses

    original = losses.prove_loss

    def changed(reference, criterion, *rest):
        criterion.loss.weight[0] += 1e-6
        return original(reference, criterion, *rest)

    monkeypatch.setattr("pytorch_fbcunn_compat.port.files.prove_loss", changed)
    ported = port_file(str(shared / "t7" / "zoo_criterions.t7"), str(tmp_path / "out"), key="8.criterion")
    assert not ported.passed


def test_a_criterion_of_which_nothing_is_known_asks_for_an_input(tmp_path: Path) -> None:
    inner = TorchObject("nn.MSECriterion", 1, {"sizeAverage": True})
    module = TorchObject("nn.Identity", 1, {"gradInput": torch.empty(0)})
    fields = {"criterion": inner, "inputModule": module, "targetModule": module}
    save(tmp_path / "m.t7", TorchObject("nn.ModuleCriterion", 1, fields))
    with pytest.raises(PortError, match="give an input and a target with --input and --target"):
        port_file(str(tmp_path / "m.t7"), str(tmp_path / "out"))
