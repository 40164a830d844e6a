"""The README's examples are true: each Python block runs and prints what its comments say."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)


def expected_output(block: str) -> str:
    """What the comment lines that follow a print state."""
    return "".join(line[2:] + "\n" for line in block.splitlines() if line.startswith("# "))


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_example(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert expected_output(block)
    assert said.getvalue() == expected_output(block)


def test_every_use_has_an_example() -> None:
    assert len(BLOCKS) >= 3


@pytest.mark.parametrize("program", ["th", "fbcunn"])
def test_the_programs_named_exist_and_show_help(program: str) -> None:
    result = subprocess.run([str(Path(sys.executable).parent / program), "--help"], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "usage" in result.stdout.lower()
