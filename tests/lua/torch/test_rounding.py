"""Where results are rounded: the last bits are those of Torch7, whose loops and BLAS fused products with sums."""

from __future__ import annotations

import numpy as np
import pytest
import torch

COUNTS = (7, 1000, 50_000)


def _fused(a: np.ndarray, scale: float, b: np.ndarray) -> np.ndarray:
    # The product of two single precision numbers is exact in double.
    return (a.astype(np.float64) + np.float64(np.float32(scale)) * b.astype(np.float64)).astype(np.float32)


def _pair(count: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(count)
    return random.standard_normal(count).astype(np.float32), random.standard_normal(count).astype(np.float32)


@pytest.mark.parametrize("count", COUNTS)
def test_a_scaled_tensor_is_added_in_one_rounding(lua, count: int) -> None:
    a, b = _pair(count)
    add = lua.eval("function(a, b) return a:clone():add(0.3, b), torch.add(a, -0.3, b) end")
    got = add(torch.from_numpy(a), torch.from_numpy(b))
    assert np.array_equal(got[0].numpy(), _fused(a, 0.3, b))
    assert np.array_equal(got[1].numpy(), _fused(a, -0.3, b))


@pytest.mark.parametrize("count", COUNTS)
def test_a_scaled_product_is_rounded_at_each_step(lua, count: int) -> None:
    a, b = _pair(count)
    c = b[::-1].copy()
    add = lua.eval("function(a, b, c) return torch.addcmul(a, 0.3, b, c), a:clone():addcmul(b, c) end")
    got = add(torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(c))
    assert np.array_equal(got[0].numpy(), a + np.float32(0.3) * b * c)
    assert np.array_equal(got[1].numpy(), a + b * c)


@pytest.mark.parametrize("count", COUNTS)
def test_square_roots_are_rounded_correctly(lua, count: int) -> None:
    a = np.abs(_pair(count)[0])
    lua.execute("require 'nn'")
    root = lua.eval("function(a) return torch.sqrt(a), nn.Sqrt():float():forward(a) end")
    for got in root(torch.from_numpy(a)):
        assert np.array_equal(got.numpy(), np.sqrt(a))


def test_an_outer_product_is_added_in_one_rounding(lua) -> None:
    x, g = _pair(300)[0], _pair(5)[0]
    add = lua.execute(
        """
        require 'nn'
        return function(x, g)
          local layer = nn.Linear(300, 5):float()
          layer.gradWeight:fill(0.7)
          layer:accGradParameters(x, g, 0.9)
          return layer.gradWeight
        end
        """
    )
    got = add(torch.from_numpy(x), torch.from_numpy(g)).numpy()
    for row, value in zip(got, g, strict=True):
        assert np.array_equal(row, _fused(np.full(300, 0.7, np.float32), np.float32(0.9) * value, x))


@pytest.mark.parametrize(
    ("criterion", "term"),
    [
        ("MSECriterion", lambda z: z * z),
        ("AbsCriterion", np.abs),
        ("SmoothL1Criterion", lambda z: np.where(np.abs(z) < 1, 0.5 * z.astype(np.float64) ** 2, np.abs(z) - 0.5)),
    ],
)
def test_losses_are_added_one_by_one_in_single_precision(lua, criterion: str, term) -> None:
    x, t = _pair(1000)
    total = np.float32(0)
    for value in term(x - t):
        total = np.float32(np.float64(total) + np.float64(value))
    loss = lua.execute(f"require 'nn' local loss = nn.{criterion}():float() loss.sizeAverage = false return loss")
    got = lua.eval("function(loss, x, t) return loss:forward(x, t) end")(loss, torch.from_numpy(x), torch.from_numpy(t))
    assert got == total


@pytest.mark.parametrize("classes", [10, 1965])
def test_the_classes_of_a_softmax_are_added_in_double_precision(lua, classes: int) -> None:
    x = np.random.default_rng(classes).standard_normal((8, classes)).astype(np.float32)
    largest = x.max(1, keepdims=True)
    z = np.exp((x - largest).astype(np.float64))
    logarithms = (x - (largest + np.log(z.sum(1, keepdims=True)))).astype(np.float32)
    shares = (z.astype(np.float32) * (1 / z.astype(np.float32).astype(np.float64).sum(1, keepdims=True))).astype(
        np.float32
    )
    lua.execute("require 'nn'")
    got = lua.eval("function(x) return nn.LogSoftMax():float():forward(x), nn.SoftMax():float():forward(x) end")(
        torch.from_numpy(x)
    )
    assert np.array_equal(got[0].numpy(), logarithms)
    assert np.array_equal(got[1].numpy(), shares)


@pytest.mark.parametrize("rows", [5, 700])
def test_sums_along_a_dimension_are_double_where_its_elements_lie_side_by_side(lua, rows: int) -> None:
    a = np.random.default_rng(rows).standard_normal((rows, 90)).astype(np.float32)
    down, across = lua.eval("function(a) return a:sum(1), a:sum(2) end")(torch.from_numpy(a))
    totals = np.zeros(90, np.float32)
    for row in a:
        totals += row
    assert np.array_equal(down.numpy()[0], totals)
    assert np.array_equal(across.numpy()[:, 0], np.cumsum(a.astype(np.float64), 1)[:, -1].astype(np.float32))
    means = lua.eval("function(a) return a:t():mean(1) end")(torch.from_numpy(a)).numpy()[0]
    assert np.array_equal(means, across.numpy()[:, 0] / np.float32(90))


def test_places_of_an_expanded_tensor_take_their_turn(lua) -> None:
    results = lua.execute(
        """
        local shared = torch.zeros(2, 1)
        local wide = shared:expand(2, 3)
        wide:copy(torch.range(1, 6))
        local copied = { shared[1][1], shared[2][1] }
        wide:copy(torch.FloatTensor { { 1, 2, 3 }, { 4, 5, 9 } })
        copied[3], copied[4] = shared[1][1], shared[2][1]
        wide:add(torch.range(1, 6))
        copied[5], copied[6] = shared[1][1], shared[2][1]
        wide:cmul(torch.Tensor(2, 3):fill(2))
        copied[7], copied[8] = shared[1][1], shared[2][1]
        return unpack(copied)
        """
    )
    assert results == (3, 6, 3, 9, 9, 24, 72, 192)
