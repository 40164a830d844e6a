"""pl.path, pl.dir and pl.file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def modules(lua: LuaRuntime) -> None:
    lua.execute("path, dir, file = require 'pl.path', require 'pl.dir', require 'pl.file'")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "images" / "cats").mkdir(parents=True)
    for name in ("a.txt", "images/b.JPG", "images/cats/c.jpg", "images/cats/d.png"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("path.splitpath 'some/dir/file.txt'", ("some/dir", "file.txt")),
        ("path.splitpath 'file'", ("", "file")),
        ("path.splitext '/bonzo/dog_stuff/cat.txt'", ("/bonzo/dog_stuff/cat", ".txt")),
        ("path.splitext '/bonzo.d/cat'", ("/bonzo.d/cat", "")),
        ("path.dirname '/some/path/file.txt'", "/some/path"),
        ("path.basename '/some/path/file.txt'", "file.txt"),
        ("path.extension 'model.tar.gz'", ".gz"),
        ("path.join('/first', 'second', 'third')", "/first/second/third"),
        ("path.join('first', '/second', 'third')", "/second/third"),
        ("path.join('a', '')", "a/"),
        ("path.join('a/', 'b')", "a/b"),
        ("path.normpath 'a//b/./c/../d'", "a/b/d"),
        ("path.normpath '/../a'", "/a"),
        ("path.normpath '../../a'", "../../a"),
        ("path.normpath ''", "."),
        ("path.abspath('x/y', '/base')", "/base/x/y"),
        ("path.relpath('/a/b/c', '/a/d')", "../b/c"),
        ("path.relpath('/a', '/a')", "."),
        ("path.isabs '/x'", True),
        ("path.isabs 'x'", False),
        ("path.common_prefix('/home/a/b.lua', '/home/a/c.lua')", "/home/a"),
    ],
)
def test_paths_are_taken_apart_and_joined(lua: LuaRuntime, expression: str, answer: object) -> None:
    assert lua.eval(expression) == answer


def test_questions_about_files(lua: LuaRuntime, tree: Path) -> None:
    lua.globals["root"] = str(tree)
    assert lua.eval("path.exists(root)") == str(tree)
    assert lua.eval("path.exists(root .. '/nothing')") is False
    assert lua.eval("path.isdir(root), path.isfile(root)") == (True, False)
    assert lua.eval("path.isfile(root .. '/a.txt'), path.getsize(root .. '/a.txt')") == (True, 5)
    assert lua.eval("path.getmtime(root .. '/a.txt')") == int(os.path.getmtime(tree / "a.txt"))


def test_home_is_expanded(lua: LuaRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lua.eval("path.expanduser '~/data'") == os.path.expanduser("~/data")
    assert lua.eval("path.expanduser 'data'") == "data"


def test_a_wrong_argument_is_named(lua: LuaRuntime) -> None:
    with pytest.raises(LuaError, match="argument 1 expected a 'string', got a 'table'"):
        lua.eval("path.exists {}")


def test_folders_are_listed(lua: LuaRuntime, tree: Path) -> None:
    lua.globals["root"] = str(tree)
    names = lua.eval("dir.getfiles(root .. '/images/cats', '*.jpg')").to_list()
    assert names == [str(tree / "images/cats/c.jpg")]
    assert lua.eval("dir.getdirectories(root)").to_list() == [str(tree / "images")]
    found = lua.eval("dir.getallfiles(root, '*.jpg')").to_list()
    assert sorted(found) == [str(tree / "images/b.JPG"), str(tree / "images/cats/c.jpg")]
    with pytest.raises(LuaError, match="not a directory"):
        lua.eval("dir.getfiles(root .. '/nothing')")


def test_a_walk_skips_what_is_removed_from_its_list(lua: LuaRuntime, tree: Path) -> None:
    lua.globals["root"] = str(tree)
    visited = lua.execute(
        """
        local visited = {}
        for folder, folders, files in dir.walk(root) do
          visited[#visited + 1] = path.relpath(folder, root) .. ':' .. #files
          folders:remove_value 'cats'
        end
        return visited
        """
    )
    assert visited.to_list() == [".:1", "images:1"]


def test_trees_are_made_copied_and_removed(lua: LuaRuntime, tree: Path) -> None:
    lua.globals["root"] = str(tree)
    assert lua.eval("dir.makepath(root .. '/p/q/r')") is True
    assert lua.eval("dir.clonetree(root .. '/images', root .. '/copy', dir.copyfile)")[0] is True
    assert (tree / "copy/cats/d.png").read_text() == "images/cats/d.png"
    assert lua.eval("dir.movefile(root .. '/a.txt', root .. '/p')") is True
    assert (tree / "p/a.txt").exists()
    os.symlink(tree / "images", tree / "copy" / "link")
    assert lua.eval("dir.rmtree(root .. '/copy')") is True
    assert not (tree / "copy").exists() and (tree / "images/b.JPG").exists(), "links are not followed"


def test_whole_files(lua: LuaRuntime, tmp_path: Path) -> None:
    lua.globals["name"] = str(tmp_path / "x")
    assert lua.eval("file.write(name, 'one\\ntwo\\n')") is True
    assert lua.eval("file.read(name)") == "one\ntwo\n"
    assert lua.eval("require('pl.utils').readlines(name)").to_list() == ["one", "two"]
    nothing, message = lua.eval("file.read(name .. '.missing')")
    assert nothing is None and "No such file" in message
    assert lua.eval("file.delete(name)") is True
