"""One Lua state with nn loaded, for tests that leave no traces in it."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat import LuaRuntime


@pytest.fixture(scope="session")
def nn() -> LuaRuntime:
    """A runtime in which nn is loaded; tensors are double unless a test says otherwise."""
    runtime = LuaRuntime()
    runtime.execute("require 'torch'; require 'nn'; torch.setnumthreads(1)")
    return runtime
