"""moses: the functions of Moses 1.6.1, with what they gave where its documents are silent."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

EVEN = "function(_, v) return v % 2 == 0 end"
ADD = "function(a, b) return a + b end"
CAT = "function(a, b) return a .. b end"
PEOPLE = "{{name = 'ann', age = 40}, {name = 'bob', age = 19}, {name = 'cid', age = 40}}"

TABLES = [
    ("_.clear{1, 2, x = 3}", {}),
    ("_.at({a = 1, b = false}, 'b', 'z', 'a')", [False, 1]),
    ("_.count({{1}, {1}, {2}}, {1})", 2),
    ("_.count({1, 2, x = 3})", 3),
    (f"_.countf({{1, 2, 4}}, {EVEN})", 2),
    ("_.countf({1, 2}, function() return 1 end)", 0),
    ("_.map({1, 2}, function(i, v, e) return i + v + e end, 10)", [12, 14]),
    ("_.map({a = 1}, function(k, v) return k .. k, v * 2 end)", {"aa": 2}),
    (f"_.reduce({{1, 2, 3}}, {ADD})", 6),
    (f"_.reduce({{1, 2, 3}}, {ADD}, 10)", 16),
    (f"_.reduceby({{1, 2, 3, 4}}, {ADD}, 0, {EVEN})", 6),
    (f"_.reduceRight({{'a', 'b', 'c'}}, {CAT})", "cba"),
    (f"_.mapReduce({{'a', 'b', 'c'}}, {CAT})", ["a", "ab", "abc"]),
    (f"_.mapReduceRight({{'a', 'b', 'c'}}, {CAT})", ["c", "cb", "cba"]),
    ("_.include({1, {2}}, {2})", True),
    ("_.include({'a', 'B'}, function(v) return v:upper() == v end)", True),
    ("_.detect({x = 5, y = 6}, 6)", "y"),
    (f"#_.where({PEOPLE}, {{age = 40}})", 2),
    (f"_.where({PEOPLE}, {{age = 41}})", None),
    (f"_.findWhere({PEOPLE}, {{age = 40}}).name", "ann"),
    (f"_.select({{1, 2, 3, 4}}, {EVEN})", [2, 4]),
    (f"_.reject({{1, 2, 3, 4}}, {EVEN})", [1, 3]),
    ("_.reject({1, 2}, function() return nil end)", {}),
    (f"_.all({{2, 4}}, {EVEN})", True),
    (f"_.all({{2, 3}}, {EVEN})", False),
    ("_.invoke({'a', 'bea'}, string.len)", [1, 3]),
    ("_.invoke({{f = 1}, {f = function(_, e) return e end}}, 'f', 9)", [1, 9]),
    (f"_.pluck({PEOPLE}, 'age')", [40, 19, 40]),
    (f"_.max({PEOPLE}, function(p) return p.age end)", 40),
    ("_.min{3, 1, 2}", 1),
    ("_.max{0 / 0, 1, 2}", 2),
    ("_.max{}", None),
    ("_.same({1, 2, 2}, {2, 1})", True),
    ("_.sort({3, 1, 2}, function(a, b) return a > b end)", [3, 2, 1]),
    ("_.sortBy({1, 2, 3, 4, 5}, math.sin)", [5, 4, 3, 1, 2]),
    (f"_.pluck(_.sortBy({PEOPLE}, 'name', function(a, b) return a > b end), 'name')", ["cid", "bob", "ann"]),
    ("_.groupBy({1, 2, 3}, function(_, v) return v % 2 == 0 and 'even' or 'odd' end)", {"odd": [1, 3], "even": [2]}),
    ("_.countBy({1, 2, 3}, function(_, v) return v % 2 == 0 and 'even' or 'odd' end)", {"odd": 2, "even": 1}),
    ("_.size{1, 2, x = 3}", 3),
    ("_.size(nil, 1, nil, 2)", 2),
    ("_.containsKeys({x = 1, y = 2}, {x = 5})", True),
    ("_.sameKeys({x = 1, y = 2}, {x = 5})", False),
    ("_.shuffle({1, 2, 3, 4, 5}, 7)", [5, 2, 3, 4, 1]),
]

ARRAYS = [
    ("_.sample({1, 2, 3, 4, 5}, 2, 7)", [5, 2]),
    ("_.sample({1, 2, 3, 4, 5}, 1, 7)", 2),
    ("_.sampleProb({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.5, 7)", [1, 5, 9]),
    ("_.toArray(1, 'a')", [1, "a"]),
    ("_.find({{4}, {3}, {4}}, {4}, 2)", 3),
    ("_.indexOf({{4}}, {4})", None),
    ("_.lastIndexOf({1, 2, 2, 3}, 2)", 3),
    (f"_.findIndex({{1, 2, 4}}, {EVEN})", 2),
    (f"_.findLastIndex({{1, 2, 4}}, {EVEN})", 3),
    ("_.sortedIndex({-5, 0, 4}, 3)", 3),
    ("_.sortedIndex({0, 10, 3, -5}, 4, nil, true)", 4),
    ("_.reverse{1, 2, 3}", [3, 2, 1]),
    ("_.fill({1, 2, 3}, 0, 3, 5)", [1, 2, 0, 0, 0]),
    ("_.addTop({1}, 2, 3)", [3, 2, 1]),
    ("_.push({1}, 2, 3)", [1, 2, 3]),
    ("_.pull({1, 2, {3}, 1}, 1, {3})", [2]),
    ("_.removeRange({1, 2, 3, 4, 5}, 2, 4)", [1, 5]),
    ("_.removeRange({1, 2, 3}, 7)", [1, 2]),
    ("_.slice({1, 2, 3, 4}, 2, 3)", [2, 3]),
    ("_.first({1, 2, 3}, 2)", [1, 2]),
    ("_.initial({1, 2, 3})", [1, 2]),
    ("_.last({1, 2, 3})", [2, 3]),
    ("_.last({1, 2, 3}, 0)", None),
    ("_.rest({1, 2, 3}, 2)", [2, 3]),
    ("_.rest({1, 2, 3}, 4)", {}),
    ("_.nth({1, 2, 3}, 2)", 2),
    ("_.compact{1, false, 'a'}", [1, "a"]),
    (f"_.selectWhile({{2, 4, 5, 6}}, {EVEN})", [2, 4]),
    (f"_.dropWhile({{2, 4, 5, 6}}, {EVEN})", [5, 6]),
    (f"_.chunk({{1, 1, 2, 3}}, {EVEN})", [[1, 1], [2], [3]]),
    (f"_.chunk({{2, 3}}, {EVEN})[0]", [2]),
    ("_.invert{'a', 'b'}", {"a": 1, "b": 2}),
    ("_.concat({1, true, 'x'}, '-')", "1-true-x"),
    ("_.flatten{1, {2, {3}}}", [1, 2, 3]),
    ("_.flatten({1, {2, {3}}}, true)", [1, 2, [3]]),
    ("_.difference({1, {2}, 3}, {{2}})", [1, 3]),
    ("_.union({'a'}, {'a', 1}, {2, 1})", ["a", 1, 2]),
    ("_.intersection({1, 2, 2, 3}, {2, 3}, {3, 2})", [2, 2, 3]),
    ("_.symmetricDifference({1, 2, 3}, {1, 4})", [2, 3, 4]),
    ("_.unique{1, 1, {2}, {2}}", [1, [2]]),
    ("_.isunique{1, 1}", False),
    ("_.zip({'a', 'b', 'c'}, {1, 2})", [["a", 1], ["b", 2], ["c"]]),
    ("_.append({1}, {2, 3})", [1, 2, 3]),
    ("_.interleave({1, 2, 3}, {'a'})", [1, "a", 2, 3]),
    ("_.interpose(0, {1, 2, 3})", [1, 0, 2, 0, 3]),
    ("_.range(3)", [0, 1, 2, 3]),
    ("_.range(5, 1, -2)", [5, 3, 1]),
    ("_.range(1, 1)", {}),
    ("_.rep('a', 2)", ["a", "a"]),
    ("_.array(_.partition({1, 2, 3}, 2))", [[1, 2], [3]]),
    ("_.array(_.partition({1, 2, 3}, 2, 0))", [[1, 2], [3, 0]]),
    ("_.array(_.sliding({1, 2, 3, 4, 5}, 3))", [[1, 2, 3], [3, 4, 5]]),
    ("_.array(_.sliding({1, 2, 3, 4}, 3, 0))", [[1, 2, 3], [3, 4, 0]]),
]

FUNCTIONS = [
    ("_.constant(5)(1)", 5),
    ("_.compose(function(x) return x ^ 2 end, function(x) return x + 1 end)(2)", 9),
    ("_.pipe(2, function(x) return x ^ 2 end, function(x) return x + 1 end)", 9),
    ("_.complement(function() return nil end)()", True),
    ("_.toArray(_.juxtapose(9, math.sqrt, function(x) return -x end))", [3, -9]),
    ("_.wrap(function(n) return n end, function(f, n) return f(n) .. '!' end)('a')", "a!"),
    ("_.times(3, function(i, e) return i * e end, 2)", [2, 4, 6]),
    ("_.bind(math.max, 3)(1)", 3),
    ("_.bind2(_.last, 2){1, 2, 3}", [2, 3]),
    ("_.bindn(_.toArray, 1, 2)(3)", [1, 2, 3]),
    ("_.bindAll({x = 3, get = function(o) return o.x end}, 'get').get()", 3),
    ("_.flip(_.toArray)(1, 2, 3)", [3, 2, 1]),
    ("_.over(math.min, math.max)(5, 3, 12)", [3, 12]),
    ("_.overEvery(_.isNumber, _.isInteger)(1)", True),
    ("_.overSome(_.isString, _.isInteger)(1.5)", False),
    ("_.overArgs(_.toArray, function(x) return x * 3 end)(1, 2)", [3, 2]),
    ("_.partial(_.toArray, 1, '_', 3)(2, 4)", [1, 2, 3, 4]),
    ("_.partialRight(_.toArray, 'a', '_', 'c')('d', 'b')", ["b", "a", "d", "c"]),
    (f"_.curry({ADD})(1)(2)", 3),
    ("_.array(('abc'):gmatch('.'))", ["a", "b", "c"]),
    ("select(2, _.time(_.identity, 7))", 7),
    ("_.uniqueId('n%d'):match('^n%d+$') ~= nil", True),
]

OBJECTS = [
    ("_.keys{4, 5}", [1, 2]),
    ("_.values{x = 4}", [4]),
    ("_.kvpairs{x = 4}", [["x", 4]]),
    ("_.toObj{{'x', 1}, {'y', 2}}", {"x": 1, "y": 2}),
    ("_.property('a'){a = 5}", 5),
    ("_.propertyOf({a = 5})('a')", 5),
    ("_.extend({a = 1}, {b = 2}, {a = 3})", {"a": 3, "b": 2}),
    ("_.functions({b = print, a = print, c = 1})", ["a", "b"]),
    ("_.functions(setmetatable({b = print}, {__index = {a = print}}), true)", ["a", "b"]),
    ("_.has({a = false}, 'a')", True),
    ("_.pick({a = 1, b = 2, c = 3}, {'a'}, 'c')", {"a": 1, "c": 3}),
    ("_.omit({a = 1, b = 2, c = 3}, {'a'}, 'c')", {"b": 2}),
    ("_.template({a = 0, b = false}, {a = 1, b = 2, c = 3})", {"a": 0, "b": 2, "c": 3}),
    ("_.isEqual({1, {x = 2}}, {1, {x = 2}})", True),
    ("_.isEqual({1, {x = 2}}, {1, {x = 2, y = 3}})", False),
    ("_.isEqual(setmetatable({1}, {__eq = function() return true end}), {2}, true)", True),
    ("_.result('abc', 'len')", 3),
    ("_.result({size = 0}, 'size')", 0),
    ("_.result({'a', 'b'}, table.concat, '-')", "a-b"),
    ("_.isCallable(setmetatable({}, {__call = print}))", True),
    ("_.toArray(_.isArray{1, 2}, _.isArray{1, x = 2}, _.isArray{[2] = 1})", [True, False, False]),
    ("_.toArray(_.isEmpty{}, _.isEmpty(''), _.isEmpty(5), _.isEmpty{0})", [True, True, True, False]),
    ("_.toArray(_.isFinite(1e308), _.isFinite(math.huge), _.isFinite(0 / 0))", [True, False, False]),
    ("_.toArray(_.isInteger(1), _.isInteger(1.5), _.isInteger(math.huge))", [True, False, True]),
    (
        "_.toArray(_.isNaN(0 / 0), _.isNaN(1), _.isNil(), _.isIterable{}, _.isIterable(1))",
        [True, False, True, True, False],
    ),
]


@pytest.fixture(autouse=True)
def moses(lua: LuaRuntime) -> None:
    lua.execute("_ = require 'moses'")


def plain(value: object) -> object:
    return value.to_plain() if hasattr(value, "to_plain") else value


@pytest.mark.parametrize(("expression", "value"), TABLES + ARRAYS + FUNCTIONS + OBJECTS)
def test_values(lua: LuaRuntime, expression: str, value: object) -> None:
    assert plain(lua.eval(expression)) == value


def test_callbacks_get_the_key_then_the_value_then_what_was_added(lua: LuaRuntime) -> None:
    lua.execute("seen = {}; _.each({a = 5}, function(...) seen = {...} end, 'x', 'y')")
    assert lua.eval("seen").to_plain() == ["a", 5, "x", "y"]


def test_eachi_visits_whole_keys_in_order(lua: LuaRuntime) -> None:
    lua.execute("seen = {}; _.eachi({[3] = 'c', [0] = 'z', x = 1, [1.5] = 2, 'a'}, function(i, v) _.push(seen, v) end)")
    assert lua.eval("seen").to_plain() == ["z", "a", "c"]


@pytest.mark.parametrize(
    ("table", "rounds", "count"),
    [("{1, 2}", "nil", 2), ("{1, 2}", 2, 4), ("{1, 2}", 0, 0), ("{}", "math.huge", 0), ("{[false] = 1, x = 2}", 2, 4)],
)
def test_cycle_goes_around(lua: LuaRuntime, table: str, rounds: object, count: int) -> None:
    lua.execute(f"n = 0; for k, v in _.cycle({table}, {rounds}) do n = n + 1 end")
    assert lua.eval("n") == count


def test_pop_and_unshift_take_from_the_front_and_the_back(lua: LuaRuntime) -> None:
    lua.execute("t = {1, 2, 3, 4, 5}; a, b = _.pop(t, 2); c, d = _.unshift(t, 2)")
    assert lua.eval("{a, b, c, d}").to_plain() == [1, 2, 5, 4]
    assert lua.eval("t").to_plain() == [3]
    assert lua.eval("select('#', _.pop{})") == 0


def test_a_seed_repeats(lua: LuaRuntime) -> None:
    assert lua.eval("_.isEqual(_.shuffle(_.range(1, 50), 3), _.shuffle(_.range(1, 50), 3))")
    assert lua.eval("_.same(_.shuffle(_.range(1, 50)), _.range(1, 50))")


def test_permutation_reorders_the_array_itself_and_puts_it_back(lua: LuaRuntime) -> None:
    lua.execute("t = {'a', 'b', 'c'}; seen = {}; for p in _.permutation(t) do seen[#seen + 1] = table.concat(p) end")
    assert lua.eval("seen").to_plain() == ["bca", "cba", "cab", "acb", "bac", "abc"]
    assert lua.eval("t").to_plain() == ["a", "b", "c"]


def test_clone_copies_what_is_inside(lua: LuaRuntime) -> None:
    lua.execute("t = {{1}, x = {y = 2}}; deep, flat = _.clone(t), _.clone(t, true)")
    assert lua.eval("_.isEqual(deep, t) and deep[1] ~= t[1] and flat[1] == t[1] and flat ~= t")


def test_memoize_calls_once_for_each_key(lua: LuaRuntime) -> None:
    lua.execute(
        """
        calls = 0
        f = _.memoize(function(a, b) calls = calls + 1; return a + b end, function(a, b) return a .. ',' .. b end)
        """
    )
    assert [lua.eval(f"f({a})") for a in ("1, 2", "1, 3", "1, 2")] == [3, 4, 3]
    assert lua.eval("calls") == 2


def test_once_before_after(lua: LuaRuntime) -> None:
    lua.execute("once, before, after = _.once(_.identity), _.before(_.identity, 2), _.after(_.identity, 3)")
    for name, values in (("once", [1, 1, 1, 1]), ("before", [1, 2, 2, 2]), ("after", [None, None, 3, 4])):
        assert [lua.eval(f"{name}({i})") for i in range(1, 5)] == values


def test_an_iterator_applies_its_function_again_and_again(lua: LuaRuntime) -> None:
    lua.execute("it = _.iterator(function(x) return x * 2 end, 1)")
    assert [lua.eval("it()") for _ in range(3)] == [2, 4, 8]


def test_ids_are_unique(lua: LuaRuntime) -> None:
    assert lua.eval("_.uniqueId() + 1 == _.uniqueId()")
    assert lua.eval("_.uniqueId(function(id, e) return e .. type(id) end, 'a ')") == "a number"


@pytest.mark.parametrize("start", ["_{1, 2, 3, 4}", "_.chain{1, 2, 3, 4}"])
def test_calls_chain(lua: LuaRuntime, start: str) -> None:
    chain = f"{start}:filter({EVEN}):tap(function(t) tapped = #t end):map(function(_, v) return v * 10 end)"
    assert lua.eval(f"{chain}:value()").to_plain() == [20, 40]
    assert lua.eval("tapped") == 2
    assert lua.eval(f"{chain}:max():value()") == 40
    assert lua.eval(f"_.first({chain}, 1):value()").to_plain() == [20]


def test_import(lua: LuaRuntime) -> None:
    assert lua.eval("_.all(_.functions(), function(_, name) return type(_G._[name]) == 'function' end)")
    assert lua.eval("#_.functions() == _.size(_.import{})") and lua.eval("#_.functions()") == 184
    assert lua.eval("_.import({each = 1}, true).each") == 1
    lua.execute("_.import()")
    assert lua.eval("foldl({1, 2}, function(a, b) return a + b end)") == 3


ALIASES = {
    "each": "forEach", "eachi": "forEachi", "cycle": "loop", "map": "collect", "reduce": "inject foldl",
    "reduceRight": "injectr foldr", "mapReduce": "mapr", "mapReduceRight": "maprr", "include": "any some contains",
    "select": "filter", "reject": "discard", "all": "every", "selectWhile": "takeWhile", "dropWhile": "rejectWhile",
    "pop": "shift", "pull": "remove", "removeRange": "rmRange chop", "slice": "sub", "first": "head take",
    "last": "skip", "rest": "tail", "difference": "without diff", "symmetricDifference": "symdiff xor",
    "unique": "uniq", "isunique": "isuniq", "zip": "transpose", "partition": "part", "permutation": "perm",
    "invert": "mirror", "concat": "join", "memoize": "cache", "juxtapose": "juxt", "uniqueId": "uid",
    "iterator": "iter", "functions": "methods", "pick": "choose", "omit": "drop", "template": "defaults",
    "isEqual": "compare",
}  # fmt: skip


@pytest.mark.parametrize("name", ALIASES)
def test_aliases(lua: LuaRuntime, name: str) -> None:
    assert all(lua.eval(f"_.{name} ~= nil and _.{name} == _.{alias}") for alias in ALIASES[name].split())


def test_the_version_is_the_last_of_moses_1(lua: LuaRuntime) -> None:
    assert lua.eval("_._VERSION") == "Moses v1.6.1"


def test_errors_name_what_is_wrong(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="range takes at most a first and a last number and a step, got 4 arguments"):
        lua.eval("_.range(1, 4, 1, 9)")
    with pytest.raises(LuaError, match="table expected, got nil"):
        lua.eval("_.map(nil, print)")


def test_modules_are_tables_like_others(lua: LuaRuntime) -> None:
    lua.execute("require 'nn'; modules = {nn.Linear(2, 3), nn.Tanh()}")
    assert lua.eval("_.map(modules, function(_, m) return torch.type(m) end)").to_plain() == ["nn.Linear", "nn.Tanh"]
    lua.execute("input = {torch.ones(2), {torch.ones(3)}}")
    assert lua.eval("torch.type(_.map(input, function(_, v) return torch.isTensor(v) and v:float() or v end)[1])") == (
        "torch.FloatTensor"
    )
