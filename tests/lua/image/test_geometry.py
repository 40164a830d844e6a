"""lua/image: geometry against independent formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.lua import LuaError, LuaRuntime


@pytest.fixture(scope="module")
def image(lua: LuaRuntime):
    return lua.require("image")


def picture(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def box_matrix(old: int, new: int) -> torch.Tensor:
    """Each new element is the mean of the interval of old ones that it covers."""
    edges = torch.arange(new + 1, dtype=torch.float64) * old / new
    cells = torch.arange(old, dtype=torch.float64)
    cover = torch.minimum(edges[1:, None], cells + 1) - torch.maximum(edges[:-1, None], cells)
    return cover.clamp(min=0) * new / old


def linear_matrix(old: int, new: int) -> torch.Tensor:
    positions = torch.linspace(0, old - 1, new, dtype=torch.float64)
    return (1 - (positions[:, None] - torch.arange(old)).abs()).clamp(min=0)


@pytest.mark.parametrize("size", [(3, 5), (12, 20), (7, 4), (5, 9), (9, 12)])
def test_bilinear_scale_interpolates_up_and_averages_down(image, size: tuple[int, int]) -> None:
    source = picture(2, 9, 12)

    def matrix(old: int, new: int) -> torch.Tensor:
        return linear_matrix(old, new) if new >= old else box_matrix(old, new)

    height, width = size
    expected = matrix(9, height) @ source @ matrix(12, width).T
    scaled = image["scale"](source, width, height)
    torch.testing.assert_close(scaled, expected, rtol=0, atol=1e-6)
    assert torch.equal(image["scale"](torch.zeros(2, height, width, dtype=torch.float64), source), scaled)


def test_bicubic_scale_is_catmull_rom(image) -> None:
    source = picture(1, 8)

    def value(p: float) -> float:
        extended = [2 * source[0, 0] - source[0, 1], *source[0], 2 * source[0, -1] - source[0, -2]]
        i = min(int(p), 6)
        x = p - i
        a, b, c, d = (float(extended[i + k]) for k in range(4))
        return 0.5 * (2 * b + (c - a) * x + (2 * a - 5 * b + 4 * c - d) * x**2 + (3 * b - 3 * c + d - a) * x**3)

    expected = [value(i * 7 / 18) for i in range(19)]
    assert np.allclose(image["scale"](source, 19, 1, "bicubic")[0], expected, atol=1e-6)


def test_simple_scale_takes_pixels_towards_the_origin(image) -> None:
    source = torch.arange(12.0).reshape(3, 4)
    assert image["scale"](source, 2, 6, "simple").tolist() == [[0, 2], [0, 2], [4, 6], [4, 6], [8, 10], [8, 10]]


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ("20x10", (10, 20)),
        (6, (3, 6)),
        ("6", (3, 6)),
        ("^10", (10, 20)),
        ("*2", (8, 16)),
        ("*1/2", (2, 4)),
        ("*0.5", (2, 4)),
    ],
)
def test_sizes_as_text(image, size, shape: tuple[int, int]) -> None:
    assert image["scale"](picture(3, 4, 8), size).shape == (3, *shape)


def test_bytes_are_rounded(image) -> None:
    source = torch.tensor([[0, 1, 2]], dtype=torch.uint8)
    assert image["scale"](source, 5, 1).tolist() == [[0, 1, 1, 2, 2]]
    assert image["scale"](torch.tensor([[1, 2, 250, 255]], dtype=torch.uint8), 2, 1).tolist() == [[2, 253]]


@pytest.mark.parametrize("shape", [(3, 6, 8), (6, 8)])
def test_crop(image, shape: tuple[int, ...]) -> None:
    source = picture(*shape)
    assert torch.equal(image["crop"](source, 1, 2, 5, 6), source[..., 2:6, 1:5])
    assert torch.equal(image["crop"](source, "c", 4, 2), source[..., 2:4, 2:6])
    assert torch.equal(image["crop"](source, "br", 4, 2), source[..., 4:, 4:])
    assert torch.equal(
        image["crop"](torch.zeros_like(source)[..., :3, :3].clone(), source, 1, 2), source[..., 2:5, 1:4]
    )
    scaled = image["crop"](torch.zeros_like(source), source, 0, 0, 4, 3)
    torch.testing.assert_close(scaled, image["scale"](source[..., :3, :4].clone(), 8, 6))


def test_crop_outside_is_an_error(image) -> None:
    with pytest.raises(LuaError, match=r"crop goes outside bounds of src: columns 5 to 9 of 8, rows 0 to 2 of 6"):
        image["crop"](picture(6, 8), 5, 0, 9, 2)
    with pytest.raises(LuaError, match=r'must be "c"\|"tl"'):
        image["crop"](picture(6, 8), "x", 2, 2)


def test_translate_fills_with_zero(image) -> None:
    source = picture(2, 4, 5)
    moved = image["translate"](source, 2, -1)
    assert torch.equal(moved[:, :3, 2:], source[:, 1:, :3])
    assert moved[:, 3].abs().sum() + moved[:, :, :2].abs().sum() == 0
    assert image["translate"](source, 9, 0).abs().sum() == 0


def test_flips(image) -> None:
    source = picture(2, 3, 4, 5)
    for dimension in range(4):
        assert torch.equal(image["flip"](source, dimension + 1), source.flip(dimension))
    plane = source[0, 0].clone()
    assert torch.equal(image["hflip"](plane), plane.flip(1))
    image["vflip"](plane, plane)
    assert torch.equal(plane, source[0, 0].flip(0))


@pytest.mark.parametrize("mode", ["simple", "bilinear"])
def test_quarter_turns_are_exact(image, mode: str) -> None:
    source = picture(3, 7, 7)
    turned = image["rotate"](source, math.pi / 2, mode)
    torch.testing.assert_close(turned, source.rot90(1, (1, 2)), rtol=0, atol=1e-6)


def test_rotation_leaves_corners_blank_and_refuses_in_place(image) -> None:
    turned = image["rotate"](torch.ones(9, 9), math.pi / 4)
    assert turned[0, 0] == 0
    assert turned[4, 4] == 1
    source = picture(4, 4)
    with pytest.raises(LuaError, match="in-place rotate not supported"):
        image["rotate"](source, source, 1.0)


@pytest.mark.parametrize("mode", ["simple", "bilinear", "bicubic", "lanczos"])
def test_warp_by_whole_pixels_shifts(image, mode: str) -> None:
    source = picture(2, 8, 9)
    field = torch.zeros(2, 8, 9, dtype=torch.float64)
    field[0] += 1
    field[1] -= 2
    warped = image["warp"](source, field, mode)
    inner = 3 if mode in ("bicubic", "lanczos") else 0
    rows, columns = slice(inner, 7 - inner), slice(2 + inner, 9 - inner)
    shifted = source[:, 1 + inner : 8 - inner, inner : 7 - inner]
    torch.testing.assert_close(warped[:, rows, columns], shifted, rtol=0, atol=1e-6)


def test_bilinear_warp_is_grid_sample(image) -> None:
    source = picture(3, 8, 9)
    field = (picture(2, 6, 5, seed=1) - 0.2) * torch.tensor([8.0, 9.0]).reshape(2, 1, 1)
    warped = image["warp"](source, field, "bilinear", False)
    grid = torch.stack([2 * field[1] / 8 - 1, 2 * field[0] / 7 - 1], -1)[None]
    expected = torch.nn.functional.grid_sample(source[None], grid, padding_mode="border", align_corners=True)[0]
    torch.testing.assert_close(warped, expected, rtol=0, atol=1e-5)
    padded = image["warp"](source, field, "bilinear", False, "pad", 0.5)
    outside = (field[0] < 0) | (field[0] > 7) | (field[1] < 0) | (field[1] > 8)
    assert bool(outside.any())
    assert (padded[:, outside] == 0.5).all()
    torch.testing.assert_close(padded[:, ~outside], warped[:, ~outside])


def test_affine_identity_and_translation(image) -> None:
    source = picture(1, 6, 7)
    same = torch.eye(2, dtype=torch.float64)
    torch.testing.assert_close(image["affinetransform"](source, same), source, rtol=0, atol=1e-6)
    moved = image["affinetransform"](source, same, "bilinear", torch.tensor([1.0, 0.0], dtype=torch.float64))
    torch.testing.assert_close(moved[:, 1:], source[:, :-1], rtol=0, atol=1e-6)


def test_affine_matrix_turns_about_the_centre(image) -> None:
    source = picture(1, 7, 7)
    quarter = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    turned = image["affinetransform"](source, quarter)
    assert torch.allclose(turned, source.rot90(1, (1, 2)), atol=1e-6) or torch.allclose(
        turned, source.rot90(-1, (1, 2)), atol=1e-6
    )


@pytest.mark.parametrize("name", ["polar", "logpolar"])
@pytest.mark.parametrize("interpolation", ["simple", "bilinear"])
def test_rows_of_polar_images_run_outwards_from_the_centre(image, name: str, interpolation: str) -> None:
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(40.0), indexing="ij")
    radius = ((x - 20) ** 2 + (y - 20) ** 2).sqrt()[None]
    unrolled = image[name](radius, interpolation, "valid")
    assert unrolled.shape == (1, 40, 40)
    r = torch.arange(40.0)
    expected = r / 2 if name == "polar" else torch.exp(r * math.log(20) / 40)
    assert (unrolled[0] - expected).abs().max() < 1.5
    assert image[name](radius, interpolation, "full")[0, :, -1].max() >= unrolled.max() - 1e-6


def test_errors_name_the_function_and_the_choice(image) -> None:
    with pytest.raises(LuaError, match=r"image\.scale: mode must be one of: simple \| bicubic \| bilinear, got cubic"):
        image["scale"](picture(3, 3), 2, 2, "cubic")
    with pytest.raises(LuaError, match=r"image\.rotate: incorrect arguments: an angle expected"):
        image["rotate"](picture(3, 3))
    with pytest.raises(LuaError, match="src and dst depths do not match"):
        image["scale"](picture(3, 4, 4), picture(1, 2, 2))
    with pytest.raises(LuaError, match="pad_value can only be specified"):
        image["warp"](picture(1, 3, 3), picture(2, 3, 3), "simple", True, "clamp", 1)
