"""Parts that come again in a model become classes in its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.port import port_file
from pytorch_fbcunn_compat.port.files import Ported

SCRIPT = Path(__file__).with_name("blocks.lua")


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ported]:
    folder = tmp_path_factory.mktemp("blocks")
    names = LuaRuntime().execute(SCRIPT.read_text(), str(folder))
    made = [names[place] for place in range(1, len(names) + 1)]
    return {name: port_file(str(folder / f"{name}.t7"), str(folder / name)) for name in made}


@pytest.mark.parametrize("name", ["inception", "resnet", "shared", "tied"])
def test_ports_compute_the_same(ports: dict[str, Ported], name: str) -> None:
    assert ports[name].passed
    assert set(ports[name].attempts.values()) == {"works"}


def test_residual_blocks(ports: dict[str, Ported]) -> None:
    source = ports["resnet"].source
    assert "class ResidualBlock(nn.Module):\n    def __init__(self, channels: int) -> None:" in source
    assert "return torch.relu(self.residual(x) + x)" in source
    assert "class ProjectedResidualBlock(nn.Module):" in source
    assert "def __init__(self, in_channels: int, out_channels: int) -> None:" in source
    assert "self.layer2 = nn.Sequential(\n            ProjectedResidualBlock(4, 6),\n" in source
    assert "x = self.layer3(x)" in source


def test_blocks_are_compared_with_their_lua_modules(ports: dict[str, Ported]) -> None:
    rows = {row.name: row for row in ports["resnet"].proofs[0].rows}
    assert rows["layer2.0"].path == "model.modules[4].modules[1]"
    assert rows["layer2.0"].output is not None
    assert rows["layer2.0.residual.0"].gradient is not None


def test_inception_modules(ports: dict[str, Ported]) -> None:
    source = ports["inception"].source
    assert "self, in_channels: int, branch1_channels: int, " in source
    assert "return torch.cat((self.branch1(x), self.branch2(x), self.branch3(x)), dim=1)" in source
    assert "Inception(9, 3, 2, 6)" in source


def test_shared_modules_make_no_class(ports: dict[str, Ported]) -> None:
    source = ports["shared"].source
    assert source.count("class ") == 1
    assert source.count("nn.Linear(4, 4)") == 1


def test_shared_parameters_of_blocks_are_tied(ports: dict[str, Ported]) -> None:
    source = ports["tied"].source
    assert "self.layer1[2].residual.weight" in source or ".residual.weight = self." in source
