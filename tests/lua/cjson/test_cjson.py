"""cjson and cjson.safe."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute("cjson, safe = require 'cjson', require 'cjson.safe'")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, -2.5e3, 0.1, true, false], "b": {}}', {"a": [1, -2500, 0.1, True, False], "b": {}}),
        (r'["\u00e9\ud83d\ude00\n\"\/"]', ['é😀\n"/']),
        ("[123456789012345678]", [1.2345678901234568e17]),
        ("[]", {}),
        (' "x" ', "x"),
    ],
)
def test_texts_become_values(lua: LuaRuntime, text: str, value: object) -> None:
    lua.globals["text"] = text
    found = lua.eval("cjson.decode(text)")
    assert (found.to_plain() if hasattr(found, "to_plain") else found) == value


def test_null_is_a_value_of_its_own(lua: LuaRuntime) -> None:
    assert lua.eval("cjson.decode('[null]')[1] == cjson.null, cjson.null == nil, type(cjson.null)") == (
        True,
        False,
        "userdata",
    )
    assert lua.eval("#cjson.decode '[1, null, null]'") == 3
    assert lua.eval("tostring(cjson.null)") == "userdata: NULL"
    other = lua.eval("(function(x) return tostring(debug.upvalueid(function() return x end, 1)) end)(1)")
    assert other.startswith("userdata: 0x")
    assert lua.eval("cjson.encode{1, cjson.null}, cjson.encode(nil)") == ("[1,null]", "null")
    assert lua.eval("safe.null == cjson.null and cjson.new().null == cjson.null") is True


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{}", "{}"),
        ("{1, 'two', {3}}", '[1,"two",[3]]'),
        ("{[3] = 1}", "[null,null,1]"),
        ("{['1'] = 'x'}", '{"1":"x"}'),
        ("{[1.5] = 'x'}", '{"1.5":"x"}'),
        ("1 / 3", "0.33333333333333"),
        ("1e15", "1e+15"),
        ("2 ^ 31", "2147483648"),
        ("'a/b\\\\\"\\n\\0\\127é'", '"a\\/b\\\\\\"\\n\\u0000\\u007fé"'),
    ],
)
def test_values_become_texts(lua: LuaRuntime, value: str, text: str) -> None:
    assert lua.eval(f"cjson.encode({value})") == text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("cjson.decode '{\"a\": '", "Expected value but found T_END at character 7"),
        ("cjson.decode '[1 2]'", "Expected comma or array end but found T_NUMBER at character 4"),
        ("cjson.decode '{1: 2}'", "Expected object key string but found T_NUMBER at character 2"),
        ("cjson.decode '[01'", "Expected comma or array end but found T_END at character 4"),
        ("cjson.decode '\"\\\\x\"'", "Expected value but found invalid escape code at character 2"),
        ("cjson.decode '\"abc'", "Expected value but found unexpected end of string"),
        ("cjson.decode(('['):rep(1001))", r"Found too many nested data structures \(1001\) at character 1001"),
        ("cjson.encode(0/0)", "Cannot serialise number: must not be NaN or Infinity"),
        ("cjson.encode{[1] = 1, [100] = 2}", "Cannot serialise table: excessively sparse array"),
        ("cjson.encode{print}", "Cannot serialise function: type not supported"),
        ("cjson.encode{[true] = 1}", "Cannot serialise boolean: table key must be a number or string"),
        ("(function() local t = {} t[1] = t return cjson.encode(t) end)()", r"excessive nesting \(1001\)"),
        ("{cjson.decode()}", r"bad argument #1 to 'decode' \(expected 1 argument\)"),
    ],
)
def test_errors_say_what_and_where(lua: LuaRuntime, call: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.eval(call)


def test_the_safe_module_returns_errors(lua: LuaRuntime) -> None:
    assert lua.eval("safe.decode '{'") == (
        None,
        "Expected object key string but found T_END at character 2",
    )
    assert lua.eval("safe.encode(print)")[0] is None
    assert lua.eval("safe.decode '[1]'").to_list() == [1]


def test_settings_belong_to_their_module(lua: LuaRuntime) -> None:
    lua.execute("other = cjson.new() other.encode_number_precision(3) other.encode_invalid_numbers 'null'")
    assert lua.eval("other.encode{1 / 3, 0 / 0}, cjson.encode{1 / 3}") == ("[0.333,null]", "[0.33333333333333]")
    assert lua.eval("other.encode_sparse_array(true, 2, 3), other.encode{[100] = 1}") == (True, '{"100":1}')
    lua.execute("other.decode_invalid_numbers(false)")
    assert lua.eval("cjson.decode '0x10', pcall(other.decode, '0x10')")[:2] == (16, False)
    lua.execute("other.decode_max_depth(1)")
    assert lua.eval("pcall(other.decode, '[[1]]')")[0] is False


def test_files_of_any_bytes(lua: LuaRuntime) -> None:
    runtime = LuaRuntime(encoding=None)
    runtime.globals["text"] = bytes(set(range(1, 256)) - {0})
    assert runtime.execute("local c = require 'cjson' return c.decode(c.encode(text)) == text") is True


plain_values = st.recursive(
    st.booleans()
    | st.integers(-(2**45), 2**45)
    | st.floats(-1e10, 1e10).map(lambda x: round(x, 3))
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4) | st.dictionaries(st.text("abc", min_size=1), inner, min_size=1)
    ),
    max_leaves=10,
)
shared_runtime: list[LuaRuntime] = []


@given(plain_values)
@settings(max_examples=60, deadline=None)
def test_agrees_with_python(value: object) -> None:
    if not shared_runtime:
        shared_runtime.append(LuaRuntime())
    runtime = shared_runtime[0]
    runtime.globals["text"] = json.dumps(value)
    assert json.loads(runtime.execute("local c = require 'cjson' return c.encode(c.decode(text))")) == value
