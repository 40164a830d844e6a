"""lua/tds: hashes, vectors and counters outside Lua's heap."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


def run(lua: LuaRuntime, code: str):
    return lua.execute("local tds = require 'tds' " + code)


def test_hash_keeps_every_kind_of_value(lua: LuaRuntime) -> None:
    code = """
    local h, t = tds.Hash(), torch.Tensor{1, 2}
    h.number, h.text, h.flag, h.tensor, h.storage, h.vec = 1.5, 'a\\0b', false, t, torch.LongStorage{7}, tds.Vec{3}
    t[1] = 9
    return h.number, #h.text, h.flag, h.tensor[1], h.storage[1], h.vec[1], h.missing == nil, #h
    """
    assert run(lua, code) == (1.5, 3, False, 9, 7, 3, True, 6)


def test_hash_keys_are_compared_by_value_or_identity(lua: LuaRuntime) -> None:
    code = """
    local h, t, v = tds.Hash(), torch.Tensor(2), tds.Vec()
    h[1], h['1'], h[true], h[-0.0], h[0.1] = 'n', 's', 'b', 'z', 'f'
    h[t], h[v], h[''], h[math.huge] = 't', 'v', 'e', 'i'
    return h[1], h['1'], h[true], h[0], h[0.1], h[t], h[v], h[''], h[math.huge], #h
    """
    assert run(lua, code) == ("n", "s", "b", "z", "f", "t", "v", "e", "i", 9)


def test_hash_agrees_with_a_table_over_many_changes(lua: LuaRuntime) -> None:
    code = """
    local h, reference, count = tds.Hash(), {}, 0
    math.randomseed(1)
    for i = 1, 60000 do
      local key = math.random(3000)
      if key % 2 == 0 then key = 'key' .. key end
      if key == 'key8' or math.random() < 0.4 then
        h[key], reference[key] = nil, nil
      else
        h[key], reference[key] = i, i
      end
    end
    for key, value in pairs(reference) do
      count = count + 1
      assert(h[key] == value)
    end
    local visited = 0
    for key, value in pairs(h) do
      visited = visited + 1
      assert(reference[key] == value)
    end
    return count == #h, visited == count
    """
    assert run(lua, code) == (True, True)


def test_texts_of_every_length_are_found(lua: LuaRuntime) -> None:
    code = """
    local h = tds.Hash()
    for n = 0, 200 do h[('ab'):rep(n):sub(1, n)] = n end
    for n = 0, 200 do assert(h[('ab'):rep(n):sub(1, n)] == n) end
    return #h
    """
    assert run(lua, code) == 201


def test_tables_are_converted_at_every_depth(lua: LuaRuntime) -> None:
    code = """
    local h = tds.Hash{list = {1, {x = 'y'}}, deep = {a = {b = {1}}}}
    return torch.type(h.list), h.list[2].x, torch.type(h.deep.a.b), torch.typename(h), type(h)
    """
    assert run(lua, code) == ("tds.Vec", "y", "tds.Vec", "tds.Hash", "cdata")


def test_vec_grows_inserts_removes(lua: LuaRuntime) -> None:
    code = """
    local v = tds.Vec(10, 20, 30)
    v:insert(40) v:insert(1, 5) v:remove(2) v[7] = 'last' v:remove()
    local words = {}
    for i, value in ipairs(v) do words[i] = tostring(value) end
    v:resize(2)
    return table.concat(words, ' '), #v, v[2], v[9] == nil, #tds.Vec()
    """
    assert run(lua, code) == ("5 20 30 40 nil nil", 2, 20, True, 0)


def test_vec_sorts_and_joins(lua: LuaRuntime) -> None:
    code = """
    local v = tds.Vec{3, 1, 2}
    v:sort(function(a, b) return a > b end)
    local down = v:concat(',')
    v:sort()
    return down, v:concat('-', 2), v:concatstorage('+'):string()
    """
    assert run(lua, code) == ("3,2,1", "2-3", "1+2+3")


def test_text(lua: LuaRuntime) -> None:
    assert run(lua, "return tostring(tds.Hash{a = 'x'}), tostring(tds.Vec{1, 'b'})") == (
        "tds.Hash[1]{\na : x\n}",
        "tds.Vec[2]{\n    1 : 1\n    2 : b\n}",
    )
    many = run(lua, "local v = tds.Vec() v:resize(30) return tostring(v)").splitlines()
    assert len(many) == 23
    assert many[-2:] == ["...", "}"]


def test_serialization_keeps_identity(lua: LuaRuntime) -> None:
    code = """
    local h = tds.Hash{a = 1, v = {1, 2}}
    h.t = torch.Tensor{4}
    local counter = tds.AtomicCounter()
    counter:set(12)
    local copy = torch.deserialize(torch.serialize{h, h, counter})
    copy[1].a = 5
    return copy[2].a, h.a, copy[1].v[2], copy[1].t[1], copy[3]:get()
    """
    assert run(lua, code) == (5, 1, 2, 4, 12)


def test_a_file_of_the_original_library(lua: LuaRuntime, shared: Path) -> None:
    code = (
        f"local x = torch.load('{shared / 't7' / 'tds.t7'}') return x.h.a, x.h[3], x.h.t[2], x.h.sub.x, x.v[1], x.v[2]"
    )
    assert run(lua, code) == (1, "three", 2, 5, 10, "x")


def test_memory_is_given_back(lua: LuaRuntime) -> None:
    code = """
    local function resident()
      for line in io.lines('/proc/self/status') do
        local kilobytes = line:match('VmRSS:%s+(%d+)')
        if kilobytes then return tonumber(kilobytes) end
      end
    end
    local function work()
      local outer = tds.Hash()
      for i = 1, 20000 do outer[i] = tds.Vec{('x'):rep(200), torch.Tensor(20)} end
      return #outer
    end
    work() collectgarbage() collectgarbage()
    local before = resident()
    for _ = 1, 5 do work() collectgarbage() collectgarbage() end
    return resident() - before
    """
    assert run(lua, code) < 20000  # kilobytes; without freeing it would be some 60000


def test_values_may_be_parts_of_what_they_replace(lua: LuaRuntime) -> None:
    assert run(lua, "local h = tds.Hash{a = {b = {7}}} h.a = h.a.b collectgarbage() return h.a[1]") == 7


def test_counter(lua: LuaRuntime) -> None:
    assert run(lua, "local c = tds.AtomicCounter() return c:inc(), c:inc(), c:get(), tostring(c)") == (
        0,
        1,
        2,
        "tds.AtomicCounter=2",
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("tds.Hash()[nil] = 1", "hash index is nil"),
        ("tds.Hash()[0/0] = 1", "hash index is NaN"),
        ("tds.Hash().f = print", "unsupported key/value type <function>"),
        ("tds.Hash(5)", "lua table or nothing expected"),
        ("tds.Vec{a = 1}", "lua table with number keys expected"),
        ("local v = tds.Vec() v[0] = 1", "positive number expected as key"),
        ("tds.Vec().size = 3", "positive number expected as key"),
        ("tds.Vec():push(3)", "invalid key"),
        ("tds.AtomicCounter():add()", "no such method: add"),
    ],
)
def test_mistakes(lua: LuaRuntime, code: str, message: str) -> None:
    with pytest.raises(LuaError, match=message):
        run(lua, code)
