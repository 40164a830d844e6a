"""Library functions and metamethods as in Torch's LuaJIT."""

from __future__ import annotations

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

CONTAINER = "local c = setmetatable({items = {1, 2, 3}}, {__len = function(self) return #self.items end}) "


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return #c", 3),
        ("return -#c", -3),
        ("local n = 0 for i = 1, #c do n = n + i end return n", 6),
        ("return loadstring('return #...')(c)", 3),
        ("return load('return #...')(c)", 3),
        ("return load(function() local s = text text = nil return s end)(c)", 3),
        ("return setfenv(function() return #c end, {})()", 3),
        ("return rawlen(c)", 0),
        ("return #setmetatable({1, 2}, {__index = {}})", 2),
        ("return #setmetatable({1, 2}, {__metatable = false, __len = function() return 9 end})", 9),
        ("return #setmetatable({1, 2}, {__metatable = {}, __len = function() return 9 end})", 9),
        ("return #'\\0ab'", 3),
    ],
)
def test_length_honours_len_of_tables(lua, code, expected):
    lua.globals["text"] = "return #..."
    assert lua.execute(CONTAINER + code) == expected


def test_length_in_required_and_loaded_files(lua, tmp_path, monkeypatch):
    (tmp_path / "counted.lua").write_text("return function(x) return #x end")
    monkeypatch.chdir(tmp_path)
    count = "setmetatable({}, {__len = function() return 4 end})"
    assert lua.eval(f"require 'counted' ({count})") == 4
    assert lua.eval(f"dofile 'counted.lua' ({count})") == 4
    assert lua.eval(f"loadfile 'counted.lua'() ({count})") == 4


@pytest.mark.parametrize(
    ("operand", "described"),
    [
        ("a", "local 'a' (a nil value)"),
        ("up", "upvalue 'up' (a number value)"),
        ("missing", "global 'missing' (a nil value)"),
        ("t.field", "field 'field' (a nil value)"),
        ("t[1]", "a nil value"),
        ("f()", "a nil value"),
    ],
)
def test_length_of_nil_says_what_was_nil_and_where(lua, operand, described):
    code = f"local up, t, f = 5, {{}}, function() end\nlocal function g()\n local a\n return #{operand}, up\nend\ng()"
    with pytest.raises(LuaError) as caught:
        lua.execute(code)
    assert caught.value.message == f"(python):4: attempt to get length of {described}"
    assert "compat" not in caught.value.traceback


def test_pairs_and_ipairs_honour_their_metamethods(lua):
    code = """
    local events = {}
    local object = setmetatable({}, {
      __pairs = function(self) return next, {a = 1}, nil end,
      __ipairs = function(self) return function(_, i) if i < 2 then return i + 1, 'x' end end, self, 0 end,
    })
    local u = newproxy(true)
    getmetatable(u).__pairs = function() return next, {b = 2}, nil end
    for k, v in pairs(object) do events[#events + 1] = k .. v end
    for i, v in ipairs(object) do events[#events + 1] = i .. v end
    for k, v in pairs(u) do events[#events + 1] = k .. v end
    return table.concat(events, ' ')"""
    assert lua.execute(code) == "a1 1x 2x b2"


def test_pairs_reports_a_wrong_argument_at_the_callers_line(lua):
    with pytest.raises(LuaError, match=r"^\(python\):2: bad argument #1 to 'pairs' \(table expected, got nil\)"):
        lua.execute("local x\nfor k in pairs(x) do end")


def test_loops_over_tables_are_compiled(lua):
    lua.execute("""
    compiled, aborted = 0, 0
    jit.attach(function(what)
      if what == 'stop' then compiled = compiled + 1 elseif what == 'abort' then aborted = aborted + 1 end
    end, 'trace')
    local t = {}
    for i = 1, 100 do t[i], t['k' .. i] = i, i end
    local function work()
      local s = 0
      for k, v in pairs(t) do s = s + v end
      for i, v in ipairs(t) do s = s + v + #t end
      return s
    end
    for i = 1, 300 do work() end
    jit.attach(function() end)""")
    assert lua.eval("compiled") >= 2
    assert lua.eval("aborted") == 0


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("os.execute('exit 0')", (True, "exit", 0)),
        ("os.execute('exit 3')", (None, "exit", 3)),
        ("os.execute('kill -9 $$')", (None, "signal", 9)),
        ("os.execute()", True),
        ("io.popen('exit 0'):close()", (True, "exit", 0)),
        ("io.close(io.popen('exit 7'))", (None, "exit", 7)),
        ("select('#', table.unpack({1, nil, 3}, 1, 3))", 3),
        ("table.pack(nil, 2, nil).n", 3),
        ("string.gfind('a,b', '%a')()", "a"),
        ("math.pow(2, 10)", 1024),
        ("math.mod(7, 4)", 3),
        ("table.getn({1, 2})", 2),
        ("debug.setmetatable(1, nil)", 1),
        ("select(2, pcall(rawlen, 1))", "table or string expected"),
    ],
)
def test_results_of_library_functions(lua, expression, expected):
    assert lua.eval(expression) == expected


