"""lua/image: filters, colours, drawing."""

from __future__ import annotations

import colorsys
import math

import pytest
import torch

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(scope="module")
def image(lua: LuaRuntime):
    return lua.require("image")


def picture(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("rgb2hsv", colorsys.rgb_to_hsv),
        ("hsv2rgb", colorsys.hsv_to_rgb),
        ("rgb2hsl", lambda r, g, b: [colorsys.rgb_to_hls(r, g, b)[i] for i in (0, 2, 1)]),
        ("hsl2rgb", lambda h, s, v: colorsys.hls_to_rgb(h, v, s)),
    ],
)
def test_hues(image, name: str, formula) -> None:
    source = picture(3, 6, 7)
    expected = torch.tensor([list(formula(*pixel)) for pixel in source.reshape(3, -1).T.tolist()], dtype=torch.float64)
    converted = image[name](source)
    torch.testing.assert_close(converted, expected.T.reshape(3, 6, 7))
    destination = torch.zeros(3, 6, 7, dtype=torch.float64)
    image[name](destination, source)
    assert torch.equal(destination, converted)


def test_white_and_grey_in_lab(image) -> None:
    white = torch.ones(3, 1, 1, dtype=torch.float64)
    assert torch.allclose(image["rgb2lab"](white).flatten(), torch.tensor([100.0, 0, 0]).double(), atol=0.02)
    source = picture(3, 5, 5)
    torch.testing.assert_close(image["lab2rgb"](image["rgb2lab"](source)), source, rtol=0, atol=1e-4)
    with pytest.raises(LuaError, match=r"image\.rgb2lab: not supported for torch\.ByteTensor"):
        image["rgb2lab"](torch.zeros(3, 2, 2, dtype=torch.uint8))


def test_luma(image) -> None:
    source = picture(3, 4, 4)
    yuv = image["rgb2yuv"](source)
    r, g, b = source
    torch.testing.assert_close(yuv[0], 0.299 * r + 0.587 * g + 0.114 * b)
    torch.testing.assert_close(image["rgb2y"](source)[0], yuv[0])
    torch.testing.assert_close(image["yuv2rgb"](yuv), source, rtol=0, atol=1e-3)
    image["rgb2yuv"](source, source)
    torch.testing.assert_close(source, yuv)


def test_shares_of_colours(image) -> None:
    torch.testing.assert_close(image["rgb2nrgb"](picture(3, 4, 4)).sum(0), torch.ones(4, 4).double(), rtol=0, atol=1e-4)


def test_jet_runs_from_blue_to_red(image) -> None:
    map_ = image["jetColormap"](8)
    assert map_[0].tolist() == [0, 0, 1]
    assert map_[-1].tolist() == [0.5, 0, 0]
    levels = torch.tensor([[1.0, 8.0], [4.0, 2.0]])
    assert torch.allclose(image["y2jet"](levels)[:, 1, 0], map_[3].float())


def test_neighbouring_colours_differ(image) -> None:
    map_ = image["colormap"](20)
    assert map_.shape == (20, 3)
    assert (map_[1:] - map_[:-1]).abs().sum(1).min() > 0.1
    assert torch.allclose(map_[0], torch.tensor([0.65, 0.35, 0.35], dtype=torch.float64))


def test_gaussian_is_relative_to_the_size(image, lua: LuaRuntime) -> None:
    kernel = image["gaussian"](lua.table({"width": 5, "height": 3, "sigma": 0.5}))
    assert kernel.shape == (3, 5)
    assert kernel[1, 2] == 1
    assert kernel[1, 3] == pytest.approx(math.exp(-((1 / 2.5) ** 2) / 2))
    assert image["gaussian"](5, 0.25, 1, True).sum() == pytest.approx(1)
    line = image["gaussian1D"](lua.table({"size": 5, "mean": 0.3}))
    assert line.argmax() == 1
    laplacian = image["laplacian"](lua.table({"size": 9, "sigma": 0.15}))
    assert laplacian[4, 4] == 1
    assert laplacian.min() < 0


def test_convolve(image) -> None:
    source, kernel = picture(2, 6, 7), picture(3, 3)
    full = image["convolve"](source, kernel, "full")
    same = image["convolve"](source, kernel, "same")
    expected = torch.nn.functional.conv2d(source[:, None], kernel.flip(0, 1)[None, None], padding=2)[:, 0]
    torch.testing.assert_close(full, expected)
    torch.testing.assert_close(same, expected[:, 1:-1, 1:-1])
    torch.testing.assert_close(image["convolve"](source, kernel), expected[:, 2:-2, 2:-2])


