"""lua/image: image files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime
from pytorch_fbcunn_compat.lua.png16 import decode


@pytest.fixture(scope="module")
def image(lua: LuaRuntime):
    return lua.require("image")


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def png(pixels: np.ndarray, filters: list[int], interlaced: bool = False) -> bytes:
    """A PNG of uint16 pixels, its rows filtered in turn by the given filters."""
    height, width, channels = pixels.shape
    step = 2 * channels

    def block(part: np.ndarray) -> bytes:
        rows, above, out = part.astype(">u2").view(np.uint8).reshape(part.shape[0], -1).astype(int), None, b""
        above = np.zeros(rows.shape[1], int)
        for i, row in enumerate(rows):
            kind = filters[i % len(filters)]
            left = np.concatenate([np.zeros(step, int), row[:-step]])
            corner = np.concatenate([np.zeros(step, int), above[:-step]])
            distance = [abs(above - corner), abs(left - corner), abs(left + above - 2 * corner)]
            paeth = np.choose(np.argmin(distance, axis=0), [left, above, corner])
            predicted = [0, left, above, (left + above) // 2, paeth][kind]
            out += bytes([kind]) + ((row - predicted) % 256).astype(np.uint8).tobytes()
            above = row
        return out

    starts = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = starts if interlaced else [(0, 0, 1, 1)]
    parts = [pixels[y::dy, x::dx] for x, y, dx, dy in passes]
    raw = b"".join(block(np.ascontiguousarray(part)) for part in parts if part.size)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 16, colour, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", ["png", "ppm", "pgm"])
def test_lossless_files_keep_bytes(image, tmp_path: Path, suffix: str, channels: int) -> None:
    if (suffix, channels) in [("ppm", 1), ("pgm", 3)]:
        pytest.skip("ppm is colour, pgm is grey")
    pixels = torch.from_numpy(noise(channels, 5, 7))
    path = str(tmp_path / f"a.{suffix}")
    image["save"](path, pixels)
    assert torch.equal(image["load"](path, channels, "byte"), pixels)
    assert image["load"](path).dtype == torch.float64
    assert torch.allclose(image["load"](path, channels, "float"), pixels.float() / 255)
    assert image["getSize"](path).tolist() == [channels, 5, 7]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [f"a.{suffix}"]


def test_values_are_cut_off_and_truncated_when_saved(image, tmp_path: Path) -> None:
    path = str(tmp_path / "a.png")
    image["save"](path, torch.tensor([[-1.0, 0.0, 0.999, 1.0, 2.0, 128.9 / 255]], dtype=torch.float64))
    assert image["load"](path, 1, "byte").tolist() == [[[0, 0, 254, 255, 255, 128]]]


def test_jpeg_is_what_pillow_reads_and_quality_counts(image, tmp_path: Path) -> None:
    picture = image["lena"]()
    path = tmp_path / "a.jpg"
    image["save"](str(path), picture)
    read = np.asarray(Image.open(path)).transpose(2, 0, 1)
    assert np.array_equal(image["load"](str(path), 3, "byte").numpy(), read)
    small, large = image["compressJPG"](picture, 25), image["compressJPG"](picture, 95)
    assert small.numel() < large.numel()
    assert (image["decompress"](large) - picture).abs().mean() < 0.02


def test_png_bytes_round_trip(image) -> None:
    pixels = torch.from_numpy(noise(3, 4, 6))
    assert torch.equal(image["decompressPNG"](image["compressPNG"](pixels), 3, "byte"), pixels)


def test_depth_converts_between_grey_and_colour(image, tmp_path: Path) -> None:
    colour, grey = str(tmp_path / "c.png"), str(tmp_path / "g.png")
    image["save"](colour, torch.from_numpy(noise(3, 2, 2)))
    image["save"](grey, torch.from_numpy(noise(1, 2, 2)))
    as_grey = image["load"](colour, 1)
    r, g, b = image["load"](colour)
    assert as_grey.dim() == 2  # as the original: a plane, where a grey file gives 1 x h x w
    assert torch.allclose(as_grey, 0.299 * r + 0.587 * g + 0.114 * b)
    assert image["load"](grey, 3).shape == (3, 2, 2)


def test_alpha_and_palette(image, tmp_path: Path) -> None:
    pixels = noise(3, 4, 4)
    Image.fromarray(pixels, "RGBA").save(tmp_path / "alpha.png")
    assert image["load"](str(tmp_path / "alpha.png")).shape == (4, 3, 4)
    assert image["load"](str(tmp_path / "alpha.png"), 3).shape == (3, 3, 4)
    Image.fromarray(pixels[:, :, :3], "RGB").quantize(4).save(tmp_path / "palette.png")
    assert image["load"](str(tmp_path / "palette.png")).shape == (3, 3, 4)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bit_png(channels: int, interlaced: bool) -> None:
    pixels = np.random.default_rng(1).integers(0, 65536, (11, 9, channels), dtype=np.uint16)
    assert np.array_equal(decode(png(pixels, [0, 1, 2, 3, 4], interlaced)), pixels)


def test_sixteen_bit_png_in_lua(image, tmp_path: Path) -> None:
    pixels = np.array([[[0, 32767, 65535], [65534, 256, 255]]], np.uint16)
    (tmp_path / "a.png").write_bytes(png(pixels, [0]))
    expected = torch.from_numpy(pixels.astype(float).transpose(2, 0, 1))
    assert torch.allclose(image["load"](str(tmp_path / "a.png"), 3, "double"), expected / 65535)
    assert torch.equal(image["load"](str(tmp_path / "a.png"), 3, "byte"), (expected / 256).floor().byte())


def test_damaged_sixteen_bit_png_is_refused() -> None:
    data = png(np.zeros((4, 4, 3), np.uint16), [0])
    huge = data[:16] + struct.pack(">II", 2**31 - 1, 2**31 - 1) + data[24:]
    with pytest.raises(ValueError, match="pixels need"):
        decode(huge)


def test_netpbm_comments_and_largest_values(image, tmp_path: Path) -> None:
    path = tmp_path / "a.pgm"
    path.write_bytes(b"P2 # comment\n# another\n2 1\n15\n3 15\n")
    assert image["load"](str(path), 1, "byte").tolist() == [[[51, 255]]]
    path.write_bytes(b"P5\n2 1\n65535\n\x00\x00\xff\xff")
    assert image["load"](str(path), 1, "byte").tolist() == [[[0, 255]]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\nnothing", "Error during init_io"),
        ("a.jpg", b"\xff\xd8\xff\xe0 nothing", "Error during init_io"),
        ("a", b"BM......", "unable to determine image type for file"),
        ("a.tif", b"II*\0....", "unknown image type: tif"),
        ("a.ppm", b"P6\n9 9\n255\nshort", "243 values expected, 5 found"),
        ("a.pgm", b"P4\n1 1\n\0", "unsupported magic number: P4"),
    ],
)
def test_other_files_are_named(image, tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(LuaError, match=message):
        image["load"](str(tmp_path / name))


def test_missing_files_and_wrong_depths(image, tmp_path: Path) -> None:
    with pytest.raises(LuaError, match="No such file"):
        image["load"](str(tmp_path / "none.png"))
    with pytest.raises(LuaError, match=r"image\.savePPM: an image of 3 channels expected"):
        image["save"](str(tmp_path / "a.ppm"), torch.zeros(1, 2, 2))
    with pytest.raises(LuaError, match="unknown image type: gif"):
        image["save"](str(tmp_path / "a.gif"), torch.zeros(3, 2, 2))


def test_display_writes_a_file_and_replaces_it(image, lua: LuaRuntime, capfd) -> None:
    window = image["display"](lua.table({"image": torch.rand(4, 3, 5, 5), "padding": 2, "zoom": 2}))
    path = Path(window["path"])
    assert Image.open(path).size == (2 * 4 * 7, 2 * 7)
    image["display"](lua.table({"image": torch.rand(5, 5), "win": window}))
    assert Image.open(path).size == (5, 5)
    path.unlink()
    assert capfd.readouterr().err.count(str(path)) == 1
