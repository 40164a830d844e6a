"""MD5 sums, against Python's."""

from __future__ import annotations

import hashlib

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.mark.parametrize("length", [0, 1, 3, 54, 55, 56, 57, 63, 64, 65, 119, 120, 1000, 100_001])
def test_sums_are_those_of_rfc_1321(length: int) -> None:
    lua = LuaRuntime(encoding=None)
    text = bytes(i * 7 % 256 for i in range(length))
    lua.globals[b"text"] = text
    assert lua.eval("require('md5').sumhexa(text)") == hashlib.md5(text).hexdigest().encode()
    assert lua.eval("require('md5').sum(text)") == hashlib.md5(text).digest()


def test_exclusive_or_and_errors(lua: LuaRuntime) -> None:
    lua.execute("md5 = require 'md5'")
    assert lua.eval("md5.exor(md5.exor('abc', 'xyz'), 'xyz')") == "abc"
    with pytest.raises(LuaError, match="a string is expected, got a nil"):
        lua.execute("md5.sum()")
    with pytest.raises(LuaError, match="md5.crypt is not supported; use the openssl command"):
        lua.execute("md5.crypt('a', 'b')")
