"""Tests here need a CUDA device and a CUDA build of torch."""

from __future__ import annotations

import pytest
import torch


def pytest_collection_modifyitems(items):
    if torch.cuda.is_available():
        return
    skip = pytest.mark.skip(reason="no CUDA device")
    for item in items:
        if "tests/gpu/" in item.nodeid or item.path.parent.name == "gpu":
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _own_tuning_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FBCUNN_TUNE_CACHE", str(tmp_path / "tune.json"))
    if torch.cuda.is_available():
        from pytorch_fbcunn_compat.ops.conv import tuner

        tuner.clear()
