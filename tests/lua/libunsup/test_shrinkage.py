"""What the package unsup had in C."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat import LuaRuntime


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    runtime = LuaRuntime()
    runtime.execute("require 'libunsup'")
    return runtime


@pytest.mark.parametrize("kind", ["Float", "Double"])
def test_elements_move_towards_zero(lua, kind: str) -> None:
    values, returned = lua.execute(
        f"local t = torch.{kind}Tensor {{ -2, -0.5, 0, 0.5, 3 }} local r = t:shrinkage(0.5) return t:totable(), r"
    )
    assert list(values.values()) == [-1.5, 0, 0, 0, 2.5]
    assert returned == 0.5


def test_a_negative_distance_is_refused(lua) -> None:
    message = lua.execute("local _, m = pcall(function() torch.ones(2):shrinkage(-1) end) return m")
    assert "Lambda should be non-negative" in message


def test_classes_have_a_place(lua) -> None:
    assert lua.execute("torch.class('unsup.Odd') return torch.type(unsup.Odd())") == "unsup.Odd"
