"""pl.stringx, pl.text, pl.pretty, pl.stringio and pl.template."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute("s, pretty, utils = require 'pl.stringx', require 'pl.pretty', require 'pl.utils'")


@pytest.mark.parametrize(
    ("expression", "pieces"),
    [
        ("s.split('  one  two ')", ["one", "two"]),
        ("s.split('a,b,,c,', ',')", ["a", "b", "", "c", ""]),
        ("s.split('a,b,c', ',', 2)", ["a", "b,c"]),
        ("s.split('a.b', '.')", ["a", "b"]),
        ("s.split('', ',')", []),
        ("s.splitlines 'a\\nb\\r\\nc\\n'", ["a", "b", "c"]),
        ("utils.split('a=b=c', '=', false, 2)", ["a", "b=c"]),
        ("{s.partition('a=b=c', '=')}", ["a", "=", "b=c"]),
        ("{s.rpartition('a=b=c', '=')}", ["a=b", "=", "c"]),
    ],
)
def test_texts_are_split(lua: LuaRuntime, expression: str, pieces: list[str]) -> None:
    assert lua.eval(expression).to_list() == pieces


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("s.strip('  a b \\n')", "a b"),
        ("s.strip('--[x]--', '-[]')", "x"),
        ("s.lstrip '  a '", "a "),
        ("s.rstrip '  a '", "  a"),
        ("s.startswith('abc', 'ab')", True),
        ("s.startswith('abc', {'x', 'a'})", True),
        ("s.endswith('model.t7', '.t7')", True),
        ("s.endswith('model_t7', '.t7')", False),
        ("s.endswith('x', 'longer')", False),
        ("s.replace('a.b.c', '.', '%1')", "a%1b%1c"),
        ("s.replace('aaa', 'a', 'b', 2)", "bba"),
        ("s.count('banana', 'ana')", 1),
        ("s.count('banana', 'ana', true)", 2),
        ("s.lfind('abcabc', 'c', 4)", 6),
        ("s.rfind('abcabc', 'a')", 4),
        ("s.join(', ', {1, 2})", "1, 2"),
        ("s.ljust('a', 3) .. s.rjust('b', 3, '*') .. s.center('c', 4)", "a  **b c  "),
        ("s.title 'hello WORLD'", "Hello World"),
        ("s.shorten('1234567890', 8)", "12345..."),
        ("s.expandtabs('\\tone', 4)", "    one"),
        ("s.isdigit '12'", True),
        ("s.isdigit ''", False),
        ("s.dedent '  a\\n    b\\n'", "a\n  b\n"),
        ("s.fill('one two three', 8)", "one two\nthree\n"),
    ],
)
def test_string_functions(lua: LuaRuntime, expression: str, answer: object) -> None:
    assert lua.eval(expression) == answer


def test_imported_functions_are_methods_of_texts(lua: LuaRuntime) -> None:
    lua.execute("s.import()")
    assert lua.eval("(' a,b '):strip():split(',')").to_list() == ["a", "b"]
    assert lua.eval("#('a,b'):split(',')") == 2, "the length operator of compiled chunks still works"


def test_the_format_operator(lua: LuaRuntime) -> None:
    lua.execute("require('pl.text').format_operator()")
    assert lua.eval("'%d items' % 3") == "3 items"
    assert lua.eval("'%s = %5.3f' % {'PI', math.pi}") == "PI = 3.142"
    assert lua.eval("'$name = ${value}!' % {name = 'dog', value = 1}") == "dog = 1!"


def test_templates(lua: LuaRuntime) -> None:
    assert lua.eval("s.Template('$a and $$ and ${b}'):substitute{a = 1, b = 2}") == "1 and $ and 2"
    assert lua.eval("s.Template('$a $b'):safe_substitute{a = 1}") == "1 $b"
    with pytest.raises(LuaError, match="not present in table b"):
        lua.eval("s.Template('$a $b'):substitute{a = 1}")
    text = "# for i = 1, 2 do\nrow $(i)\n# end\n"
    lua.globals["text"] = text
    assert lua.eval("(require('pl.template').substitute(text, {}))") == "row 1\nrow 2\n"
    nothing, message = lua.eval("require('pl.template').substitute('$(nothing.at.all)', {})")[:2]
    assert nothing is None and "nothing" in message


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{1, 2, 'x'}", '{1,2,"x"}'),
        ("{a = 1, [0] = true, ['b c'] = {}}", '{a=1,["b c"]={},[0]=true}'),
        ("{['end'] = 0.1}", '{["end"]=0.1}'),
        ("{1/0, -1/0}", "{Inf,-Inf}"),
    ],
)
def test_tables_are_written_in_order(lua: LuaRuntime, value: str, text: str) -> None:
    assert lua.eval(f"pretty.write({value}, '')") == text


def test_written_tables_are_read_back(lua: LuaRuntime) -> None:
    lua.execute("t = {1, 'two', {x = 'line\\nline ]] end', ['1'] = 1}, [-5] = 1e300}")
    assert lua.eval("require('pl.tablex').deepcompare(t, pretty.read(pretty.write(t)))") is True
    assert lua.eval("pretty.write(1e300)")[0].startswith("1")
    assert lua.eval("(function() local t = {} t.t = t return pretty.write(t, '') end)()") == "{t=<cycle>}"


def test_read_tables_run_no_code(lua: LuaRuntime) -> None:
    for text, message in (
        ("{f = function() end}", "cannot have functions"),
        ("{os.exit()}", "os"),
        ("{('x'):rep(10)}", "index"),
        ("os.exit()", "not a Lua table"),
    ):
        lua.globals["text"] = text
        nothing, found = lua.eval("pretty.read(text)")
        assert nothing is None and message in found
    assert lua.eval("('x'):rep(2)") == "xx", "texts have their methods back"


def test_numbers_for_people(lua: LuaRuntime) -> None:
    assert lua.eval("pretty.number(1234567, 'T')") == "1,234,567"
    assert lua.eval("pretty.number(10 * 1024, 'M')") == "10.0KiB"


def test_texts_as_files(lua: LuaRuntime) -> None:
    lua.execute("io_ = require 'pl.stringio' f = io_.open 'one\\n10 2e-1\\nrest'")
    assert lua.eval("f:read()") == "one"
    assert lua.eval("f:read('*n', '*n')") == (10, 0.2)
    assert lua.eval("f:read '*l', f:read '*a', f:read()") == ("", "rest", None)
    assert lua.eval("io_.create():write('a', 1):value()") == "a1"
