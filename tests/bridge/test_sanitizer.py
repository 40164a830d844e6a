"""``make asan``: the sanitised libraries are the ones under test, and what they find does not pass unnoticed."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from pytorch_fbcunn_compat import _native
from pytorch_fbcunn_compat._build import sanitized_plan

# FBCUNN_LIBRARIES may name any libraries; the sanitizer's options are set by make asan alone.
sanitized = pytest.mark.skipif("ASAN_OPTIONS" not in os.environ, reason="runs in make asan")

# Two sizes where three are announced.
OVERRUN = """
require 'torch'
local ffi = require 'ffi'
local C = require('bridge').C
ffi.cdef 'void *malloc(size_t);'
local sizes = ffi.cast('int64_t*', ffi.C.malloc(16))
sizes[0], sizes[1] = 2, 3
C.fbl_tensor_new(ffi.new('fbl_tensor'), C.FBL_FLOAT, -1, 3, sizes)
"""


def test_every_library_of_the_cpu_is_instrumented() -> None:
    plan = sanitized_plan()
    assert {target.name for target in plan.targets} == {
        _native.HOST, _native.OPERATORS, _native.BRIDGE, _native.handles_name(),
    }  # fmt: skip
    for target in plan.targets:
        assert any("-fsanitize=address" in flag for flag in target.compile_flags), target.name
        assert any("-fsanitize=address" in flag for flag in target.link_flags), target.name


@sanitized
def test_the_libraries_under_test_are_the_sanitized_ones() -> None:
    for name in (_native.BRIDGE, _native.OPERATORS, _native.HOST):
        assert b"__asan_init" in (_native.LIBRARY_FOLDER / name).read_bytes()
    assert _native.bridge_folder() == _native.LIBRARY_FOLDER


@sanitized
def test_an_overrun_stops_the_process() -> None:
    script = f"from pytorch_fbcunn_compat import LuaRuntime; LuaRuntime().execute({OVERRUN!r})"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.returncode != 0
    assert re.search(r"AddressSanitizer: heap-buffer-overflow(.|\n)*fbl_tensor_new", result.stderr)
