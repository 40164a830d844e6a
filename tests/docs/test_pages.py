"""The pages of docs/ are true: their examples run and print what they show, links lead somewhere.

In a Lua block `--> text` is what the lines above it print, … standing for anything; in a Python block comments show it.
Blocks of a page share one state, in a folder of their own; in Lua the usual packages are loaded.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.lua.runtime import flush

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
LINKING = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
LOAD = "for _, name in ipairs { 'torch', 'nn', 'optim', 'image', 'xlua', 'paths', 'sys' } do require(name) end"


def name(page: Path) -> str:
    """A page's place below the project's folder."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)


def with_blocks(language: str) -> list:
    """The pages that have blocks of a language, as parameters."""
    return [pytest.param(page, id=name(page)) for page in PAGES if blocks(page, language)]


def lines(text: str) -> list[str]:
    """Lines without trailing white space, empty ones left out."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def shown(block: str) -> list[str]:
    """What a Lua block says that it prints."""
    return lines("\n".join(re.sub(r"^--> ?", "", line) for line in block.splitlines() if line.startswith("-->")))


def same(printed: list[str], expected: list[str]) -> bool:
    """Whether lines are those expected, with … for any characters."""
    patterns = [".*".join(re.escape(part) for part in line.split("…")) for line in expected]
    return len(printed) == len(patterns) and all(map(re.fullmatch, patterns, printed))


@pytest.mark.parametrize("page", with_blocks("lua"))
def test_lua_examples_print_what_they_show(page: Path, tmp_path: Path, monkeypatch, capfd) -> None:
    monkeypatch.chdir(tmp_path)
    lua = LuaRuntime()
    lua.execute(LOAD)
    for block in blocks(page, "lua"):
        flush()
        capfd.readouterr()
        lua.execute(block)
        flush()
        printed = capfd.readouterr().out
        if "-->" in block:
            assert same(lines(printed), shown(block)), f"{block}\nprinted\n{printed}"
        else:
            assert not printed.strip()


@pytest.mark.parametrize("page", with_blocks("python"))
def test_python_examples_run(page: Path, tmp_path: Path, monkeypatch) -> None:
    if page.name in ("porting.md", "fourier_convolution.md"):
        pytest.skip("tests/port and tests/ops run this page's examples")
    monkeypatch.chdir(tmp_path)
    for folder in ("legacy_examples",):
        (tmp_path / folder).symlink_to(ROOT / folder)
    names: dict = {"__name__": "page"}
    for block in blocks(page, "python"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(block, page.name, "exec"), names)
        expected = [line[2:] for line in block.splitlines() if line.startswith("# ")]
        assert lines(said.getvalue()) == lines("\n".join(expected))


@pytest.mark.parametrize("page", with_blocks("bash"))
def test_shell_examples_run(page: Path, tmp_path: Path) -> None:
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}", OMP_NUM_THREADS="1")
    for folder in ("legacy_examples",):
        (tmp_path / folder).symlink_to(ROOT / folder)
    for block in blocks(page, "bash"):
        result = subprocess.run(
            ["bash", "-e", "-c", block], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )
        assert result.returncode == 0, f"{block}\n{result.stdout}\n{result.stderr}"


def anchors(page: Path) -> set[str]:
    """Names that a link into a page may have: explicit anchors and headings."""
    text = page.read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a name="([^"]+)">', text))


@pytest.mark.parametrize("page", LINKING, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"\w+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name(page)} links to {target}, which is not there"
        if anchor:
            assert anchor in anchors(file), f"{name(page)} links to {target}, but {name(file)} has no such place"


def test_pages_stay_short() -> None:
    assert {
        name(page): len(page.read_text().splitlines()) for page in PAGES if len(page.read_text().splitlines()) >= 500
    } == {}
