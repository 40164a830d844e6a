"""A bridge built for another torch is never loaded: it is refused by its stamp and built anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

from pytorch_fbcunn_compat import _native


@pytest.fixture
def foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library folder whose bridge carries the stamp of another torch version, and an empty cache."""
    folder = tmp_path / "lib"
    folder.mkdir()
    data = (_native.LIBRARY_FOLDER / _native.BRIDGE).read_bytes()
    stamp = _native.STAMP.search(data)
    assert stamp is not None
    other = b"9" * len(stamp.group(1))
    (folder / _native.BRIDGE).write_bytes(data[: stamp.start(1)] + other + data[stamp.end(1) :])
    (folder / _native.handles_name()).write_bytes(b"")
    monkeypatch.setattr(_native, "LIBRARY_FOLDER", folder)
    monkeypatch.setenv("FBCUNN_CACHE", str(tmp_path / "cache"))
    _native.bridge_folder.cache_clear()
    yield folder
    _native.bridge_folder.cache_clear()


def test_the_stamp_is_the_torch_it_was_built_for() -> None:
    stamp = _native.stamp_of(_native.bridge_folder() / _native.BRIDGE)
    assert stamp is not None
    assert stamp.split("+")[0] == torch.__version__.split("+")[0]


@pytest.mark.slow
def test_a_foreign_bridge_is_rebuilt_into_the_cache(foreign: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = _native.bridge_folder()
    assert folder == _native.cache_folder()
    assert ".".join(_native.stamp_of(folder / _native.BRIDGE).split(".")[:2]) == _native.torch_minor()
    assert "compiling it for torch" in capfd.readouterr().err


def test_when_it_cannot_be_rebuilt_the_message_says_what_to_run(foreign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytorch_fbcunn_compat import _build

    def fail(*args: object, **options: object) -> None:
        raise _build.BuildError("no compiler")

    monkeypatch.setattr(_build, "run", fail)
    with pytest.raises(_native.NativeLibraryError, match=re.escape("python -m pytorch_fbcunn_compat._build")):
        _native.bridge_library()


def test_the_header_lua_reads_has_no_preprocessor_lines() -> None:
    header = _native.bridge_header()
    assert "fbl_tensor_new" in header
    assert not any(line.startswith("#") for line in header.splitlines())
