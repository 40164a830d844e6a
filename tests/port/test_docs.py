"""docs/porting.md says what is true."""

from __future__ import annotations

import re
from pathlib import Path

from pytorch_fbcunn_compat.port.spec import REFUSED, TABLE
from pytorch_fbcunn_compat.t7 import TorchObject, save

PAGE = Path(__file__).parents[2] / "docs" / "porting.md"


def test_refused_classes_are_listed_with_their_reasons() -> None:
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE))
    rows = {name: reason for name, reason in rows.items() if "." in name and name[0].islower() and name in REFUSED}
    assert rows == REFUSED
    assert not set(REFUSED) & set(TABLE)


def test_few_classes_of_nn_are_refused() -> None:
    own = {f"nn.{path.stem}" for path in (PAGE.parents[1] / "lua" / "nn").glob("*.lua")}
    assert len(own & set(REFUSED)) <= 4


def test_the_example_of_an_own_layer_runs(tmp_path: Path, monkeypatch) -> None:
    code = re.search(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)[1]
    save(tmp_path / "model.t7", TorchObject("my.Scale", 1, {"factor": 3}))
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    try:
        exec(code, names)
    finally:
        TABLE.pop("my.Scale", None)
    assert names["model"](names["torch"].ones(2)).tolist() == [3, 3]
