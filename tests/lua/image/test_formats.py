"""lua/image: one format's functions, against Pillow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(scope="module")
def image(lua: LuaRuntime):
    return lua.require("image")


def smooth(channels: int) -> torch.Tensor:
    """Bytes that even JPEG keeps to a few levels."""
    y, x = torch.meshgrid(torch.linspace(0, 1, 24), torch.linspace(0, 1, 32), indexing="ij")
    planes = [0.2 + 0.6 * x, 0.3 + 0.5 * y, 0.5 + 0.3 * x * y]
    return (torch.stack(planes[:channels]) * 255).byte()


def as_pillow(pixels: torch.Tensor) -> Image.Image:
    array = pixels.permute(1, 2, 0).numpy()
    return Image.fromarray(array if array.shape[2] == 3 else array[:, :, 0])


@pytest.mark.parametrize(
    ("suffix", "kind", "channels", "tolerance"), [("png", "PNG", 3, 0), ("jpg", "JPG", 3, 10), ("ppm", "PPM", 3, 0)]
)
def test_a_file_of_pillow_is_read(image, tmp_path, suffix: str, kind: str, channels: int, tolerance: int) -> None:
    pixels, path = smooth(channels), str(tmp_path / f"picture.{suffix}")
    as_pillow(pixels).save(path)
    bytes_read = image[f"load{kind}"](path, channels, "byte")
    assert bytes_read.dtype == torch.uint8
    assert (bytes_read.int() - pixels.int()).abs().max() <= tolerance
    scaled = image[f"load{kind}"](path)
    assert scaled.dtype == torch.float64
    torch.testing.assert_close(scaled, bytes_read.double() * (1 / 255), rtol=0, atol=1e-15)
    assert tuple(image[f"get{kind}size"](path)) == (channels, 24, 32)
    assert image["getSize"](path).tolist() == [channels, 24, 32]


@pytest.mark.parametrize(
    ("suffix", "kind", "channels", "tolerance"),
    [("png", "PNG", 3, 0), ("jpg", "JPG", 3, 10), ("ppm", "PPM", 3, 0), ("pgm", "PGM", 1, 0)],
)
def test_pillow_reads_what_is_written(image, tmp_path, suffix: str, kind: str, channels: int, tolerance: int) -> None:
    pixels, path = smooth(channels), str(tmp_path / f"picture.{suffix}")
    image[f"save{kind}"](path, pixels)
    read = torch.from_numpy(np.array(Image.open(path)))
    read = read.permute(2, 0, 1) if channels == 3 else read[None]
    assert (read.int() - pixels.int()).abs().max() <= tolerance
    # the general function chooses by the suffix
    image["save"](path, pixels.double() / 255)
    again = torch.from_numpy(np.array(Image.open(path)))
    assert (again.int() - read.permute(1, 2, 0).squeeze(2).int()).abs().max() <= 1 + tolerance


def test_bytes_in_memory(image) -> None:
    pixels = smooth(3)
    assert torch.equal(image["decompressPNG"](image["compressPNG"](pixels), 3, "byte"), pixels)
    fine, coarse = image["compressJPG"](pixels, 95), image["compressJPG"](pixels, 20)
    assert len(coarse) < len(fine)
    assert (image["decompressJPG"](fine, 3, "byte").int() - pixels.int()).abs().max() <= 6
    with pytest.raises(LuaError, match="decompress: Input must be either jpg or png format"):
        image["decompress"](torch.zeros(10, dtype=torch.uint8))


def test_suffixes_are_known(image) -> None:
    assert [image["is_supported"](suffix) for suffix in ("jpg", "JPEG", "png", "ppm", "pgm", "gif")] == [True] * 5 + [
        False
    ]
    assert image["supported_filetypes"]["png"]["loader"] is not None


def test_the_pictures_to_try_things_on(image) -> None:
    assert image["lena"]().shape == (3, 512, 512)
    grey = image["fabio"]()
    assert grey.shape == (257, 271)
    assert 0 <= grey.min() < 0.2 < 0.8 < grey.max() <= 1
    assert torch.equal(grey, image["fabio"]())
