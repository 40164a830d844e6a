"""Every class of nn, every optimiser, every function of image has its place in the pages, and no place is left over."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from pytorch_fbcunn_compat import LuaRuntime

DOCS = Path(__file__).resolve().parents[2] / "docs"

#: places of nn that are tables of functions
HELPERS = {"nn.utils", "nn.Jacobian", "nn.SparseJacobian", "nn.hessian", "nn.tables", "nn.THNN"}


def places(*pages: Path) -> Counter:
    """Names of the explicit anchors in pages."""
    return Counter(name for page in pages for name in re.findall(r'<a name="([^"]+)"></a>', page.read_text()))


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    """A runtime with the documented packages."""
    runtime = LuaRuntime()
    runtime.execute("require 'nn'; require 'optim'; require 'image'")
    return runtime


def names(lua: LuaRuntime, package: str, condition: str) -> set[str]:
    """Names `package.key` of the entries for which a Lua condition over key and value holds."""
    return set(
        lua.eval(
            f"""(function()
              local list = {{}}
              for key, value in pairs({package}) do
                if {condition} then list[#list + 1] = '{package}.' .. key end
              end
              return list
            end)()"""
        ).to_plain()
    )


def test_classes_of_nn(lua) -> None:
    found = places(*(DOCS / "nn").glob("*.md"))
    assert set(found) - HELPERS == names(lua, "nn", "torch.getmetatable('nn.' .. key)")
    assert set(found) >= HELPERS
    assert max(found.values()) == 1


def test_the_list_of_all_classes() -> None:
    listed = re.findall(r"^\[(\w+)\]\((\w+\.md)#nn\.(\w+)\)", (DOCS / "nn" / "README.md").read_text(), re.MULTILINE)
    assert [name for name, _, _ in listed] == sorted(
        name.removeprefix("nn.") for name in set(places(*(DOCS / "nn").glob("*.md"))) - HELPERS
    )
    assert all(name == anchor for name, _, anchor in listed)


def test_optimisers(lua) -> None:
    found = places(DOCS / "optim.md")
    assert set(found) == names(lua, "optim", "key:sub(1, 1) ~= '_'")
    assert max(found.values()) == 1


def test_functions_of_image(lua) -> None:
    found = places(DOCS / "image.md")
    assert set(found) == names(lua, "image", "key:sub(1, 1) ~= '_'")
    assert max(found.values()) == 1


@pytest.mark.parametrize("name", sorted(places(*(DOCS / "nn").glob("*.md"))))
def test_an_entry_shows_how_the_class_is_made(name: str) -> None:
    """The first line of an entry is the constructor, as the class's file has it, or says whose it is."""
    text = next(page.read_text() for page in (DOCS / "nn").glob("*.md") if f'<a name="{name}"></a>' in page.read_text())
    entry = text.split(f'<a name="{name}"></a>')[1].split("<a name=")[0]
    assert re.match(rf"\n##+ {re.escape(name)}\n", entry)
    if name not in HELPERS:
        assert f"`{name}(" in entry
        assert "PyTorch" in entry
