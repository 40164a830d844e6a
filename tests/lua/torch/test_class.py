"""The class system: torch.class and what can be asked about objects."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def fresh_classes(lua: LuaRuntime):
    lua.execute(
        """
        zoo = {}
        Animal = nil
        local Cat
        do
          local Animal = torch.class('zoo.Animal')
          function Animal:__init(name) self.name = name end
          function Animal:speak() return 'I am ' .. self.name end
          local parent
          Cat, parent = torch.class('zoo.Cat', 'zoo.Animal')
          function Cat:__init(name, lives)
            parent.__init(self, name)
            self.lives = lives or 9
          end
        end
        """
    )
    yield
    lua.execute("for _, name in ipairs{'zoo.Animal', 'zoo.Cat'} do debug.getregistry()[name] = nil end")


def test_instances_find_inherited_methods(lua: LuaRuntime) -> None:
    assert lua.eval("zoo.Cat('Tom'):speak()") == "I am Tom"
    assert lua.eval("zoo.Cat.new('Tom').lives") == 9


def test_type_questions(lua: LuaRuntime) -> None:
    assert lua.eval("torch.type(zoo.Cat('Tom'))") == "zoo.Cat"
    assert lua.eval("torch.typename(zoo.Cat('Tom'))") == "zoo.Cat"
    assert lua.eval("torch.type({})") == "table"
    assert lua.eval("torch.type(torch.FloatTensor())") == "torch.FloatTensor"
    assert lua.eval("select('#', torch.typename({}))") == 0
    assert lua.eval("torch.typename(zoo.Cat)") is None, "a constructor table is no object"
    assert lua.eval("torch.type(zoo.Cat)") == "table"


@pytest.mark.parametrize(
    ("object_", "spec", "answer"),
    [
        ("zoo.Cat('a')", "'zoo.Cat'", True),
        ("zoo.Cat('a')", "zoo.Cat", True),
        ("zoo.Cat('a')", "'zoo.Animal'", True),
        ("zoo.Cat('a')", "zoo.Animal", True),
        ("zoo.Animal('a')", "zoo.Cat", False),
        ("zoo.Cat('a')", "'zoo.C'", False),
        ("zoo.Cat('a')", "'zoo%..*'", True),
        ("torch.LongTensor()", "'torch.*Tensor'", True),
        ("torch.LongTensor()", "'torch.Long'", False),
        ("torch.LongTensor()", "torch.LongTensor", True),
        ("{}", "'zoo.Cat'", False),
        ("nil", "'zoo.Cat'", False),
    ],
)
def test_is_type_of(object_: str, spec: str, answer: bool, lua: LuaRuntime) -> None:
    for _ in range(2):  # the second answer is remembered
        assert lua.eval(f"torch.isTypeOf({object_}, {spec})") is answer


def test_the_metatable_is_its_own_and_the_parent_is_its_metatable(lua: LuaRuntime) -> None:
    assert lua.eval("getmetatable(zoo.Cat('a')) == torch.getmetatable('zoo.Cat')")
    assert lua.eval("getmetatable(torch.getmetatable('zoo.Cat')) == torch.getmetatable('zoo.Animal')")
    assert lua.eval("getmetatable(zoo.Cat) == torch.getmetatable('zoo.Cat')")
    assert lua.eval("torch.getconstructortable('zoo.Cat') == zoo.Cat")
    assert lua.eval("torch.getmetatable('zoo.Cat').__typename") == "zoo.Cat"
    assert lua.eval("torch.version(zoo.Cat('a'))") == 1


def test_writing_to_the_constructor_adds_methods(lua: LuaRuntime) -> None:
    lua.execute("function zoo.Cat:purr() return 'rrr' end")
    assert lua.eval("zoo.Cat('a'):purr()") == "rrr"
    assert lua.eval("rawget(zoo.Cat, 'purr')") is None


def test_factory_and_setmetatable_make_objects_without_init(lua: LuaRuntime) -> None:
    assert lua.eval("torch.type(torch.factory('zoo.Cat')())") == "zoo.Cat"
    assert lua.eval("torch.factory('zoo.Cat')().lives") is None
    assert lua.eval("torch.setmetatable({name = 'Bo'}, 'zoo.Cat'):speak()") == "I am Bo"
    assert lua.eval("torch.setmetatable(zoo.Cat('a'), 'zoo.Animal').lives") == 9
    assert lua.eval("torch.factory('zoo.Nothing')") is None


def test_operators_are_methods_and_are_inherited(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local Animal = torch.getmetatable('zoo.Animal')
        function Animal.__add__(a, b) return 'sum' end
        function Animal:__len__() return 4 end
        function Animal:__call__(x, y) return x * y end
        function Animal:__tostring__() return '<' .. self.name .. '>' end
        """
    )
    assert lua.eval("zoo.Cat('a') + zoo.Cat('b')") == "sum"
    assert lua.eval("1 + zoo.Cat('b')") == "sum"
    assert lua.eval("#zoo.Cat('a')") == 4
    assert lua.eval("zoo.Cat('a')(6, 7)") == 42
    assert lua.eval("tostring(zoo.Cat('a'))") == "<a>"