def test_lcn_has_no_local_mean(image) -> None:
    flat = image["lcn"](picture(20, 20) * 3 + 7)
    assert flat.shape == (12, 12)
    assert flat.mean().abs() < 0.1
    with pytest.raises(LuaError, match="grayscale image expected"):
        image["lcn"](picture(3, 20, 20))


def test_pyramid_sizes(image, lua: LuaRuntime) -> None:
    levels = image["gaussianpyramid"](picture(3, 16, 20), lua.table([1, 0.5, 0.25]))
    assert [tuple(levels[i].shape) for i in (1, 2, 3)] == [(3, 16, 20), (3, 8, 10), (3, 4, 5)]


def test_erosion_and_dilation(image) -> None:
    square = torch.zeros(7, 7)
    square[2:5, 2:5] = 1
    assert image["erode"](square).nonzero().tolist() == [[3, 3]]
    assert torch.equal(image["dilate"](square)[1:6, 1:6], torch.ones(5, 5))
    assert image["erode"](torch.ones(3, 3)).sum() == 9
    assert image["erode"](torch.ones(3, 3), torch.ones(3, 3), 0).sum() == 1


def test_minmax(image, lua: LuaRuntime) -> None:
    source = torch.tensor([[-1.0, 0, 3]], dtype=torch.float64)

    def scaled(**options):
        return image["minmax"](lua.table({"tensor": source.clone(), **options})).tolist()[0]

    assert scaled() == [0, 0.25, 1]
    assert scaled(symm=True) == pytest.approx([1 / 3, 0.5, 1])
    assert scaled(min=0, max=2) == [-0.5, 0, 1.5]
    assert scaled(min=0, max=2, saturate=True) == [0, 0, 1]
    image["minmax"](lua.table({"tensor": source, "inplace": True}))
    assert source.tolist() == [[0, 0.25, 1]]


def test_grids_of_pictures(image, lua: LuaRuntime) -> None:
    grid = image["toDisplayTensor"](lua.table({"input": torch.arange(24.0).reshape(6, 2, 2), "nrow": 4, "padding": 1}))
    assert grid.shape == (6, 12)
    assert grid[0, 0] == 0
    assert grid.max() == 1
    assert image["toDisplayTensor"](lua.table([torch.rand(3, 4, 4), torch.rand(3, 4, 4)])).shape == (3, 4, 8)


def test_text_has_the_shape_of_its_letters(image, lua: LuaRuntime) -> None:
    canvas = torch.zeros(3, 10, 14, dtype=torch.uint8)
    drawn = image["drawText"](canvas, "TL", 1, 1, lua.table({"color": lua.table([9, 8, 7])}))
    rows = ["".join(".#"[int(v)] for v in row) for row in (drawn[0] == 9).int().tolist()]
    assert rows[1] == ".#####.#......"
    assert rows[2] == "...#...#......"
    assert rows[7] == "...#...#####.."
    assert drawn[2].max() == 7
    assert canvas.sum() == 0


def test_text_wraps_and_is_clipped(image, lua: LuaRuntime) -> None:
    drawn = image["drawText"](torch.zeros(3, 20, 10), "HH", 0, 0)
    assert drawn[0, 8:15].sum() > 0
    image["drawText"](torch.zeros(3, 4, 4), "W", -2, -2)
    large = image["drawText"](torch.zeros(3, 20, 20), "I", 0, 0, lua.table({"size": 2}))
    assert large[0].sum() == 4 * image["drawText"](torch.zeros(3, 20, 20), "I", 0, 0)[0].sum()


def test_frames(image, lua: LuaRuntime) -> None:
    frame = image["drawRect"](torch.zeros(3, 8, 8), 2, 3, 6, 7, lua.table({"color": lua.table([255, 0, 0])}))[0]
    expected = torch.zeros(8, 8)
    expected[2:7, 1:6] = 1
    expected[3:6, 2:5] = 0
    assert torch.equal(frame, expected)


def test_functions_of_tensors(lua: LuaRuntime) -> None:
    lua.require("image")
    code = """
    local s, d = torch.FloatTensor(3, 4, 4):uniform(), torch.FloatTensor(3, 8, 8)
    s.image.scaleBilinear(s, d)
    local difference = (d - image.scale(s, 8, 8)):abs():max()
    return difference, torch.ByteTensor().libpng ~= nil, torch.DoubleTensor().image.warp ~= nil
    """
    assert lua.execute(code) == (0, True, True)
