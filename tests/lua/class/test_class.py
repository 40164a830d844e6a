"""The class package, which is independent of Torch's classes."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def classes(lua: LuaRuntime) -> None:
    lua.execute(
        """
        class = require 'class'
        A = class('A')
        function A:__init(x) self.x = x end
        B, parent = class.new('B', 'A')
        function B:twice() return self.x * 2 end
        """
    )


def test_instances(lua: LuaRuntime) -> None:
    assert lua.eval("A(1).x, B(2):twice(), B.new(3).x") == (1, 4, 3)
    lua.execute("function A:later() return self.x end")
    assert lua.eval("B(5):later()") == 5
    assert lua.eval("class.factory('B').x") is None
    assert lua.eval(
        "class.metatable('A') == getmetatable(A(1)), parent == class.metatable('A'), class.metatable('C')"
    ) == (
        True,
        True,
        None,
    )


def test_types(lua: LuaRuntime) -> None:
    assert lua.eval("class.type(B(1)), class.type({}), class.type(1)") == ("B", "table", "number")
    assert lua.eval("class.istype(B(1), 'A'), class.istype(A(1), 'B'), class.istype(A(1), 'table')") == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("class('A')", "class <A> already exists"),
        ("class('C', 'Nope')", "parent class <Nope> does not exist"),
        ("class.factory('Nope')", "unknown class <Nope>"),
        ("class(5)", "a class name is expected, got number"),
    ],
)
def test_mistakes(lua: LuaRuntime, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.execute(code)


def test_ffi_types_can_be_classes(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local ffi = require 'ffi'
        ffi.cdef 'typedef struct class_test_point { double x, y; } class_test_point;'
        P = class('P', ffi.typeof 'class_test_point')
        function P:__init(x) self.x = x end
        """
    )
    assert lua.eval("P(4).x, class.type(P(1)), class.istype(P(1), 'P')") == (4, "P", True)
