"""paths: names, directories, the running file."""

from __future__ import annotations

import os

import pytest

from pytorch_fbcunn_compat import LuaError


@pytest.fixture
def paths(lua):
    lua.execute("require 'paths'")
    return lua


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("basename('/a/b.lua')", "b.lua"),
        ("basename('/a/b.lua', 'lua')", "b"),
        ("basename('/a/b.lua', '.lua')", "b"),
        ("basename('lua', 'lua')", "lua"),
        ("basename('/a/b/')", "b"),
        ("dirname('/a/b')", "/a"),
        ("dirname('/a')", "/"),
        ("dirname('a')", "."),
        ("dirname('a/b/')", "a"),
        ("dirname('/')", "/"),
        ("extname('a.tar.gz')", "gz"),
        ("extname('a')", None),
        ("concat('/a', 'b', '../c/./d')", "/a/c/d"),
        ("concat('/a', '/b')", "/b"),
        ("concat('/', '..')", "/"),
    ],
)
def test_names(paths, call, result):
    assert paths.eval(f"paths.{call}") == result


def test_relative_names_start_at_the_current_directory(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert paths.eval("paths.cwd()") == os.getcwd()
    assert paths.eval("paths.concat('x', '..', 'y')") == f"{os.getcwd()}/y"
    assert paths.eval("paths.concat()") == os.getcwd()


def test_directories(paths, tmp_path):
    folder = tmp_path / "a" / "b"
    assert paths.eval(f"paths.mkdir('{folder}')") is True
    assert folder.is_dir()
    ok, message, number = paths.eval(f"function() return paths.mkdir('{folder}') end")()
    assert ok is None and "exists" in message and number == 17
    (folder / "f.txt").write_text("x")
    (folder / "sub").mkdir()
    assert paths.eval(f"paths.dirp('{folder}')") is True
    assert paths.eval(f"paths.filep('{folder}')") is False
    assert paths.eval(f"paths.filep('{folder}/f.txt')") is True
    assert paths.eval(f"paths.dirp('{folder}/f.txt')") is False
    assert sorted(paths.eval(f"paths.dir('{folder}')").to_plain()) == [".", "..", "f.txt", "sub"]
    listed = "(function() local t = {} for f in paths.%s do table.insert(t, f) end return t end)()"
    assert paths.eval(listed % f"iterdirs('{folder}')").to_plain() == ["sub"]
    assert paths.eval(listed % f"iterfiles('{folder}')").to_plain() == ["f.txt"]
    assert paths.eval(listed % f"files('{folder}', '%.txt$')").to_plain() == ["f.txt"]
    assert paths.eval("paths.dir('/no/such/place')") is None
    assert paths.eval(f"(paths.rmall('{tmp_path}/a'))") is None
    assert paths.eval(f"paths.rmall('{tmp_path}/a', 'yes')") is True
    assert not (tmp_path / "a").exists()


def test_the_running_file(paths, tmp_path):
    (tmp_path / "other.lua").write_text("return 'other'")
    script = tmp_path / "script.lua"
    script.write_text("require 'paths'; return paths.thisfile(), paths.thisfile('x'), paths.dofile('other.lua')")
    assert paths.run(script) == (str(script), str(tmp_path / "x"), "other")
    assert paths.eval("paths.thisfile()") is None


def test_temporary_files_and_programs(paths):
    name = paths.eval("paths.tmpname()")
    assert os.path.isfile(name)
    os.remove(name)
    assert os.access(paths.eval("paths.findprogram('no-such-program', 'sh')"), os.X_OK)
    assert paths.eval("paths.findprogram('no-such-program')") is None
    assert paths.eval("(paths.uname())") == os.uname().sysname
    assert paths.eval("paths.home") == os.environ["HOME"]
    with pytest.raises(LuaError, match=r"bad argument #1 to 'dirp' \(string expected, got no value\)"):
        paths.execute("paths.dirp()")
