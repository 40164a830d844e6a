"""NaNs of any bits: LuaJIT tells its types apart by them, and must never see those of files and fresh memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytorch_fbcunn_compat.lua import LuaRuntime

# Bits that LuaJIT takes for nil, false, a string, a table, and for nil once a minus flips the sign.
BITS = ["-1LL", "-0x8000000000001LL", "-0x2000000000001LL", "-0x5ffffffffff10LL", "0x7fffffffffffffffLL"]


@pytest.fixture
def filled(lua: LuaRuntime) -> LuaRuntime:
    """`odd(class, bits)`: a tensor of four such NaNs."""
    lua.execute(
        """
        local ffi = require 'ffi'
        require 'nn'
        require 'image'
        function odd(class, bits)
          local tensor = torch[class](4)
          local word = ffi.cast(class == 'FloatTensor' and 'int32_t *' or 'int64_t *', tensor:data())
          for i = 0, 3 do word[i] = class == 'FloatTensor' and bit.rshift(bits, 32) or bits end
          return tensor
        end
        function is_nan(value) return type(value) == 'number' and value ~= value and type(-value) == 'number' end
        """
    )
    return lua


@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("kind", ["DoubleTensor", "FloatTensor"])
@pytest.mark.parametrize(
    "reading",
    [
        "t[1]",
        "t[{2}]",
        "t:view(2, 2)[2][1]",
        "t:storage()[4]",
        "t:sum()",
        "t:mean()",
        "t:max()",
        "t:min()",
        "t:dot(t)",
        "t:norm()",
        "t:std()",
        "t:var()",
        "t:prod()",
        "t:dist(t:clone():zero())",
        "t:view(2, 2):trace()",
        "t:median()[1]",
        "t:totable()[3]",
        "t:view(2, 2):t():totable()[2][1]",
        "t:storage():totable()[1]",
        "(function() local seen; t:apply(function(x) seen = x end) return seen end)()",
        "(function() local seen; t:map(t:clone(), function(x, y) seen = y end) return seen end)()",
        "nn.MSECriterion():type(t:type()):forward(t, t:clone():zero())",
        "image.scale(t:view(2, 2), 3, 3)[2][2]",
        "image.rotate(t:view(2, 2), 0)[1][1]",
        "torch.deserialize(torch.serialize(t))[2]",
        "torch.deserialize(torch.serialize(t, 'ascii'), 'ascii')[2]",
    ],
)
def test_every_reading_gives_a_number(filled: LuaRuntime, kind: str, bits: str, reading: str) -> None:
    assert filled.execute(f"local t = odd('{kind}', {bits}) return is_nan({reading})")


@pytest.mark.parametrize("kind", ["DoubleTensor", "FloatTensor"])
def test_they_are_printed(filled: LuaRuntime, kind: str) -> None:
    text = filled.execute(f"local t = odd('{kind}', -1LL) return tostring(t) .. tostring(t:storage())")
    assert text.count("nan\n") == 8


@pytest.mark.parametrize("bits", BITS)
def test_from_binary_files(filled: LuaRuntime, bits: str) -> None:
    assert filled.execute(
        f"""
        local storage = torch.LongStorage(2)
        local word = storage:data()
        word[0], word[1] = {bits}, {bits}
        local bytes = torch.MemoryFile()
        bytes:binary():writeLong(storage)
        bytes:seek(1)
        local first = bytes:readDouble()
        local number = torch.MemoryFile()
        number:binary():writeInt(1)
        number:writeLong(storage)
        number:seek(1)
        return is_nan(first) and is_nan(number:readObject())
        """
    )


@pytest.mark.parametrize("word", ["nan", "-nan", "-nan(0xfffffffffffff)", "nan(0x7ffffffffffff)", "-NaN(1)"])
def test_from_text_files(filled: LuaRuntime, tmp_path: Path, word: str) -> None:
    (tmp_path / "numbers").write_text(f"{word} {word} 5\n")
    assert filled.execute(
        f"""
        local file = torch.DiskFile('{tmp_path}/numbers')
        return is_nan(file:readDouble()) and is_nan(file:readFloat()) and file:readInt() == 5
        """
    )


def test_infinities_and_signs_stay(filled: LuaRuntime) -> None:
    for value in ("math.huge", "-math.huge", "-0.0"):
        assert filled.execute(f"return 1 / torch.deserialize(torch.serialize({value})) == 1 / ({value})")
    assert "-nan" in filled.execute("return torch.serialize(torch.Tensor{0 / 0}, 'ascii')")
