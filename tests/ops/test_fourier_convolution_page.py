"""The examples of docs/fourier_convolution.md run as they are printed, one after the other."""

import re
from pathlib import Path


def test_examples_run(tmp_path, monkeypatch):
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", str(tmp_path / "tune.json"))
    page = Path(__file__).resolve().parents[2] / "docs" / "fourier_convolution.md"
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), flags=re.DOTALL)
    assert len(blocks) == 3
    names: dict = {}
    for block in blocks:
        exec(compile(block, page.name, "exec"), names)
