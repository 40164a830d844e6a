"""Lua 5.2's bit32."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("band(0xFF00FF00, 0x0FF00FF0)", 0x0F000F00),
        ("band()", 2**32 - 1),
        ("bor(1, 2 ^ 31)", 2**31 + 1),
        ("bxor(0xFFFFFFFF, 1)", 0xFFFFFFFE),
        ("bnot(0)", 2**32 - 1),
        ("btest(6, 4)", True),
        ("lshift(1, 31)", 2**31),
        ("lshift(1, 32)", 0),
        ("lshift(8, -3)", 1),
        ("rshift(0x80000000, 31)", 1),
        ("arshift(0x80000000, 31)", 2**32 - 1),
        ("lrotate(0x80000001, 1)", 3),
        ("rrotate(1, 1)", 2**31),
        ("extract(0xABCD, 4, 8)", 0xBC),
        ("replace(0xABCD, 0xF, 4, 4)", 0xABFD),
        ("band(-1, 0xFF)", 0xFF),
        ("bor(2 ^ 52 + 3)", 3),
    ],
)
def test_operations_are_on_unsigned_words(lua: LuaRuntime, expression: str, answer: object) -> None:
    assert lua.eval(f"require('bit32').{expression}") == answer
