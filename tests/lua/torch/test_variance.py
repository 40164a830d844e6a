"""var and std round as Torch7's: sums of x and of x^2 along a dimension, differences to the mean of all elements."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch


def variance(run: np.ndarray, biased: bool) -> np.floating:
    """Of one line of elements: sums in double, squares and n / (n - 1) in the element type."""
    real, n = run.dtype.type, len(run)
    total = squares = 0.0
    for x in run:
        total += float(x)
        squares += float(real(x * x))
    mean = total / n
    if biased:
        value = squares / n - mean * mean
    else:
        value = squares / (n - 1) - float(real(n) / real(n - 1)) * mean * mean
    return real(max(value, 0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("dim", [1, 2, 3])
@pytest.mark.parametrize("biased", [False, True])
def test_every_bit_along_a_dimension(lua, dtype: type, dim: int, biased: bool) -> None:
    values = np.random.default_rng(dim).uniform(90, 110, (5, 9, 70)).astype(dtype)
    want = np.apply_along_axis(variance, dim - 1, values, biased)
    for tensor in (torch.from_numpy(values), torch.from_numpy(values.transpose(2, 1, 0).copy()).permute(2, 1, 0)):
        got, root, same = lua.execute(
            "local t, dim, biased = ... local r = t.new(3) local out = torch.std(r, t, dim, biased) "
            "return torch.var(t, dim, biased), r, r == out",
            tensor,
            dim,
            biased,
        )
        assert same
        np.testing.assert_array_equal(got.numpy().squeeze(dim - 1), want)
        np.testing.assert_array_equal(root.numpy().squeeze(dim - 1), np.sqrt(want))


def test_one_element_has_no_unbiased_variance(lua) -> None:
    values = lua.execute(
        "local t = torch.Tensor{3} return t:var(1)[1], t:var(), t:std(1, true)[1], t:var(true), t:std(true)"
    )
    assert [math.isnan(value) for value in values] == [True, True, False, False, False]


def test_the_result_may_be_the_source(lua) -> None:
    assert lua.execute("local t = torch.Tensor{{1, 2}, {3, 6}} torch.var(t, t, 1) return t").tolist() == [[2.0, 8.0]]


def test_of_all_elements_is_taken_from_the_mean(lua) -> None:
    values = torch.tensor([1e8, 1e8 + 1, 1e8 + 2], dtype=torch.float64)
    assert lua.execute("local t = ... return t:var(), t:std()", values) == (1, 1)


def test_nothing_is_printed(lua, capfd: pytest.CaptureFixture[str]) -> None:
    lua.execute("torch.Tensor{3}:var(1) torch.Tensor(1):fill(2):expand(3):indexFill(1, torch.LongTensor{1}, 4)")
    assert capfd.readouterr().err == ""
