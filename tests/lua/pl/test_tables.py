"""pl.tablex, pl.List, pl.Map, pl.Set, pl.OrderedMap, pl.class, pl.seq and pl.func."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute(
        """
        tablex, List, Map, Set = require 'pl.tablex', require 'pl.List', require 'pl.Map', require 'pl.Set'
        OrderedMap, class, seq = require 'pl.OrderedMap', require 'pl.class', require 'pl.seq'
        """
    )


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("tablex.map('+', {10, 20}, 1)", [11, 21]),
        ("tablex.map('|x| x * x', {1, 2, 3})", [1, 4, 9]),
        ("tablex.filter({1, 5, 2}, '>', 1)", [5, 2]),
        ("tablex.imap2('*', {1, 2, 3}, {4, 5})", [4, 10]),
        ("tablex.range(3, 1, -1)", [3, 2, 1]),
        ("tablex.sub({1, 2, 3, 4}, -3, -2)", [2, 3]),
        ("tablex.icopy({1, 2, 3, 4, 5}, {20, 30}, 2)", [1, 20, 30]),
        ("tablex.move({1, 2, 3, 4}, {20, 30}, 2)", [1, 20, 30, 4]),
        ("tablex.insertvalues({1, 2}, 2, {8, 9})", [1, 8, 9, 2]),
        ("tablex.removevalues({1, 2, 3, 4, 5}, 2, -2)", [1, 5]),
        ("tablex.zip({1, 2}, {3, 4})", [[1, 3], [2, 4]]),
        ("tablex.merge({a = 1, b = 2}, {b = 3}, true)", {"a": 1, "b": 3}),
        ("tablex.merge({a = 1, b = 2}, {b = 3})", {"b": 3}),
        ("tablex.difference({a = 1, b = 2}, {b = 3})", {"a": 1}),
        ("tablex.index_map {'x', 'y'}", {"x": 1, "y": 2}),
        ("tablex.pairmap(function(k, v) return v, k .. '!' end, {a = 1})", {"a!": 1}),
    ],
)
def test_tables(lua: LuaRuntime, expression: str, answer: object) -> None:
    assert lua.eval(expression).to_plain() == answer


def test_reduce_find_and_search(lua: LuaRuntime) -> None:
    assert lua.eval("tablex.reduce('-', {1, 2, 3}), tablex.reduce('+', {}, 7)") == (-4, 7)
    assert lua.eval("tablex.find({10, 20, 10}, 10, 2), tablex.rfind({10, 20, 10}, 10)") == (3, 3)
    assert lua.eval("tablex.search({a = {b = {7}}}, 7)") == "a.b[1]"
    assert lua.eval("tablex.size {1, 2, x = 3}") == 3


def test_deep_copies_keep_cycles_and_metatables(lua: LuaRuntime) -> None:
    lua.execute("m = {__index = {f = 1}} t = setmetatable({x = {}}, m) t.x.up = t c = tablex.deepcopy(t)")
    assert lua.eval("c ~= t and c.x ~= t.x and c.x.up == c and c.f == 1") is True
    assert lua.eval("tablex.deepcompare(t, c)") is True
    assert lua.eval("tablex.deepcompare({1, {2}}, {1, {2.05}}, false, 0.1)") is True
    assert lua.eval("tablex.deepcompare({1, x = 2}, {1})") is False


def test_tables_are_iterated_in_order(lua: LuaRuntime) -> None:
    assert (
        lua.eval("(function() local r = '' for k in tablex.sort{b = 1, a = 2} do r = r .. k end return r end)()")
        == "ab"
    )
    assert (
        lua.eval("(function() local r = '' for k in tablex.sortv{a = 2, b = 1} do r = r .. k end return r end)()")
        == "ba"
    )


def test_a_read_only_table(lua: LuaRuntime) -> None:
    lua.execute("r = tablex.readonly {1, 2}")
    assert lua.eval("#r, r[2]") == (2, 2)
    with pytest.raises(LuaError, match="read-only"):
        lua.execute("r[3] = 1")


def test_lists(lua: LuaRuntime) -> None:
    lua.execute("l = List{3, 1, 2}")
    assert lua.eval("tostring(l:sorted():append('x'))") == '{1,2,3,"x"}'
    assert lua.eval("l:clone():sort('>'):join(' ')") == "3 2 1"
    assert lua.eval("tostring(l:slice(2, -1) .. {9})") == "{1,2,9}"
    assert lua.eval("l:pop(), l:len(), l:index(1), l:contains(7)") == (2, 2, 2, False)
    assert lua.eval("List.range(3) == List{1, 2, 3}, List{1} == List{2}") == (True, False)
    assert lua.eval("tostring(List.split('a b'):map('..', '!'))") == '{"a!","b!"}'
    assert lua.eval("List{1, 2, 3}:partition('|x| x % 2 == 0')[true]").to_list() == [2]
    assert lua.eval("getmetatable(tablex.keys{a = 1}) == List") is True


def test_maps_and_sets(lua: LuaRuntime) -> None:
    lua.execute("m = Map{one = 1} m:update{two = 2}")
    assert lua.eval("m:items()").to_plain() == [["one", 1], ["two", 2]]
    assert lua.eval("m == Map{two = 2, one = 1}, m:setdefault('x', 5), m:len()") == (True, 5, 3)
    lua.execute("a, b = Set{1, 2, 3}, Set{3, 4}")
    assert (
        lua.eval("a + b == Set{1, 2, 3, 4}, a * b == Set{3}, a - b == Set{1, 2}, a ^ b == Set{1, 2, 4}") == (True,) * 4
    )
    assert lua.eval("Set{3} < a, #a, Set.isdisjoint(a, Set{9}), tostring(Set{'x'})") == (True, 3, True, "[x]")


def test_ordered_maps_keep_their_order(lua: LuaRuntime) -> None:
    lua.execute("m = OrderedMap() m:set('z', 1) m.a = 2 m:insert(1, 'first', 0) m:set('z', nil)")
    assert lua.eval("tostring(m)") == "{first=0,a=2}"
    assert lua.execute("local r = {} for k, v in pairs(m) do r[#r + 1] = k .. v end return r").to_list() == [
        "first0",
        "a2",
    ]
    assert lua.eval("m:keys():join(',')") == "first,a"


def test_classes(lua: LuaRuntime) -> None:
    lua.execute(
        """
        class.Animal()
        function Animal:_init(name) self.name = name end
        function Animal:__tostring() return self.name .. ': ' .. self:speak() end
        class.Dog(Animal)
        function Dog:_init(name, age) self:super(name) self.age = age end
        function Dog:speak() return 'bark' end
        rex = Dog('Rex', 3)
        """
    )
    assert lua.eval("tostring(rex), rex.age, rex:is_a(Animal), Dog:class_of(rex), rex:is_a() == Dog") == (
        "Rex: bark",
        3,
        True,
        True,
        True,
    )
    assert lua.eval("rawget(rex, 'super')") is None
    lua.execute("function Animal:later() return 'later' end")
    assert lua.eval("rex:later()") == "later"
    assert lua.eval("class{_init = function(self, x) self.x = x end}(5).x") == 5
    lua.execute(
        "P = class(class.properties) function P:get_y() return 7 end function P:set_z(v) self._z = v + "
        "1 end p = P() p.z = 1"
    )
    assert lua.eval("p.y, p.z") == (7, 2)


def test_sequences(lua: LuaRuntime) -> None:
    assert lua.eval("seq{1, 2, 3, 4}:filter('>', 1):map('|x| x * 10'):take(2):copy()").to_list() == [20, 30]
    assert lua.eval("seq.sum{1, 2, 3}") == (6, 3)
    assert lua.eval("seq{'a', 'b'}:upper():copy():join ''") == "AB"
    assert lua.eval("seq.copy2(seq.zip({1, 2}, {3, 4}))").to_plain() == [[1, 3], [2, 4]]


def test_placeholder_expressions(lua: LuaRuntime) -> None:
    lua.execute("require('pl.utils').import 'pl.func'")
    assert lua.eval("List{1, 2}:map(10 * _1 - 1)").to_list() == [9, 19]
    assert lua.eval("tablex.map(_1:sub(1, 2), {'one', 'four'})").to_list() == ["on", "fo"]
    assert lua.eval("bind(math.max, _1, 5)(3), compose(math.abs, math.floor)(-1.5)") == (5, 2)
    assert lua.eval("repr((_1 + _2) * -_1)") == "(_1 + _2) * - _1"
