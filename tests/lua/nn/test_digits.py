"""The demo script: it learns the digits, says what it reached, and repeats itself."""

from __future__ import annotations

import re
from pathlib import Path

from pytorch_fbcunn_compat import LuaRuntime, load

FOLDER = Path(__file__).resolve().parents[3] / "legacy_examples" / "digits"


def train(folder: Path, *options: str) -> None:
    """Runs the script, unchanged, in a state of its own."""
    LuaRuntime().run(FOLDER / "train.lua", ["-save", str(folder), "-silent", *options])


def test_script_reaches_97_percent_on_the_held_out_fifth(tmp_path, capfd):
    train(tmp_path)
    accuracy = re.search(r"accuracy on 359 held-out images: ([\d.]+)%", capfd.readouterr().out)
    assert accuracy and float(accuracy[1]) >= 97
    assert load(tmp_path / "test.t7").data.shape == (359, 1, 8, 8)
    assert (tmp_path / "model.t7").stat().st_size > 200_000
    rows = (tmp_path / "train.log").read_text().splitlines()
    assert rows[0].split("\t")[:3] == ["loss", "train accuracy (%)", "test accuracy (%)"]
    assert len(rows) == 41


def test_a_seed_fixes_the_run(tmp_path):
    logs = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        train(tmp_path / name, "-maxEpoch", "2", "-seed", str(seed))
        logs.append((tmp_path / name / "train.log").read_text())
    assert logs[0] == logs[1] != logs[2]