def test_a_pipe_gives_its_output_and_its_status_and_is_closed_once(lua):
    code = """
    local pipe = io.popen('printf abc; exit 2')
    local text = pipe:read('*a')
    local ok, how, status = pipe:close()
    return text, ok, how, status, io.type(pipe), pcall(pipe.close, pipe)"""
    assert lua.execute(code)[:6] == ("abc", None, "exit", 2, "closed file", False)


def test_writing_answers_the_file(lua, tmp_path):
    path = tmp_path / "out"
    lua.execute("local f = io.open(..., 'w') assert(f:write('a', 1):write('b') == f) f:close()", path)
    assert path.read_text() == "a1b"
    assert lua.eval("io.write() == io.output()") is True


def test_load_takes_a_mode_and_an_environment(lua):
    assert lua.eval("load('x = 1 return x', 'n', 't', {})()") == 1
    assert lua.eval("x") is None
    assert lua.eval("load(string.dump(function() return 5 end), 'n', 'b')()") == 5
    assert "attempt to load chunk with wrong mode" in lua.eval("select(2, load('return 1', 'n', 'b'))")
    assert lua.eval("select(2, load('x ='))") == "[string \"x =\"]:1: unexpected symbol near '<eof>'"
    assert lua.eval("select(2, load(function() return 1 == 1 end))") == "reader function must return a string"


def test_chunk_names_stay_what_the_program_gave(lua, tmp_path):
    file = tmp_path / "where.lua"
    file.write_text("local t, info = {}, debug.getinfo\nreturn #t, info(1, 'S').source, info(1, 'l').currentline\n")
    assert lua.call(lua.globals["dofile"], file) == (0, f"@{file}", 2)
    assert lua.eval("loadstring('return #..., debug.getinfo(1, \"S\").source')('ab')") == (
        2,
        'return #..., debug.getinfo(1, "S").source',
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("dofile('no/such.lua')", "cannot open no/such.lua"),
        ("require('no.such')", "module 'no.such' not found:"),
        ("loadstring(nil)", "bad argument #1 to 'loadstring' (string expected, got no value)"),
    ],
)
def test_what_cannot_be_loaded_is_named(lua, call, message):
    with pytest.raises(LuaError) as caught:
        lua.execute(call)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("cunn", "there is no GPU side for Lua: choose the CPU in the options"),
        ("qtwidget", "there are no windows"),
        ("loadcaffe", "convert the Caffe model into a .t7 file once"),
        ("lmdb", "prepare the data with Python"),
        ("unheard_of.part", "luarocks install --local unheard_of does"),
    ],
)
def test_a_missing_package_comes_with_advice(lua, name, advice):
    with pytest.raises(LuaError) as caught:
        lua.require(name)
    assert f"module '{name}' not found" in caught.value.message
    assert advice in caught.value.message


def test_packages_of_the_users_rocks_tree_are_found(tmp_path, monkeypatch):
    tree = tmp_path / ".luarocks" / "share" / "lua" / "5.1"
    (tree / "greet").mkdir(parents=True)
    (tree / "greet" / "init.lua").write_text("return 'hello'\n")
    (tree / "nn.lua").write_text("return 'not this one'\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    lua = LuaRuntime()
    assert lua.eval("require 'greet', type(require 'nn')") == ("hello", "table")


def test_an_error_in_a_required_file_names_the_file(lua, tmp_path, monkeypatch):
    (tmp_path / "broken.lua").write_text("local x =\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LuaError, match=r"error loading module 'broken' from file '\./broken\.lua':\n\t\./broken\.lua:"):
        lua.require("broken")


def test_a_scripts_own_file_wins_over_a_package_that_torch_did_not_bring(lua, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("class", "json", "moses"):
        (tmp_path / f"{name}.lua").write_text("return 'mine'")
    (tmp_path / "optim.lua").write_text("return 'mine'")
    assert lua.eval("require 'class', require 'json', require 'moses'") == ("mine", "mine", "mine")
    assert lua.eval("type(require('optim').sgd)") == "function"
    assert lua.eval("type(require('md5').sumhexa)") == "function"


@pytest.mark.parametrize("value", [1e-99, 1e-150, 1.7e-154, 1e-200, 2.3e-308, 5e-324, -1e-170, 0.03125, 0.5])
def test_tiny_numbers_are_written_with_zeros(lua, value: float) -> None:
    for text in ("%f", "%.4f", "%9.3f", "%-12.1f", "%g", "%.14g", "%e", "%.99f"):
        assert lua.eval(f"('{text}'):format({value!r})") == text % value
    assert lua.eval(f"('%s %% %.2f %d %.3e'):format('a', {value!r}, 3, {value!r})") == f"a % {value:.2f} 3 {value:.3e}"
    assert lua.eval("select('#', pcall(string.format))") == 2
