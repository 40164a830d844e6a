"""argcheck: rules, defaults, names, overloading, messages."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute(
        """
        argcheck, env = require 'argcheck', require 'argcheck.env'
        f = argcheck{
          {name = 'a', type = 'number'},
          {name = 'b', type = 'number', default = 2},
          {name = 'c', type = 'string', opt = true},
        }
        """
    )


@pytest.mark.parametrize(
    ("call", "results"),
    [
        ("f(1)", (1, 2, None)),
        ("f(1, 5)", (1, 5, None)),
        ("f(1, 'x')", (1, 2, "x")),
        ("f(1, nil, 'x')", (1, 2, "x")),
        ("f(1, 5, 'x')", (1, 5, "x")),
        ("f(1, nil, nil)", (1, 2, None)),
        ("f{a = 1}", (1, 2, None)),
        ("f{a = 1, c = 'x', b = 0}", (1, 0, "x")),
    ],
)
def test_arguments_find_their_rules(lua: LuaRuntime, call: str, results: tuple) -> None:
    assert lua.eval(call) == results


@pytest.mark.parametrize(
    "call", ["f()", "f('x')", "f(1, 2, 3)", "f(1, 2, 'x', 4)", "f{a = 1, d = 2}", "f{b = 1}", "f(nil)"]
)
def test_other_calls_are_refused_where_they_are(lua: LuaRuntime, call: str) -> None:
    with pytest.raises(LuaError, match=r"^script:2: ") as caught:
        lua.execute(f"\n{call}", name="=script")
    assert "invalid arguments!" in caught.value.message
    assert "[b = number]  --  [default=2]" in caught.value.message


def test_the_message_shows_what_came(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError) as caught:
        lua.eval("f(true, {x = 1})")
    assert "*Got:* **boolean**, **table**={ **x=number** }" in caught.value.message


def test_defaults(lua: LuaRuntime) -> None:
    lua.execute(
        """
        calls = 0
        g = argcheck{
          {name = 'x', type = 'number', defaultf = function() calls = calls + 1 return calls end},
          {name = 'y', type = 'number', defaulta = 'x'},
          {name = 'z', type = 'boolean', default = false},
        }
        """
    )
    assert lua.eval("g()") == (1, 1, False)
    assert lua.eval("g(true)") == (2, 2, True)
    assert lua.eval("g(7)") == (7, 7, False)
    assert lua.eval("g{y = 9}") == (3, 9, False)


def test_methods_take_names_after_self(lua: LuaRuntime) -> None:
    lua.execute(
        """
        object = {sum = argcheck{
          {name = 'self', type = 'table'}, {name = 'x', type = 'number'}, {name = 'y', type = 'number', default = 1},
          call = function(self, x, y) return x + y end,
        }}
        """
    )
    assert lua.eval("object:sum(3), object:sum{x = 3, y = 4}, object:sum(3, 3)") == (4, 7, 6)


def test_options(lua: LuaRuntime) -> None:
    assert lua.eval("argcheck{pack = true, {name = 'x', type = 'number', default = 3}}().x") == 3
    lua.execute("quiet = argcheck{quiet = true, {name = 'x', type = 'number'}}")
    assert lua.eval("quiet(1)") == (True, 1)
    ok, text = lua.eval("quiet('x')")
    assert ok is False and "x = number" in text
    with pytest.raises(LuaError):
        lua.eval("argcheck{nonamed = true, {name = 'x', type = 'number'}}{x = 1}")
    with pytest.raises(LuaError):
        lua.eval("argcheck{noordered = true, {name = 'x', type = 'number'}}(1)")
    lua.execute("small = argcheck{{name = 'x', type = 'number', check = function(x) return x < 10 end}}")
    assert lua.eval("small(9)") == 9
    with pytest.raises(LuaError):
        lua.eval("small(10)")


def test_overloading(lua: LuaRuntime) -> None:
    lua.execute(
        """
        g = argcheck{{name = 'x', type = 'number'}, call = function(x) return 'number' end}
        g = argcheck{{name = 's', type = 'string'}, overload = g, call = function(s) return 'string' end}
        g = argcheck{{name = 't', type = 'table'}, overload = g, call = function(t) return 'table' end}
        """
    )
    assert lua.eval("g(1), g 'x', g {}") == ("number", "string", "table")
    with pytest.raises(LuaError, match="\nor\n"):
        lua.eval("g(true)")
    with pytest.raises(LuaError, match="argcheck rules led to ambiguous situations"):
        lua.execute("argcheck{{name = 'y', type = 'number'}, {name = 'z', type = 'string', opt = true}, overload = g}")
    lua.execute(
        "g = argcheck{{name = 'y', type = 'number'}, {name = 'z', type = 'string', opt = true}, "
        "overload = g, force = true, call = function() return 'forced' end}"
    )
    assert lua.eval("g(1), g(1, 'x'), g 'x'") == ("forced", "forced", "string")
    with pytest.raises(LuaError, match="trying to overload a non-argcheck function"):
        lua.execute("argcheck{overload = print}")


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("{{type = 'number'}}", "rule must have a name field"),
        ("{{name = 'x'}}", "rule type must be a string: argument 'x'"),
        ("{{name = 'x', type = 'number', defaulta = 'q'}}", "invalid defaulta name <q>"),
        ("nil", "a table of rules is expected, got a nil"),
    ],
)
def test_bad_rules_are_refused(lua: LuaRuntime, rules: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        lua.execute(f"argcheck({rules})")


def test_torch_types(lua: LuaRuntime) -> None:
    lua.execute(
        "require 'torch' g = argcheck{{name = 't', type = 'torch.*Tensor'}, {name = 'n', type = 'number', default = 1}}"
    )
    assert lua.eval("g(torch.IntTensor(2)):size(1)") == 2
    assert lua.eval("g{t = torch.FloatTensor(3)}:size(1)") == 3
    with pytest.raises(LuaError, match=r"\*Got:\* \*\*torch.LongStorage\*\*"):
        lua.eval("g(torch.LongStorage(2))")
    assert lua.eval("env.istype(torch.LongTensor(), 'torch.Long'), env.type(torch.LongTensor())") == (
        False,
        "torch.LongTensor",
    )


def test_checked_functions_are_serialized(lua: LuaRuntime) -> None:
    lua.execute(
        """
        require 'torch'
        g = argcheck{{name = 'x', type = 'number'}, {name = 'y', type = 'string', default = 'd'},
          call = function(x, y) return y .. x end}
        copy = torch.deserialize(torch.serialize(g))
        """
    )
    assert lua.eval("copy(1), copy{x = 2, y = 'e'}") == ("d1", "e2")


def test_your_own_types(lua: LuaRuntime) -> None:
    lua.execute(
        """
        old = env.istype
        function env.istype(value, name) return name == 'even' and value % 2 == 0 or old(value, name) end
        even = argcheck{{name = 'x', type = 'even'}}
        env.istype = old
        """
    )
    assert lua.eval("even(4), (pcall(even, 3))") == (4, False)


def test_documentation_is_recorded(lua: LuaRuntime) -> None:
    text = lua.execute(
        """
        local doc = require 'argcheck.doc'
        doc.record()
        doc 'Title\\n'
        argcheck{doc = 'f(@ARGP)\\n@ARGT\\n', {name = 'x', type = 'number', help = 'how many'},
          {name = 'y', type = 'string', opt = true}}
        return doc.stop()
        """
    )
    assert text == "Title\nf(x[, y])\n```\n({\n   x = number   -- how many\n  [y = string]  -- \n})\n```\n"


def test_debug_gives_the_code_and_a_graph(lua: LuaRuntime, capfd: pytest.CaptureFixture) -> None:
    graph = lua.eval("select(2, argcheck{debug = true, {name = 'x', type = 'number'}})")
    assert graph.startswith("digraph") and "return function(...)" in capfd.readouterr().out


def test_objects_that_are_no_tables_have_their_class(lua) -> None:
    lua.execute(
        """
        require 'torch'; tds = require 'tds'
        check = require('argcheck') { { name = 'list', type = 'tds.Hash' } }
        """
    )
    assert lua.eval("#check(tds.Hash { a = 1 })") == 1
    with pytest.raises(LuaError, match="invalid arguments"):
        lua.execute("check(tds.Vec())")
