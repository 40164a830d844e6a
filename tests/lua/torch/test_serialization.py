"""Objects in files: references, classes, functions, safety of files on disk and of damaged ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

ROUND_TRIP = """
function round_trip(value, mode, hook)
  local file = torch.MemoryFile()
  file[mode or 'binary'](file)
  file:writeObject(value, nil, hook)
  file:seek(1)
  return file:readObject()
end
"""


@pytest.fixture(autouse=True)
def helpers(lua: LuaRuntime) -> None:
    lua.execute(ROUND_TRIP)


@pytest.mark.parametrize("mode", ["binary", "ascii"])
@pytest.mark.parametrize("value", ["1.5", "'a\\0b\\n'", "''", "true", "false", "-1/0", "2^53", "'\\255'"])
def test_plain_values(value: str, mode: str, lua: LuaRuntime) -> None:
    assert lua.eval(f"round_trip({value}, '{mode}') == {value}")


def test_nil(lua: LuaRuntime) -> None:
    assert lua.eval("round_trip(nil)") is None


def test_identity_survives(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local shared = {1}
        local t = torch.Tensor{1, 2, 3, 4}
        local v = {shared, shared, t, t, t:narrow(1, 2, 2)}
        v.me = v
        r = round_trip(v)
        r[3][2] = 9
        """
    )
    assert lua.eval("r[1] == r[2] and r.me == r and torch.pointer(r[3]) == torch.pointer(r[4])")
    assert lua.eval("r[5][1]") == 9, "views still share their storage"


def test_without_references_each_occurrence_is_its_own(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local file = torch.MemoryFile():binary()
        file:referenced(false)
        local shared = {1}
        file:writeObject({shared, shared})
        file:seek(1)
        r = file:readObject()
        """
    )
    assert lua.eval("r[1] ~= r[2] and r[1][1] == r[2][1]")
    with pytest.raises(LuaError, match="contains itself"):
        lua.execute("local t = {} t.t = t local f = torch.MemoryFile() f:referenced(false) f:writeObject(t)")


def test_an_object_written_twice_is_one(lua: LuaRuntime) -> None:
    lua.execute(
        "local f = torch.MemoryFile() local t = {1} f:writeObject(t) t[1] = 2 f:writeObject(t) f:seek(1) "
        "a, b = f:readObject(), f:readObject()"
    )
    assert lua.eval("a == b and a[1] == 1")


def test_deep_tables(lua: LuaRuntime) -> None:
    lua.execute("local t = {} for i = 1, 200000 do t = {t} end deep = round_trip(t)")
    assert lua.eval("(function() local n = 0 while deep do deep, n = deep[1], n + 1 end return n end)()") == 200001


def test_classes(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local Pair = torch.class('Pair')
        function Pair:__init(a, b) self.a, self.b = a, b end
        Pair.__version = 4
        local Custom = torch.class('Custom')
        function Custom:write(file) file:writeInt(self.n) file:writeObject({self}) end
        function Custom:read(file, version)
          self.n, self.list, self.version = file:readInt(), file:readObject(), version
        end
        c = _G.Custom() c.n = 12
        p = round_trip(_G.Pair(1, {c, c}))
        """
    )
    assert lua.eval("torch.type(p)") == "Pair"
    assert lua.eval("p.a == 1 and p.b[1] == p.b[2] and p.b[1].n == 12 and p.b[1].list[1] == p.b[1]")
    assert lua.eval("p.b[1].version") == 1
    assert lua.eval("torch.version(p)") == 4


def test_fields_that_cannot_be_written_are_left_out_with_a_warning(lua: LuaRuntime, printed) -> None:
    text = printed(
        """
        torch.class('Holder')
        local h = Holder()
        h.data, h.fine = coroutine.create(print), 1
        held = round_trip(h)
        """
    )
    assert text == "$ Warning: cannot write object field <data> of <Holder> <?>\n"
    assert lua.eval("held.fine == 1 and held.data == nil")


def test_errors_tell_the_path_to_what_cannot_be_written(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match=r"Unwritable object <thread> at <\?>\.a\.2\.b"):
        lua.execute("round_trip({a = {1, {b = coroutine.create(print)}}})")
    with pytest.raises(LuaError, match=r"Unwritable object <thread> at <\?>\.inner\.x"):
        lua.execute("local inner = {x = coroutine.create(print)} round_trip(function() return inner end)")
    with pytest.raises(LuaError, match=r"Unwritable object <function> at model\.f"):
        lua.execute("torch.MemoryFile():writeObject({f = print}, 'model')")
    with pytest.raises(LuaError, match="<torch.MemoryFile> is a non-serializable Torch object"):
        lua.execute("round_trip({torch.MemoryFile()})")


