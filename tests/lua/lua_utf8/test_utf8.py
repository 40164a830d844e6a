"""lua-utf8: characters of UTF-8 text."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture
def u(lua: LuaRuntime) -> LuaRuntime:
    lua.execute("u = require 'lua-utf8'; word = 'zażółć'; word2 = 'aé€😀z'")
    return lua


@pytest.mark.parametrize("code", [0, 0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF])
def test_characters_are_those_of_utf8(u: LuaRuntime, code: int) -> None:
    assert u.eval(f"u.char({code})") == chr(code)
    assert u.eval(f"u.codepoint(u.char({code}))") == code


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("u.len(word)", 6),
        ("u.len('abc\\200')", (None, 4)),
        ("u.len(word2, 2, 4)", 2),
        ("u.char(97, 233, 8364)", "aé€"),
        ("u.char(0x7fffffff):byte(1, -1)", (0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF)),
        ("u.codepoint(word2, 1, -1)", (97, 233, 8364, 0x1F600, 122)),
        ("u.offset(word2, 3)", 4),
        ("u.offset(word2, -1)", 11),
        ("u.offset(word2, 0, 5)", 4),
        ("u.offset(word2, 9)", None),
        ("u.next(word2, 2)", (4, 8364)),
        ("u.next(word2)", (1, 97)),
        ("u.next('a', 1)", None),
        ("u.sub(word, 3, 4)", "żó"),
        ("u.sub(word, -2)", "łć"),
        ("u.byte(word, 3)", 0x17C),
        ("u.reverse(word2)", "z😀€éa"),
        ("u.upper(word)", "ZAŻÓŁĆ"),
        ("u.lower('ÀÉ')", "àé"),
        ("u.width('a日本')", 5),
        ("u.ncasecmp('Straße', 'STRAßE')", 0),
        ("u.insert(word2, 3, '-')", "aé-€😀z"),
        ("u.remove(word2, 2, 3)", "a😀z"),
        ("u.escape('%123%{8364}%x{41}%%')", "{€A%"),
        ("u.find(word, 'ó')", (4, 4)),
        ("u.find(word, '(ż)(.)')", (3, 4, "ż", "ó")),
        ("u.find(word, 'ł', 1, true)", (5, 5)),
        ("u.find(word, 'a', 3)", None),
        ("u.match('klucz = wartość', '(%w+)%s*=%s*(%w+)')", ("klucz", "wartość")),
        ("u.match('«ab»', '^«(.-)»$')", "ab"),
        ("u.match('x(é(y))z', '%b()')", "(é(y))"),
        ("u.match('THE (quick) fox', '%f[%a]%a+%f[%A]', 5)", "quick"),
        ("u.match('éaé', '(é)a%1')", "é"),
        ("u.match(word, '[à-ž]+')", "żółć"),
        ("u.match(word, '[^a-z]+')", "żółć"),
        ("u.match(word, '()ó()')", (4, 5)),
        ("u.gsub(word, '[żó]', {['ż'] = 'Z'})", ("zaZółć", 2)),
        ("u.gsub(word, '.', '%0-', 2)", ("z-a-żółć", 2)),
        ("u.gsub(word, '(.)(.)', '%2%1')", ("azóżćł", 3)),
        ("u.gsub('abc', '', '.')", (".a.b.c.", 4)),
        ("u.gsub('aé', '%a', function(c) return c == 'é' and 'e' or nil end)", ("ae", 2)),
        ("u.gsub('aaa', '^a', 'é')", ("éaa", 1)),
    ],
)
def test_functions(u: LuaRuntime, expression: str, answer: object) -> None:
    assert u.eval(expression) == answer


def test_iterators(u: LuaRuntime) -> None:
    u.execute("t = {} for p, c in u.next, word2 do t[#t + 1] = p .. ':' .. c end")
    assert u.eval("table.concat(t, ' ')") == "1:97 2:233 4:8364 7:128512 11:122"
    u.execute("t = {} for p, c in u.codes('é!') do t[#t + 1] = p .. ':' .. c end")
    assert u.eval("table.concat(t, ' ')") == "1:233 3:33"
    u.execute("t = {} for w in u.gmatch('ąę, łó', '%a+') do t[#t + 1] = w end")
    assert u.eval("table.concat(t, '|')") == "ąę|łó"


@pytest.mark.parametrize(
    "pattern", ["", "%d+", "(%a*)(%d*)", "a.-b", "[%w_]+$", "^%s*(.-)%s*$", "%f[%w]%w+", "x?y", "[]]", "[^%s]", "%%"]
)
@pytest.mark.parametrize("text", ["", "abc 123 x_y", "  a1b2  ", "y]%", "aXXbXXb"])
def test_ascii_is_matched_as_by_string(u: LuaRuntime, pattern: str, text: str) -> None:
    u.globals["p"], u.globals["t"] = pattern, text
    assert u.eval("u.find(t, p)") == u.eval("string.find(t, p)")
    assert u.eval("u.match(t, p)") == u.eval("string.match(t, p)")
    assert u.eval("u.gsub(t, p, '<%0>')") == u.eval("string.gsub(t, p, '<%0>')")


def test_malformed_patterns_are_refused(u: LuaRuntime) -> None:
    for pattern, message in (("[a", "missing ']'"), ("%", "ends with '%'"), ("(a", "unfinished capture")):
        with pytest.raises(LuaError, match=message.replace("'", ".")):
            u.execute(f"u.find('a', '{pattern}')")
