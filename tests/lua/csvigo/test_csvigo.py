"""CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

TEXT = 'name,age,city\nbob,12,"New York, NY"\n"q""q",,x\n'


@pytest.fixture(autouse=True)
def path(lua: LuaRuntime, tmp_path: Path) -> Path:
    lua.execute("csvigo = require 'csvigo'")
    lua.globals["path"] = str(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def test_columns_by_name(lua: LuaRuntime, path: Path) -> None:
    path.write_text(TEXT)
    assert lua.eval("csvigo.load{path = path, verbose = false}").to_plain() == {
        "name": ["bob", 'q"q'],
        "age": ["12", ""],
        "city": ["New York, NY", "x"],
    }
    order, data = lua.eval("csvigo.load{path = path, verbose = false, column_order = true}")
    assert order.to_list() == ["name", "age", "city"] and data["age"][1] == "12"


@pytest.mark.parametrize(
    ("text", "options", "value"),
    [
        ("1,2\n3,4\n", "", {"var_1": ["1", "3"], "var_2": ["2", "4"]}),
        ("a,b\n3,4", "header = false", {"var_1": ["a", "3"], "var_2": ["b", "4"]}),
        ("a;b\r\n1;2\r\n", "separator = ';'", {"a": ["1"], "b": ["2"]}),
        ("# x\na,b\n1,2\n", "skip = 1", {"a": ["1"], "b": ["2"]}),
        ("a,b\n\n1,2\n", "", {"a": ["1"], "b": ["2"]}),
        ('a,b\n"two\nlines",2\n', "", {"a": ["two\nlines"], "b": ["2"]}),
        ('a,b\nx"y,4\n', "", {"a": ['x"y'], "b": ["4"]}),
    ],
)
def test_forms_of_files(lua: LuaRuntime, path: Path, text: str, options: str, value: dict) -> None:
    path.write_bytes(text.encode())
    assert lua.eval(f"csvigo.load{{path = path, verbose = false, {options}}}").to_plain() == value


def test_raw_rows(lua: LuaRuntime, path: Path) -> None:
    path.write_text("a,b\n1\n2,3,4\n")
    assert lua.eval("csvigo.load{path = path, mode = 'raw', verbose = false}").to_plain() == [
        ["a", "b"],
        ["1"],
        ["2", "3", "4"],
    ]


def test_large_files_are_read_only_lists(lua: LuaRuntime, path: Path) -> None:
    path.write_text("".join(f"{i},{i * i}\n" for i in range(3000)))
    lua.execute("m = csvigo.load{path = path, mode = 'large', verbose = false}")
    assert lua.eval("#m, m[3000][2], m[3001], m[0]") == (3000, str(2999**2), None, None)
    assert lua.execute("local n = 0 for i, row in ipairs(m) do n = n + row[1] end return n") == sum(range(3000))
    assert lua.execute("local n = 0 for i in pairs(m) do n = n + 1 end return n") == 3000
    assert "..." in lua.eval("tostring(m)")
    with pytest.raises(LuaError, match="can only be read"):
        lua.execute("m[1] = {}")


def test_queries(lua: LuaRuntime, path: Path) -> None:
    path.write_text("x,y\n1,a\n2,b\n1,c\n")
    lua.execute("q = csvigo.load{path = path, mode = 'query', verbose = false}")
    assert lua.eval("q 'vars'").to_list() == ["x", "y"]
    assert lua.eval("q('inter', {x = 1, y = {'a', 'b'}})").to_plain() == {"x": ["1"], "y": ["a"]}
    assert lua.eval("q('union', {x = {2}, y = 'a'})").to_plain() == {"x": ["1", "2"], "y": ["a", "b"]}
    with pytest.raises(LuaError, match="there is no variable 'z'"):
        lua.eval("q('inter', {z = 1})")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("data = {b = {1, 2}, a = {'x', 'y,z'}}", 'a,b\nx,1\n"y,z",2\n'),
        ("data = {b = {1}, a = {2}}, column_order = {'b', 'a'}", "b,a\n1,2\n"),
        ("data = {{'a', 'b'}, {1.5, 'q\"r'}}", 'a,b\n1.5,"q""r"\n'),
        ("data = {{1, 2}}, separator = '|'", "1|2\n"),
        ("data = {a = {0/0, 1}}, nan_as_missing = true", "a\n\n1\n"),
        ("data = {a = torch.range(1, 2)}, header = false", "1\n2\n"),
        ("data = torch.ones(2, 2)", "1,1\n1,1\n"),
    ],
)
def test_tables_are_saved(lua: LuaRuntime, path: Path, options: str, text: str) -> None:
    lua.execute(f"csvigo.save{{path = path, verbose = false, {options}}}")
    assert path.read_text() == text


def test_files_row_by_row(lua: LuaRuntime, path: Path) -> None:
    lua.execute(
        "f = csvigo.File(path, 'w', '|') f:write{'a', 'b'} f:write{1, 2} f:close() f = csvigo.File(path, 'r', '|')"
    )
    assert lua.eval("f:read()").to_list() == ["a", "b"]
    assert lua.eval("f:readall()").to_plain() == [["1", "2"]]
    assert lua.eval("f:read()") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2,3\n", "row 2 has 3 fields, the first row has 2"),
        ("", "is empty"),
        ('a\n"x\n', "row 2: a quote is not closed"),
        (None, "No such file or directory"),
    ],
)
def test_bad_files_are_refused(lua: LuaRuntime, path: Path, text: str | None, message: str) -> None:
    if text is not None:
        path.write_text(text)
    with pytest.raises(LuaError, match=message):
        lua.eval("csvigo.load{path = path, verbose = false}")