def test_what_can_be_written(lua: LuaRuntime) -> None:
    values = ["nil", "1", "'x'", "{}", "true", "torch.Tensor()", "function() end", "print", "coroutine.create(print)"]
    answers = [lua.eval(f"torch.MemoryFile():isWritableObject({value})") for value in values]
    assert answers == [True] * 7 + [False] * 2


def test_hooks_replace_objects_and_keep_identity(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local old = {kind = 'old'}
        r = round_trip({old, old, {old}}, nil, function(object)
          if object.kind == 'old' then return {kind = 'new'} end
          return object
        end)
        """
    )
    assert lua.eval("r[1].kind == 'new' and r[1] == r[2] and r[3][1] == r[1]")


def test_functions_keep_their_shared_variables(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local n, m = 0, false
        local f = {}
        function f.up() n = n + 1 return n end
        function f.get() return n, m end
        function f.again(level) if level == 0 then return 'done' end return f.again(level - 1) end
        g = round_trip(f)
        g.up()
        """
    )
    assert lua.eval("g.get()") == (1, False)
    assert lua.eval("g.again(3)") == "done"


# The function of functions.t7, with the flag of GC64 cleared: bytecode of a LuaJIT that is not this one.
FOREIGN = r"""
foreign = torch.deserialize((torch.serialize({f = function(a) return a + shared_by_both end})
  :gsub('\27LJ\2.', '\27LJ\1\0')))
"""


def test_foreign_bytecode_is_kept_and_refused_when_called(lua: LuaRuntime, capfd) -> None:
    lua.execute(FOREIGN)
    assert "Failed to load function from bytecode" in capfd.readouterr().err
    assert lua.eval("type(foreign.f)") == "function"
    with pytest.raises(LuaError, match="saved as bytecode of LuaJIT 2.0 and cannot run under LuaJIT 2.1"):
        lua.execute("foreign.f(1)")
    assert lua.eval("torch.serialize(foreign) == torch.serialize(torch.deserialize(torch.serialize(foreign)))")
    assert lua.eval(r"torch.serialize(foreign):find('\27LJ\1\0', 1, true) ~= nil")


def test_foreign_functions_keep_their_variables_apart(lua: LuaRuntime, capfd) -> None:
    lua.execute(
        r"""
        local function make(value)
          local bytes = torch.serialize(function() return value end)
          flags = bytes:match('\27LJ\2(.)')
          return torch.deserialize((bytes:gsub('\27LJ\2.', '\27LJ\1\0')))
        end
        local text = torch.serialize({make(1), make(2)}):gsub('\27LJ\1%z', '\27LJ\2' .. flags)
        both = torch.deserialize(text)
        """
    )
    assert (lua.eval("both[1]()"), lua.eval("both[2]()")) == (1, 2)


