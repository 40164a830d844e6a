"""How the native libraries are linked."""

from __future__ import annotations

import sys

import pytest

from pytorch_fbcunn_compat import _native
from pytorch_fbcunn_compat._build import plan


@pytest.mark.skipif(sys.platform != "linux", reason="names of shared libraries are those of Linux")
def test_the_bridge_shares_the_standard_library_with_torch() -> None:
    # A copy of libstdc++ inside the bridge crashed in the first stream that torch wrote to.
    assert b"libstdc++.so.6\0" in open(_native.bridge_library(), "rb").read()


def test_a_compiler_with_an_archive_only_is_given_the_library_in_use(tmp_path, monkeypatch) -> None:
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\necho libstdc++.so\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("CXX", str(compiler))
    [library] = plan._standard_library()
    assert "libstdc++.so.6" in library and library in plan._link("torch_cpu")
    monkeypatch.delenv("CXX")
    assert plan._standard_library() == []
