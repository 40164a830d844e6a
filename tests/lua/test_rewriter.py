"""The chunk rewriter: what it changes, what it leaves alone, and that rewritten programs compute the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytorch_fbcunn_compat import LuaRuntime
from pytorch_fbcunn_compat.lua import LuaSyntaxError
from pytorch_fbcunn_compat.lua.rewriter import rewrite

UNCHANGED = [
    b"local x = 1",
    b"x = #'text' + #\"text\" + #[[text]] + #[==[ #t ]==]",
    b"x = #{1, 2, 3}",
    b"x = #({1})",
    b"-- #t\n--[[ #t ]] x = '#t'",
    b"#!/usr/bin/env th\nprint(1)",
    b"\x1bLJ\x02 #t",
    b"x = '\\'#t'",
]


@pytest.mark.parametrize("source", UNCHANGED)
def test_text_without_a_length_that_could_differ_stays_as_it_is(source):
    assert rewrite(source) == source


REWRITTEN = {
    b"x=#t": b'x=(("").__len(t,"t"))',
    b"x=-#t": b'x=-(("").__len(t,"t"))',
    b"x=##t": b'x=(("").__len((("").__len(t,"t"))))',
    b"x=#t[i].x+1": b'x=(("").__len(t[i].x,".x"))+1',
    b"x=#t^2": b'x=(("").__len(t^2))',
    b"x=2^#t": b'x=2^(("").__len(t,"t"))',
    b"x=#a..b": b'x=(("").__len(a,"a"))..b',
    b"x=#t:f'x'{1}[2]": b"x=((\"\").__len(t:f'x'{1}[2]))",
    b"return#t;": b'return(("").__len(t,"t"));',
    b"f(#...)": b'f((("").__len(...)))',
    b"x={#a,[#b]=#c;y=#d}": b'x={(("").__len(a,"a")),[(("").__len(b,"b"))]=(("").__len(c,"c"));y=(("").__len(d,"d"))}',
    b"x=#\nt": b'x=(("").__len(\nt,"t"))',
    b"x=#{#t}": b'x=#{(("").__len(t,"t"))}',
    b"x=#--[[#]]t": b'x=(("").__len(--[[#]]t,"t"))',
    b"#!th\nx=#t": b'#!th\nx=(("").__len(t,"t"))',
    b"\xef\xbb\xbfx=#t": b'\xef\xbb\xbfx=(("").__len(t,"t"))',
    b"x='\0'..#t": b'x=\'\0\'..(("").__len(t,"t"))',
    b"x='\xff' y=#t\xe9": b'x=\'\xff\' y=(("").__len(t\xe9,"t\xe9"))',
    b"goto a ::a:: x=#t": b'goto a ::a:: x=(("").__len(t,"t"))',
    b"x=0x1p4+#t+1LL+2i": b'x=0x1p4+(("").__len(t,"t"))+1LL+2i',
}


@pytest.mark.parametrize("source", REWRITTEN)
def test_length_becomes_a_call(source):
    assert rewrite(source) == REWRITTEN[source]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("local x = 1;; ; return x", 1),
        ("; return 2", 2),
        ("do ; end while false do ; end if nil then ; end return 3", 3),
        ("local n = 0 while true do n = n + 1 if n > 3 then break end end return n", 4),
        ("while true do break; local x = 1 end return 5", 5),
        ("local function f(x) return x end\nlocal y = f\n(6)\nreturn y", 6),
        ("local t = {f = function(_, x) return x end}\nreturn t:f -- comment\n(\n7)", 7),
        ("local t = setmetatable({}, {__len = function() return 8 end});; return #t", 8),
    ],
)
def test_statements_of_lua_5_2_are_accepted(lua, source, expected):
    assert lua.execute(source) == expected


def test_a_syntax_error_is_reported_about_the_text_as_written(lua):
    with pytest.raises(LuaSyntaxError, match=r"^\(python\):3: unexpected symbol near '#'$"):
        lua.execute("local t = {}\nlocal n = #t\n# = 3")
    with pytest.raises(LuaSyntaxError, match=r"^\(python\):2: '=' expected near '<eof>'$"):
        lua.execute("local a = #{}\nfoo")


def test_deeply_nested_text_is_rewritten(lua):
    assert lua.eval("#" + "(" * 150 + "'ab'" + ")" * 150) == 2
    assert lua.eval("-" * 0 + "- " * 100 + "#'abc'") == 3


def _expressions() -> st.SearchStrategy[str]:
    names = st.sampled_from(["t", "u.v", "s", "u[1]", "f()", "u:m()", "(t)", "{1,2}", "'xy'", "[[x]]", "f'a'", "f{1}"])
    lengths = st.recursive(
        names.map(lambda name: f"#{name}"),
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "==", "<", "..", "and", "or", "^", "%"]), inner).map(
                lambda parts: f"({' '.join(parts)})" if parts[1] in ("==", "<") else " ".join(parts)
            ),
            inner.map(lambda text: f"-{text}"),
            inner.map(lambda text: f"not {text}"),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"g({text}, #t)"),
            inner.map(lambda text: f"#{{{text}, {text}}}"),
            inner.map(lambda text: f"(function(...) return {text}, #... end)('a')"),
        ),
        max_leaves=8,
    )
    return lengths


_PRELUDE = """
local t, s = {1, 2, 3}, 'text'
local u = {{1}, v = {1, 2, 3, 4}, m = function() return {1, 2, 3, 4, 5} end}
local function f() return {1, 2, 3, 4, 5, 6}, 'more' end
local function g(a, b) return tonumber(b) or 0 end
return """


@pytest.fixture(scope="module")
def runtime():
    return LuaRuntime()


@settings(max_examples=200, deadline=None)
@given(_expressions())
def test_rewritten_expressions_have_the_value_of_the_original(runtime, expression):
    raw = runtime._lua.eval(
        "function(load, text) local f, e = load(text) if not f then return e end return pcall(f) end"
    )
    source = _PRELUDE + expression
    original = raw(runtime._lua.eval("require('compat').raw_load"), source)
    rewritten = raw(runtime._lua.eval("loadstring"), source)
    assert _comparable(rewritten) == _comparable(original)


def _comparable(results: object) -> object:
    # Messages of errors name the chunk by its first line, and a length operator by a call.
    if isinstance(results, tuple) and results[0] is False:
        return "error"
    return results


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text("#;()[]{}'\"-=.:,\n abtfunctioedrl0", max_size=60).map(str.encode))
def test_no_text_breaks_the_rewriter_and_lines_stay(source):
    for syntax in (False, True):
        assert rewrite(source, syntax=syntax).count(b"\n") == source.count(b"\n")
