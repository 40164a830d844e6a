"""nngraph models become straight-line code that computes the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pytorch_fbcunn_compat import LuaRuntime, load_model
from pytorch_fbcunn_compat.port import PortError, port_file, to_module
from pytorch_fbcunn_compat.t7 import LuaTable, TorchObject, load, save

SCRIPT = Path(__file__).with_name("graphs.lua")
NAMES = ["gru", "highway", "loss", "recurrent", "residual", "shared", "unet"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("graphs")
    names = LuaRuntime().execute(SCRIPT.read_text(), str(made))
    assert sorted(names[place] for place in range(1, len(names) + 1)) == NAMES
    return made


@pytest.mark.parametrize("name", NAMES)
def test_port(folder: Path, tmp_path: Path, name: str) -> None:
    inputs = [str(folder / f"{name}.input.t7")]
    ported = port_file(str(folder / f"{name}.t7"), str(tmp_path / "out"), inputs=inputs)
    assert ported.passed
    assert set(ported.attempts.values()) == {"works"}


def test_names_come_from_the_author_and_from_the_cell(folder: Path, tmp_path: Path) -> None:
    inputs = [str(folder / "recurrent.input.t7")]
    source = port_file(str(folder / "recurrent.t7"), str(tmp_path / "out"), inputs=inputs, attempts=False).source
    assert "def forward(self, x, c1, h1, c2, h2):" in source
    assert "self.lstm2 = nn.LSTMCell(5, 5)" in source
    assert "next_h2, next_c2 = self.lstm2(dropout, (h2, c2))" in source
    assert "decoder = self.decoder(next_h2)" in source


def test_a_gru_becomes_a_class(folder: Path, tmp_path: Path) -> None:
    source = port_file(str(folder / "gru.t7"), str(tmp_path / "out"), attempts=False).source
    assert "self.update_x = nn.Linear(input_size, hidden_size)" in source
    assert "reset_state = reset_gate * h" in source
    assert "return update_gate * candidate + (1 - update_gate) * h" in source
    assert "self.gru = GRUCell(4, 5)" in source
    assert "return self.gru(x, h)" in source


def test_parameters_that_clones_share_are_tied(folder: Path, tmp_path: Path) -> None:
    source = port_file(str(folder / "shared.t7"), str(tmp_path / "out"), attempts=False).source
    assert "self.fc2.weight = self.fc.weight" in source


def test_the_model_of_a_char_rnn_checkpoint_is_found(folder: Path) -> None:
    model = load_model(folder / "recurrent.t7")
    states = [torch.zeros(2, 5, dtype=torch.float64) for _ in range(4)]
    assert len(model(torch.tensor([1, 2]), *states)) == 5


def node(module: TorchObject | None = None, *parents: LuaTable) -> TorchObject:
    data = LuaTable({"mapindex": LuaTable.from_list(parents)})
    if module is not None:
        data["module"] = module
    return TorchObject("nngraph.Node", 1, {"data": data})


def test_a_graph_with_a_cycle_is_refused() -> None:
    first = node(TorchObject("nn.Tanh"))
    second = node(TorchObject("nn.Tanh"), first.data)
    first.data["mapindex"] = LuaTable.from_list([second.data])
    graph = TorchObject("nn.gModule", 1, {"forwardnodes": LuaTable.from_list([first, second]), "nInputs": 1})
    with pytest.raises(PortError, match=r"model \(nn\.gModule\): the graph has a cycle"):
        to_module(graph)


def test_a_graph_without_nodes_is_refused() -> None:
    with pytest.raises(PortError, match="has no nodes"):
        to_module(TorchObject("nn.gModule", 1, {"nInputs": 1}))


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_found_in_the_wiring(folder: Path, tmp_path: Path, name: str) -> None:
    value = load(folder / f"{name}.t7")
    (value.protos.rnn if name == "recurrent" else value)["gradInput"] = None
    save(tmp_path / "cleared.t7", value)
    ported = port_file(str(tmp_path / "cleared.t7"), str(tmp_path / "out"), attempts=False)
    assert ported.origin == "found by trying"
    assert ported.passed


def test_blocks_of_a_graph_are_called_with_its_values(folder: Path, tmp_path: Path) -> None:
    source = port_file(str(folder / "residual.t7"), str(tmp_path / "out"), attempts=False).source
    assert "block2 = self.block2(block)" in source


def test_a_module_that_comes_again_overwrites_its_output_in_lua(folder: Path, tmp_path: Path) -> None:
    """The gradient is another one there; with a copy at each place it is the port's."""
    ported = port_file(str(folder / "highway.t7"), str(tmp_path / "out"), attempts=False)
    assert not all(proof.passed for proof in ported.proofs)
    assert all(proof.passed for proof in ported.doubles if proof.apart)
    assert "overwrites" in (tmp_path / "out" / "README.md").read_text()