def test_missing_operators_are_named(lua: LuaRuntime) -> None:
    def message(expression: str) -> str:
        return lua.eval(f"select(2, pcall(function() return {expression} end))")

    assert message("zoo.Cat('a') + 1").endswith("both zoo.Cat and number have no addition operator")
    assert message("zoo.Cat('a')()").endswith("zoo.Cat has no call operator")
    assert message("-zoo.Cat('a')").endswith("zoo.Cat has no negation operator")
    assert lua.eval("tostring(zoo.Cat('a'))") == "zoo.Cat"


def test_index_hooks_come_before_methods(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local Animal = torch.getmetatable('zoo.Animal')
        function Animal:__index__(key) if key == 'magic' then return 42, true end return false end
        function Animal:__newindex__(key, value) if key == 'secret' then rawset(self, 'kept', value) return true end end
        tom = zoo.Cat('Tom')
        tom.secret, tom.open = 1, 2
        """
    )
    assert lua.eval("tom.magic") == 42
    assert lua.eval("tom:speak()") == "I am Tom"
    assert lua.eval("tom.nothing") is None
    assert (lua.eval("rawget(tom, 'kept')"), lua.eval("rawget(tom, 'secret')"), lua.eval("tom.open")) == (1, None, 2)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("torch.class('zoo.Cat', 'zoo.Animal')", "class zoo.Cat has been already assigned a parent class"),
        ("torch.class('zoo.Animal')", "zoo.Animal has been already assigned a factory"),
        ("torch.class('zoo.Dog', 'zoo.Nothing')", "bad argument #2 (invalid parent class name zoo.Nothing)"),
        (
            "torch.class('nowhere.Dog')",
            "while creating metatable nowhere.Dog: bad argument #1 (nowhere is an invalid module name)",
        ),
        ("torch.class(1)", "<class name> [<parent class name>] [<module table>] expected"),
        ("torch.class('a', 'b', 'c')", "<class name> [<parent class name>] [<module table>] expected"),
        ("torch.setmetatable({}, 'zoo.Nothing')", "unknown typename zoo.Nothing"),
        ("torch.newmetatable('zoo.Dog', 1)", "bad argument #2 to 'newmetatable' (parent class name or nil expected)"),
        ("torch.isTypeOf({}, {})", "type must be provided as [regexp] string, or factory"),
    ],
)
def test_misuse_is_refused_at_the_callers_line(statement: str, message: str, lua: LuaRuntime) -> None:
    with pytest.raises(LuaError) as raised:
        lua.execute(f"local chunk = loadstring('\\n\\n' .. [[{statement}]], '@user.lua') chunk()")
    assert f"user.lua:3: {message}" in str(raised.value)


def test_a_module_table_takes_the_constructor(lua: LuaRuntime) -> None:
    lua.execute("box = {} torch.class('elsewhere.Thing', box)")
    assert lua.eval("torch.type(box.Thing())") == "elsewhere.Thing"
    assert lua.eval("elsewhere") is None


def test_nested_modules_and_globals(lua: LuaRuntime) -> None:
    lua.execute("outer = {inner = {}} torch.class('outer.inner.Deep') torch.class('Shallow')")
    assert lua.eval("torch.type(outer.inner.Deep())") == "outer.inner.Deep"
    assert lua.eval("torch.type(Shallow())") == "Shallow"


def test_redefinition_after_clearing_the_registry(lua: LuaRuntime) -> None:
    lua.execute("first = zoo.Animal('a') debug.getregistry()['zoo.Animal'] = nil torch.class('zoo.Animal')")
    assert lua.eval("torch.type(first)") == "zoo.Animal"
    assert lua.eval("zoo.Animal().speak") is None


def test_pointers_tell_objects_apart(lua: LuaRuntime) -> None:
    assert lua.eval("(function() local t = {} return torch.pointer(t) == torch.pointer(t) end)()")
    assert lua.eval("torch.pointer({}) ~= torch.pointer({})")
    assert lua.eval(
        "(function() local t = torch.Tensor(3) return torch.pointer(t:storage()) == torch.pointer(t:storage()) end)()"
    )
    assert lua.eval("torch.isequal(zoo.Cat, zoo.Cat)") and not lua.eval("torch.isequal({}, {})")


def test_a_pushed_pointer_is_the_same_tensor(lua: LuaRuntime) -> None:
    lua.execute("t = torch.FloatTensor{1, 2} u = torch.pushudata(torch.pointer(t), 'torch.FloatTensor') u[1] = 7")
    assert lua.eval("t[1]") == 7
    assert lua.eval("torch.type(u)") == "torch.FloatTensor"
    lua.execute("t = nil collectgarbage() collectgarbage()")
    assert lua.eval("u[2]") == 2


def test_ffi_types_become_classes(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local ffi = require 'ffi'
        ffi.cdef 'struct test_point { double x; };'
        local metatable = {__typename = 'test.Point', __version = 3}
        torch.metatype('test.Point', metatable, 'struct test_point')
        point = ffi.new('struct test_point')
        """
    )
    assert lua.eval("torch.type(point)") == "test.Point"
    assert lua.eval("torch.version(point)") == 3


def test_environments(lua: LuaRuntime) -> None:
    lua.execute("f = function() return x end torch.setenv(f, {x = 5})")
    assert lua.eval("f()") == 5
    assert lua.eval("torch.getenv(f).x") == 5
    lua.execute("file = torch.MemoryFile() torch.setenv(file, {y = 6})")
    assert lua.eval("torch.getenv(file).y") == 6
    assert lua.eval("next(torch.getenv(torch.Tensor()))") is None
