"""One Lua state for all tests of a file about the package nngraph."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime


@pytest.fixture(scope="module")
def lua() -> LuaRuntime:
    """Shared by the tests of a file, which leave no global state behind."""
    return LuaRuntime()
