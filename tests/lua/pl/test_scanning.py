"""Penlight's modules that take text apart, and those for tables of rows and permutations."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


def tokens(lua: LuaRuntime, call: str) -> list[tuple[str, object]]:
    lua.execute(f"lexer = require 'pl.lexer'; t = {{}}; for k, v in {call} do t[#t + 1] = {{k, v}} end")
    return [tuple(pair) for pair in lua.eval("t").to_plain()]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("lexer.scan '20 = hello'", [("number", 20), ("=", "="), ("iden", "hello")]),
        ("lexer.scan('a 1', nil, {}, {})", [("iden", "a"), ("space", " "), ("number", "1")]),
        ("lexer.scan [['it' \"a \\\" b\" +.5e1]]", [("string", "it"), ("string", 'a \\" b'), ("number", 5)]),
        ("lexer.lua 'x>=10+2 .. 3 -- c'", [("iden", "x"), (">=", ">="), ("number", 10), ("+", "+"), ("number", 2),
                                         ("..", ".."), ("number", 3)]),
        ("lexer.lua('--[[a\\nb]] [=[\\nx]=] if', {})", [("comment", "--[[a\nb]]"), ("space", " "), ("string", "x"),
                                                       ("space", " "), ("keyword", "if")]),
        ("lexer.cpp \"int c='x'; // e\"", [("keyword", "int"), ("iden", "c"), ("=", "="), ("char", "x"), (";", ";")]),
    ],
)  # fmt: skip
def test_tokens(lua: LuaRuntime, call: str, answer: list) -> None:
    assert tokens(lua, call) == answer


def test_actions_may_return_or_yield(lua: LuaRuntime) -> None:
    lua.execute(
        """
        rules = {{'%a+', function(text) return 'word', text:upper() end},
                 {'%s+', function() end},
                 {'^%d', function(text) return coroutine.yield('digit', text) end}}
        """
    )
    assert tokens(lua, "lexer.scan('ab 1?', rules, {}, {})") == [("word", "AB"), ("digit", "1"), ("?", "?")]


def test_scanner_answers_where_it_is(lua: LuaRuntime) -> None:
    lua.execute("lexer = require 'pl.lexer'; tok = lexer.lua 'f(a, b)\\nrest of it\\nlast'")
    assert lua.eval("lexer.lineno(tok)") == 0
    assert lua.eval("lexer.expecting(tok, 'iden'), lexer.expecting(tok, '(')") == ("f", "(")
    lists = lua.eval("(lexer.get_separated_list(tok))").to_plain()
    assert lists == [[["iden", "a"]], [["iden", "b"]]]
    assert lua.eval("lexer.getline(tok), lexer.getline(tok), lexer.getrest(tok)") == ("", "rest of it", "last")
    assert lua.eval("lexer.lineno(tok)") == 3
    lua.execute("lexer.insert(tok, 'iden', 'again')")
    assert lua.eval("tok()") == ("iden", "again")
    with pytest.raises(LuaError, match=r"expecting \), got nil"):
        lua.execute("lexer.expecting(tok, ')')")


@pytest.mark.parametrize(
    ("pattern", "line", "answer"),
    [
        ("ref=$S{file}:$d{line}", "see ref=c:\\a.txt:53", {"file": "c:\\a.txt", "line": 53}),
        ("($i{x}, $i{y})", "( +2,-3 )", None),
        ("( $i{x} , $i{y} )", "( +2,-3 )", {"x": 2, "y": -3}),
        ("$v = $q", 'name="a b"', ["name", "a b"]),
        ("$v is $", "this is the rest ", ["this", "the rest "]),
        ("$v $d", "age23", None),
        ("f$({args}", "f(a(b))", {"args": "a(b)"}),
        ("$f", "x 2.5e-3", [0.0025]),
    ],
)
def test_simple_input_patterns(lua: LuaRuntime, pattern: str, line: str, answer: object) -> None:
    lua.globals["p"], lua.globals["l"] = pattern, line
    matched = lua.eval("(function() r = {}; return require('pl.sip').match(p, l, r) end)()")
    assert matched is (answer is not None)
    if matched:
        assert lua.eval("r").to_plain() == answer


def test_urls(lua: LuaRuntime) -> None:
    lua.execute("url = require 'pl.url'")
    assert lua.eval("url.quote(' -_./é'), url.quote('a b/', true)") == ("%20-_./%C3%A9", "a+b%2F")
    assert lua.eval("url.unquote('%20+%zz'), url.quote(5)") == ("  %zz", 5)


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("C 'x^2 for x if x > 1' {1, 2, 3}", [4, 9]),
        ("C '{x, y} for x for y' ({1, 2}, {3})", [[1, 3], [2, 3]]),
        ("C 'sum(x * _1 for x = 1, 3)' (10)", 60),
        ("C 'max(x for x)' {1, 44, 0}", 44),
        ("C 'table(v, k for k, v in pairs(_1))' {a = 'b'}", {"b": "a"}),
        ("C '(function() for i = 1, 1 do if x then return -x end end end)() for x' {2}", [-2]),
    ],
)
def test_comprehensions(lua: LuaRuntime, expression: str, answer: object) -> None:
    lua.execute("C = require('pl.comprehension').new()")
    found = lua.eval(expression)
    assert (found.to_plain() if hasattr(found, "to_plain") else found) == answer


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("a.transpose(m)", [[1, 4], [2, 5], [3, 6]]),
        ("a.reduce_rows('+', m)", [6, 15]),
        ("a.reduce_cols('+', m)", [5, 7, 9]),
        ("a.reduce2('+', '*', m)", 126),
        ("a.map2('+', 1, 2, {10, 20, 30}, m)", [[11, 22, 33], [14, 25, 36]]),
        ("a.product('..', {1, 2}, {'a', 'b'})", [["1a", "2a"], ["1b", "2b"]]),
        ("a.reshape(m, 3)", [[1, 2], [3, 4], [5, 6]]),
        ("a.reshape(m, 3, true)", [[1, 4], [2, 5], [3, 6]]),
        ("a.slice(m, 1, -2)", [[2, 3], [5, 6]]),
        ("a.slice(m, 2, 1, 2, 2)", [4, 5]),
        ("a.range(m, 'B1:C2')", [[2, 3], [5, 6]]),
        ("a.range(m, 'R2C3')", 6),
        ("a.extract_cols(m, {3, 1})", [[3, 1], [6, 4]]),
    ],
)
def test_tables_of_rows(lua: LuaRuntime, expression: str, answer: object) -> None:
    lua.execute("a = require 'pl.array2d'; m = {{1, 2, 3}, {4, 5, 6}}")
    found = lua.eval(expression)
    assert (found.to_plain() if hasattr(found, "to_plain") else found) == answer


def test_permutations(lua: LuaRuntime) -> None:
    lua.execute("p = require 'pl.permute'")
    assert lua.eval("p.order_table{1, 2, 3}").to_plain() == [
        [2, 3, 1], [3, 2, 1], [3, 1, 2], [1, 3, 2], [2, 1, 3], [1, 2, 3],
    ]  # fmt: skip
    lua.execute("t = {}; for i, a, b in p.list_iter({1, 2}, {'x', 'y'}) do t[i] = a .. b end")
    assert lua.eval("t").to_plain() == ["1x", "2x", "1y", "2y"]
    lua.execute("n = 0; for order in p.iter{1, 2, 3, 4} do n = n + 1 end")
    assert lua.eval("n") == 24
