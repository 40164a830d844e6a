"""Models built and saved by Lua scripts, ported and proved: the ways of wiring that people used."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.port import port_file

SCRIPT = Path(__file__).with_name("models.lua")
NAMES = [
    "attention", "discriminator", "generator", "inception", "map", "mixture", "nested_tables", "no_weights", "resnet",
    "siamese", "siamese_own_gradients", "single_sample", "text", "two_outputs", "unpooling",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    names = LuaRuntime().execute(SCRIPT.read_text(), str(made))
    assert sorted(names[place] for place in range(1, len(names) + 1)) == NAMES
    return made


@pytest.mark.parametrize("name", NAMES)
def test_port(folder: Path, tmp_path: Path, name: str) -> None:
    inputs = [str(folder / f"{name}.input.t7")]
    ported = port_file(str(folder / f"{name}.t7"), str(tmp_path / "out"), inputs=inputs)
    worst = [(proof.training, proof.rows[-1].output, proof.rows[-1].gradient) for proof in ported.proofs]
    assert ported.passed, worst
    if name != "unpooling":  # keeps the places of maxima in an attribute, which torch.export warns about
        assert set(ported.attempts.values()) == {"works"}


def test_a_pooling_and_its_unpooling_are_written_once(folder: Path, tmp_path: Path) -> None:
    ported = port_file(str(folder / "unpooling.t7"), str(tmp_path / "out"), attempts=False)
    assert ported.source.count(" = RecordingMaxPool2d(") == 1


def test_branches_become_lines(folder: Path, tmp_path: Path) -> None:
    ported = port_file(str(folder / "siamese.t7"), str(tmp_path / "out"), attempts=False)
    assert "def forward(self, x1, x2):" in ported.source
    ported = port_file(str(folder / "attention.t7"), str(tmp_path / "out"), attempts=False)
    assert "torch.cat(inputs, 1)" in ported.source
    assert "return inputs[0] * " in ported.source