@pytest.mark.parametrize("mode", ["binary", "ascii"])
def test_serialize_is_what_save_writes(mode: str, lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "x.t7"
    lua.execute(f"value = {{1, 'two', torch.FloatTensor{{3}}}} torch.save('{path}', value, '{mode}')")
    assert path.read_bytes().decode("latin-1") == lua.eval(f"torch.serialize(value, '{mode}')")
    assert lua.eval(f"torch.serializeToStorage(value, '{mode}'):size()") == path.stat().st_size
    assert lua.eval(f"torch.deserializeFromStorage(torch.serializeToStorage(value, '{mode}'), '{mode}')[2]") == "two"


def test_every_tensor_class_survives(lua: LuaRuntime) -> None:
    for name in ("Byte", "Char", "Short", "Int", "Long", "Float", "Double"):
        assert lua.eval(f"round_trip(torch.{name}Tensor{{{{1, 2}}, {{3, 4}}}}):sum() == 10")
    assert lua.eval("round_trip(torch.HalfTensor(2)):size(1)") == 2
    assert lua.eval("round_trip(torch.Tensor()):dim()") == 0


# Files on disk ------------------------------------------------------------------------------------------------------


def test_a_failed_save_leaves_the_old_file(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "model.t7"
    lua.execute(f"torch.save('{path}', 'old')")
    with pytest.raises(LuaError, match="Unwritable object"):
        lua.execute(f"torch.save('{path}', {{('x'):rep(100000), coroutine.create(print)}})")
    assert lua.eval(f"torch.load('{path}')") == "old"
    assert os.listdir(tmp_path) == ["model.t7"]


def test_saving_keeps_permissions_and_links(lua: LuaRuntime, tmp_path: Path) -> None:
    real, link = tmp_path / "real.t7", tmp_path / "link.t7"
    real.write_text("")
    real.chmod(0o640)
    link.symlink_to(real)
    lua.execute(f"torch.save('{link}', 5)")
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert lua.eval(f"torch.load('{real}')") == 5
    assert sorted(os.listdir(tmp_path)) == ["link.t7", "real.t7"]


def test_saving_to_a_device(lua: LuaRuntime) -> None:
    lua.execute("torch.save('/dev/null', {1})")
    assert not Path("/dev/null").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="write error"):
        lua.execute("torch.save('/dev/full', torch.zeros(1000))")


def test_a_missing_folder_is_named(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="cannot open </nonexistent/x.t7> in mode  w"):
        lua.execute("torch.save('/nonexistent/x.t7', 1)")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"PK\3\4rest", "looks like a zip archive"),
        (b"\x80\2}q", "looks like a Python pickle"),
        (b"\x89HDF\r\n\x1a\n....", "looks like an HDF5 file"),
        (b"<html>not found</html>", "looks like a text file"),
        (b"4\n1\n3\nV 1\n", "looks like a file in ascii mode"),
        (b"\0\0\0\3\0\0\0\1", "looks like a big-endian file"),
        (b"", "is empty"),
    ],
)
def test_other_files_are_recognized(content: bytes, hint: str, lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "other.t7"
    path.write_bytes(content)
    with pytest.raises(LuaError, match=hint):
        lua.execute(f"torch.load('{path}')")


def test_modes_are_checked(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match='"binary" or "ascii" .or nil. expected for mode'):
        lua.execute("torch.save('x', 1, 'b32')")
    with pytest.raises(LuaError, match='"binary", "b32", "b64" or "ascii" .or nil. expected for mode'):
        lua.execute("torch.load('x', 'text')")
    with pytest.raises(LuaError, match="true or false .or nil. expected for referenced"):
        lua.execute("torch.load('x', 'binary', 1)")


# Damaged files ------------------------------------------------------------------------------------------------------

DAMAGED = """
local bytes = torch.serialize({a = {1, 'two', true}, t = torch.FloatTensor(2, 3):zero(), s = torch.LongStorage{1, 2}})
local function try(text)
  local done, message = pcall(torch.deserialize, text)
  if not done then assert(type(message) == 'string' and message:find('at byte', 1, true), tostring(message)) end
end
"""


def test_truncated_anywhere_is_an_error_with_its_place(lua: LuaRuntime) -> None:
    lua.execute(
        DAMAGED
        + """
        for n = 0, #bytes - 1 do
          assert(not pcall(torch.deserialize, bytes:sub(1, n)))
          try(bytes:sub(1, n))
        end
        """
    )


def test_any_byte_changed_is_an_error_or_a_value(lua: LuaRuntime) -> None:
    lua.execute(
        DAMAGED
        + """
        for n = 1, #bytes do
          for _, value in ipairs {0, 1, 4, 127, 128, 255} do
            try(bytes:sub(1, n - 1) .. string.char(value) .. bytes:sub(n + 1))
          end
        end
        """
    )


def test_a_tensor_cannot_reach_past_its_storage(lua: LuaRuntime) -> None:
    lua.execute("bytes = torch.serialize(torch.ByteTensor(7, 3):zero())")
    with pytest.raises(LuaError, match=r"size 9x3, stride 3x1 and offset 1 needs 27 elements, its storage has 21"):
        lua.execute(r"torch.deserialize((bytes:gsub('\7' .. ('%z'):rep(7), '\9' .. ('\0'):rep(7), 1)))")


def test_objects_that_write_themselves_nest_to_a_limit(lua: LuaRuntime) -> None:
    lua.execute(
        """
        local Node = torch.class('Node')
        function Node:write(file) file:writeObject(self.next) end
        function Node:read(file) self.next = file:readObject() end
        function chain(length)
          local node
          for _ = 1, length do
            local new = _G.Node()
            new.next, node = node, new
          end
          return node
        end
        function length(node) local n = 0 while node do node, n = node.next, n + 1 end return n end
        """
    )
    assert lua.eval("length(round_trip(chain(1000)))") == 1000
    with pytest.raises(LuaError, match="nested too deeply"):
        lua.execute("round_trip(chain(100000))")
    assert lua.eval("round_trip('usable') == 'usable'")
