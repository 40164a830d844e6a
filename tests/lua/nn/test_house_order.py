"""The files of lua/nn keep the layout that CONTRIBUTING.md describes: a reader always knows where to look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "lua" / "nn"
LISTED = re.search(r"class_names = \[\[(.*?)\]\]", (FOLDER / "init.lua").read_text(), re.DOTALL)[1].split()
HELPERS = {"init", "utils", "tables", "hessian", "Jacobian", "SparseJacobian"}

PLACES = {
    "__init": 0,
    "reset": 1,
    "updateOutput": 2,
    "updateGradInput": 3,
    "accGradParameters": 4,
    "type": 5,
    "clearState": 5,
    "read": 6,
    "write": 6,
    "__tostring__": 7,
}


def test_every_class_has_a_file_of_its_name() -> None:
    assert sorted(LISTED) == sorted(file.stem for file in FOLDER.glob("*.lua") if file.stem not in HELPERS)
    assert len(LISTED) == 190


@pytest.mark.parametrize("name", LISTED)
def test_the_file_begins_with_the_class_and_its_methods_are_in_order(name: str) -> None:
    text = (FOLDER / f"{name}.lua").read_text()
    assert text.startswith(f"--- nn.{name}(")
    assert text.count("torch.class(") == 1
    assert f"torch.class('nn.{name}'" in text
    methods = [method for method in re.findall(r"^function \w+[:.](\w+)\(", text, re.MULTILINE) if method in PLACES]
    assert [PLACES[method] for method in methods] == sorted(PLACES[method] for method in methods)
    assert len(text.splitlines()) < 400
