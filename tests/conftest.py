"""Fixtures common to all tests."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference material beside the checkout: golden .t7 files, recorded outputs of the real Torch7."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"the reference material is not at {folder}")
    return folder


@pytest.fixture
def lua():
    """A fresh LuaRuntime."""
    from pytorch_fbcunn_compat import LuaRuntime

    return LuaRuntime()
