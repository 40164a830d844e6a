"""Modules of Penlight that do not exist here say so by name."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError

NAMES = ("Date", "luabalanced", "xml")


@pytest.mark.parametrize("name", NAMES)
def test_asking_for_one_names_it_and_what_to_use(lua, name: str) -> None:
    with pytest.raises(LuaError, match=rf"pl\.{name} is not part of this Penlight; use .+"):
        lua.require(f"pl.{name}")
    assert lua.execute("return pcall(require, 'pl.' .. ...)", name)[0] is False
