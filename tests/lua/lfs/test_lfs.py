"""LuaFileSystem."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(autouse=True)
def folder(lua: LuaRuntime, tmp_path: Path) -> Path:
    lua.execute("lfs = require 'lfs'")
    lua.globals["root"] = str(tmp_path)
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "sub").mkdir()
    os.symlink("file", tmp_path / "link")
    return tmp_path


def test_attributes(lua: LuaRuntime, folder: Path) -> None:
    found = lua.eval("lfs.attributes(root .. '/file')").to_dict()
    stat = (folder / "file").stat()
    assert (found["mode"], found["size"], found["ino"], found["modification"]) == (
        "file",
        5,
        stat.st_ino,
        int(stat.st_mtime),
    )
    assert len(found["permissions"]) == 9
    assert lua.eval("lfs.attributes(root, 'mode'), lfs.attributes(root .. '/link', 'mode')") == ("directory", "file")
    assert lua.eval("lfs.symlinkattributes(root .. '/link').target") == "file"
    assert lua.eval(
        "lfs.symlinkattributes(root .. '/link', 'mode'), lfs.symlinkattributes(root .. '/link', 'target')"
    ) == (
        "link",
        "file",
    )
    lua.execute("t = {old = 1} lfs.attributes(root, t)")
    assert lua.eval("t.old, t.mode") == (1, "directory")


def test_what_is_not_there(lua: LuaRuntime, folder: Path) -> None:
    nothing, message, number = lua.eval("lfs.attributes(root .. '/x')")
    assert nothing is None and message == f"cannot obtain information from file '{folder}/x': No such file or directory"
    assert number == 2
    with pytest.raises(LuaError, match="invalid attribute name 'colour'"):
        lua.eval("lfs.attributes(root, 'colour')")
    with pytest.raises(LuaError, match=r"bad argument #1 to 'attributes' \(string expected, got table\)"):
        lua.eval("lfs.attributes {}")


def test_listing(lua: LuaRuntime) -> None:
    names = lua.execute("local t = {} for name in lfs.dir(root) do t[#t + 1] = name end return t").to_list()
    assert names[:2] == [".", ".."] and sorted(names[2:]) == ["file", "link", "sub"]
    with pytest.raises(LuaError, match="cannot open .*: No such file or directory"):
        lua.eval("lfs.dir(root .. '/x')")
    lua.execute("step, state = lfs.dir(root) state:close()")
    with pytest.raises(LuaError, match="closed directory"):
        lua.eval("step(state)")


def test_names_of_any_bytes(lua: LuaRuntime, folder: Path) -> None:
    name = b"caf\xe9 \xff"
    Path(os.fsdecode(os.fsencode(folder) + b"/sub/" + name)).write_text("x")
    assert (
        lua.execute(
            "for name in lfs.dir(root .. '/sub') do if name == 'caf\\233 \\255' then return "
            "lfs.attributes(root .. '/sub/' .. name, 'size') end end"
        )
        == 1
    )


def test_folders_are_made_and_removed(lua: LuaRuntime, folder: Path) -> None:
    assert lua.eval("lfs.mkdir(root .. '/new')") is True and (folder / "new").is_dir()
    assert lua.eval("lfs.mkdir(root .. '/new')") == (None, "File exists", 17)
    assert lua.eval("lfs.rmdir(root .. '/new')") is True and not (folder / "new").exists()
    assert lua.eval("lfs.rmdir(root .. '/new')")[0] is None


def test_the_working_directory(lua: LuaRuntime, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert lua.eval("lfs.currentdir()") == "/"
    assert lua.eval("lfs.chdir(root), lfs.currentdir()") == (True, os.path.realpath(folder))
    assert lua.eval("lfs.chdir 'nowhere'")[0] is None


def test_times_and_links(lua: LuaRuntime, folder: Path) -> None:
    assert lua.eval("lfs.touch(root .. '/file', 1000, 2000)") is True
    assert (folder / "file").stat().st_mtime == 2000
    assert lua.eval("lfs.touch(root .. '/file', 3000)") is True
    assert (folder / "file").stat().st_mtime == 3000
    assert lua.eval("lfs.link(root .. '/file', root .. '/hard')") is True
    assert lua.eval("lfs.attributes(root .. '/file', 'nlink')") == 2
    assert lua.eval("lfs.link('file', root .. '/soft', true)") is True and os.readlink(folder / "soft") == "file"


def test_locks(lua: LuaRuntime, folder: Path) -> None:
    assert lua.execute("local f = io.open(root .. '/file', 'r+') return lfs.lock(f, 'w'), lfs.unlock(f)") == (
        True,
        True,
    )
    lua.execute("lock = lfs.lock_dir(root)")
    assert lua.eval("lfs.lock_dir(root)")[:2] == (None, "File exists")
    lua.execute("lock:free()")
    assert lua.eval("lfs.lock_dir(root) ~= nil") is True
