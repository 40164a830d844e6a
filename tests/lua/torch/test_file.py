"""torch.File and its children: bytes, numbers, strings, positions, modes and errors."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime

TYPES = {
    "Byte": ("B", [0, 255]),
    "Char": ("b", [-128, 127]),
    "Short": ("h", [-32768, 32767]),
    "Int": ("i", [-(2**31), 2**31 - 1]),
    "Long": ("q", [-(2**53), 2**53]),
    "Float": ("f", [-0.5, 1.25]),
    "Double": ("d", [-0.1, 1e300]),
}
KINDS = {"disk": "torch.DiskFile('{path}', 'rw')", "memory": "torch.MemoryFile()"}


def opened(kind: str, path: Path) -> str:
    return KINDS[kind].format(path=path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["binary", "ascii"])
@pytest.mark.parametrize("name", TYPES)
def test_the_three_reading_forms(name: str, mode: str, kind: str, lua: LuaRuntime, tmp_path: Path) -> None:
    values = TYPES[name][1]
    lua.execute(
        f"""
        local file = {opened(kind, tmp_path / "f")}:{mode}()
        local storage = torch.{name}Storage{{{", ".join(map(repr, values))}}}
        counts = {{file:write{name}(storage)}}
        counts[2] = select('#', file:write{name}({values[0]!r}))
        file:write{name}(storage)
        file:seek(1)
        counts[3] = file:read{name}(torch.{name}Storage(2))
        number = file:read{name}()
        again = file:read{name}(2):totable()
        at_end = file:position() == (file:seekEnd() or file:position())
        """
    )
    assert list(lua.eval("counts").values()) == [2, 0, 2]
    assert lua.eval("number") == values[0]
    assert list(lua.eval("again").values()) == values
    assert lua.eval("at_end")


@pytest.mark.parametrize("name", TYPES)
def test_binary_layout(name: str, lua: LuaRuntime, tmp_path: Path) -> None:
    code, values = TYPES[name]
    storage = f"torch.{name}Storage{{{', '.join(map(repr, values))}}}"
    for encoding, order in (("native", "="), ("little", "<"), ("big", ">")):
        path = tmp_path / encoding
        lua.execute(
            f"""
            local file = torch.DiskFile('{path}', 'w'):binary():{encoding}EndianEncoding()
            file:write{name}({storage})
            file:close()
            local file = torch.DiskFile('{path}'):binary():{encoding}EndianEncoding()
            back = file:read{name}(2):totable()
            file:close()
            """
        )
        assert path.read_bytes() == struct.pack(f"{order}2{code}", *values)
        assert list(lua.eval("back").values()) == values


def test_longs_of_four_bytes(lua: LuaRuntime) -> None:
    lua.execute("f = torch.MemoryFile():binary() f:longSize(4) f:writeLong(torch.LongStorage{-1, 7}) f:seek(1)")
    assert lua.eval("f:storage():size()") == 9
    assert list(lua.eval("f:readLong(2):totable()").values()) == [-1, 7]
    with pytest.raises(LuaError, match="Invalid long size specified"):
        lua.execute("f:longSize(3)")


def test_ascii_text(lua: LuaRuntime) -> None:
    lua.execute(
        """
        f = torch.MemoryFile()
        f:writeInt(3.7) f:writeDouble(0.1) f:writeFloat(0.1) f:writeDouble(torch.DoubleStorage{1, -0/1, 1/0, 0/0})
        f:writeBool(true) f:writeChar(torch.CharStorage():string('ab')) f:writeString('end')
        """
    )
    text = lua.eval("f:storage():string()")
    assert text == "3\n0.10000000000000001\n0.100000001\n1 -0 inf -nan\n1\nab\nend\0"


def test_without_spacing_nothing_is_added(lua: LuaRuntime) -> None:
    lua.execute("f = torch.MemoryFile():noAutoSpacing() f:writeInt(torch.IntStorage{1, 2}) f:writeInt(3)")
    assert lua.eval("f:storage():string()") == "123\0"
    assert not lua.eval("f:isAutoSpacing()")


def test_ascii_numbers_may_be_spaced_anyhow(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "numbers.txt"
    path.write_text(" 1   2\n\n\t-3.5e1" + " " * 70000 + "4")
    lua.execute(f"f = torch.DiskFile('{path}')")
    assert list(lua.eval("f:readDouble(4):totable()").values()) == [1, 2, -35, 4]


@pytest.mark.parametrize("kind", KINDS)
def test_strings(kind: str, lua: LuaRuntime, tmp_path: Path) -> None:
    lua.execute(f"f = {opened(kind, tmp_path / 'f')} written = f:writeString('one\\ntwo\\n\\nlast') f:seek(1)")
    assert lua.eval("written") == 13
    assert [lua.eval("f:readString('*l')") for _ in range(3)] == ["one", "two", ""]
    assert lua.eval("f:readString('*a')") == "last"
    with pytest.raises(LuaError, match="read error: read 0 blocks instead of 1"):
        lua.eval("f:readString('*l')")
    with pytest.raises(LuaError, match=r"format must be '\*a' or '\*l'"):
        lua.eval("f:readString('n')")


def test_long_lines_cross_the_window(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("x" * 200_000 + "\n" + "y" * 70_000)
    lua.execute(f"f = torch.DiskFile('{path}')")
    assert lua.eval("#f:readString('*l')") == 200_000
    assert lua.eval("#f:readString('*a')") == 70_000


@pytest.mark.parametrize("kind", KINDS)
def test_positions_count_from_one(kind: str, lua: LuaRuntime, tmp_path: Path) -> None:
    lua.execute(f"f = {opened(kind, tmp_path / 'f')}:binary() f:writeInt(1) f:writeInt(2)")
    assert lua.eval("f:position()") == 9
    lua.execute("f:seek(5)")
    assert lua.eval("f:readInt()") == 2
    lua.execute("f:seek(1) f:writeInt(7)")
    assert (lua.eval("f:position()"), lua.eval("f:readInt()")) == (5, 2)
    lua.execute("f:seek(1)")
    assert lua.eval("f:readInt()") == 7
    lua.execute("f:seekEnd()")
    assert lua.eval("f:position()") == 9
    with pytest.raises(LuaError, match="position has to be greater than 0!"):
        lua.execute("f:seek(0)")


@pytest.mark.parametrize("kind", KINDS)
def test_quiet_files_raise_a_flag(kind: str, lua: LuaRuntime, tmp_path: Path) -> None:
    lua.execute(f"f = {opened(kind, tmp_path / 'f')}:binary():quiet() f:writeInt(5) f:seek(1)")
    assert lua.eval("f:isQuiet()") and not lua.eval("f:hasError()")
    assert lua.eval("f:readInt(4):size()") == 1
    assert lua.eval("f:hasError()")
    lua.execute("f:clearError()")
    assert lua.eval("f:readInt()") == 0
    assert lua.eval("f:hasError()")
    assert lua.eval("f:readString('*a')") == ""
    with pytest.raises(LuaError, match="read error: read 0 blocks instead of 1"):
        lua.execute("f:pedantic() f:readInt()")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("torch.DiskFile('/nonexistent/file')", "cannot open </nonexistent/file> in mode r "),
        ("torch.DiskFile('/nonexistent/file', 'rw')", "cannot open </nonexistent/file> in mode rw"),
        ("torch.DiskFile('x', 'a')", "file mode should be 'r','w' or 'rw'"),
        ("torch.PipeFile('true', 'rw')", "file mode should be 'r','w'"),
        ("torch.MemoryFile('x')", "file mode should be 'r','w' or 'rw'"),
        ("torch.MemoryFile(torch.CharStorage{1})", "provided CharStorage must be terminated by 0"),
        ("torch.MemoryFile('w'):readInt()", "attempt to read in a write-only file"),
        ("torch.MemoryFile('r'):writeInt(1)", "attempt to write in a read-only file"),
        ("torch.MemoryFile():readInt('x')", "nothing, number, or IntStorage expected"),
        ("torch.MemoryFile():readInt(torch.LongStorage(1))", "nothing, number, or IntStorage expected"),
        ("torch.MemoryFile():writeInt('x')", "number, or IntStorage expected"),
        ("torch.MemoryFile():readInt()", "read error: read 0 blocks instead of 1"),
        ("torch.MemoryFile():seek(3)", "unable to seek at position 2"),
        ("local f = torch.MemoryFile() f:close() f:readInt()", "attempt to use a closed file"),
        ("torch.File()", "no constructor available"),
    ],
)
def test_errors_name_the_cause_at_the_callers_line(statement: str, message: str, lua: LuaRuntime) -> None:
    with pytest.raises(LuaError) as raised:
        lua.execute(f"loadstring('\\n' .. [[{statement}]], '@user.lua')()")
    assert message in str(raised.value)
    assert "user.lua:2: " in str(raised.value)


def test_a_quiet_constructor_gives_nil(lua: LuaRuntime) -> None:
    assert lua.eval("torch.DiskFile('/nonexistent/file', 'r', true)") is None


def test_damaged_counts_take_no_memory(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"\0" * 100)
    lua.execute(f"f = torch.DiskFile('{path}'):binary():quiet()")
    assert lua.eval("f:readDouble(1e15):size()") == 12
    assert lua.eval("f:hasError()")


def test_unclosed_files_are_written_when_collected(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "left"
    lua.execute(f"torch.DiskFile('{path}', 'w'):writeInt(42) collectgarbage() collectgarbage()")
    assert path.read_text() == "42\n"


def test_reading_and_writing_take_turns(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "turns"
    path.write_bytes(bytes(range(16)))
    lua.execute(
        f"""
        local f = torch.DiskFile('{path}', 'rw'):binary()
        first = f:readByte()
        f:writeByte(200)
        third = f:readByte()
        f:seekEnd()
        f:writeByte(201)
        f:close()
        """
    )
    assert (lua.eval("first"), lua.eval("third")) == (0, 2)
    assert path.read_bytes() == bytes([0, 200, *range(2, 16), 201])


def test_pipes(lua: LuaRuntime, tmp_path: Path) -> None:
    lua.execute("p = torch.PipeFile('printf \"1 2\\\\nrest\"')")
    assert list(lua.eval("p:readInt(2):totable()").values()) == [1, 2]
    assert lua.eval("p:readString('*a')") == "rest"
    lua.execute(f"p:close() w = torch.PipeFile('cat > {tmp_path}/out', 'w') w:writeString('hello') w:close()")
    assert (tmp_path / "out").read_text() == "hello"


def test_a_memory_file_shares_its_storage(lua: LuaRuntime) -> None:
    lua.execute("s = torch.CharStorage():string('12 34\\0') f = torch.MemoryFile(s, 'r')")
    assert (lua.eval("f:readInt()"), lua.eval("f:readInt()")) == (12, 34)
    lua.execute("f = torch.MemoryFile() f:writeString('abc') s = f:storage()")
    assert lua.eval("s:size()") == 4
    lua.execute("f:writeString(('d'):rep(5000))")
    assert lua.eval("torch.pointer(f:storage()) == torch.pointer(s)")
    assert lua.eval("s:size()") == 5004


def test_shrinking_the_storage_behind_a_memory_file_is_safe(lua: LuaRuntime) -> None:
    lua.execute("f = torch.MemoryFile() f:writeString(('x'):rep(100000)) f:storage():resize(11) f:writeString('yz')")
    assert lua.eval("f:storage():string()") == "x" * 10 + "yz\0"


def test_descriptions(lua: LuaRuntime, tmp_path: Path) -> None:
    path = tmp_path / "f"
    lua.execute(f"d = torch.DiskFile('{path}', 'w') m = torch.MemoryFile() p = torch.PipeFile('true')")
    assert lua.eval("tostring(d)") == f"torch.DiskFile on <{path}> [status: open -- mode  w]"
    assert lua.eval("tostring(m)") == "torch.MemoryFile [status: open -- mode: rw]"
    assert lua.eval("tostring(p)") == "torch.PipeFile on <true> [status: open -- mode: r ]"
    lua.execute("d:close()")
    assert "[status: closed" in lua.eval("tostring(d)")


def test_modes_can_be_asked(lua: LuaRuntime) -> None:
    lua.execute("f = torch.MemoryFile('r')")
    answers = [lua.eval(f"f:{q}()") for q in ("isReadable", "isWritable", "isBinary", "isAutoSpacing", "isReferenced")]
    assert answers == [True, False, False, True, True]
    assert lua.eval("torch.type(f:binary())") == "torch.MemoryFile"
    assert lua.eval("torch.DiskFile.isLittleEndianCPU()") is True
