"""Where sort, topk, kthvalue and mode leave equal elements: a quicksort's order, which scripts came to depend on."""

from __future__ import annotations

import random

import pytest
import torch


def split(items: list, low: int, high: int, before) -> tuple[int, int]:
    """One step of Hoare's partition of items[low..high] about the median of first, middle and last."""

    def swap(i: int, j: int) -> None:
        items[i], items[j] = items[j], items[i]

    swap((low + high) // 2, low + 1)
    for first, second in ((low + 1, high), (low, high), (low + 1, low)):
        if before(items[second], items[first]):
            swap(first, second)
    pivot, i, j = items[low], low + 1, high
    while True:
        i += 1
        while before(items[i], pivot):
            i += 1
        j -= 1
        while before(pivot, items[j]):
            j -= 1
        if j < i:
            swap(low, j)
            return j, i
        swap(i, j)


def quicksorted(values: list, descending: bool = False) -> list:
    """(value, place) pairs: ranges of more than ten are split, then all are merged by insertion, stably."""

    def before(a, b):
        return a[0] > b[0] if descending else a[0] < b[0]

    items = [(value, place) for place, value in enumerate(values, 1)]

    def descend(low: int, high: int) -> None:
        middle, right = split(items, low, high, before)
        if middle - low > 10:
            descend(low, middle - 1)
        if high - right + 1 > 10:
            descend(right, high)

    if len(items) - 1 > 10:
        descend(0, len(items) - 1)
    return sorted(items, key=lambda item: -item[0] if descending else item[0])


def selected(values: list, k: int) -> list:
    """(value, place) pairs after quickselect has brought rank k (from 0) to its place."""
    items = [(value, place) for place, value in enumerate(values, 1)]
    low, high = 0, len(items) - 1
    while high - low > 1:
        middle, right = split(items, low, high, lambda a, b: a[0] < b[0])
        if middle == k:
            return items
        low, high = (right, high) if middle < k else (low, middle - 1)
    if high - low == 1 and items[high][0] < items[low][0]:
        items[low], items[high] = items[high], items[low]
    return items


@pytest.fixture(params=["Double", "Float", "Long", "Int", "Short", "Char", "Byte"])
def kind(request) -> str:
    return request.param


@pytest.mark.parametrize("n", [1, 2, 11, 12, 13, 40, 300, 1500])
@pytest.mark.parametrize("descending", [False, True])
def test_sort(lua, kind, n, descending) -> None:
    values = [random.Random(n).randrange(max(2, n // 4)) % 100 for _ in range(1)] + [
        random.Random(n * 1000 + i).randrange(min(100, max(2, n // 4))) for i in range(n - 1)
    ]
    sort = lua.eval(f"function(t, d) return t:type('torch.{kind}Tensor'):sort(1, d) end")
    got, places = sort(torch.tensor(values, dtype=torch.float64), descending)
    want = quicksorted(values, descending)
    assert got.tolist() == [value for value, _ in want]
    assert places.tolist() == [place for _, place in want]


def test_sort_without_equals_is_the_order_of_the_values(lua) -> None:
    torch.manual_seed(0)
    values = torch.randn(3, 2000, dtype=torch.float64)
    got, places = lua.eval("function(t) return t:sort(2) end")(values)
    want, order = values.sort(1)
    assert torch.equal(got, want) and torch.equal(places, order + 1)


def test_sort_keeps_its_hands_off_nan_and_signed_zeros(lua) -> None:
    values = [0.0, float("nan"), -1.0, 2.0, -0.0] * 300
    got, places = lua.eval("function(t) return t:sort() end")(torch.tensor(values))
    assert sorted(places.tolist()) == list(range(1, 1501))
    assert got.isnan().sum() == 300


@pytest.mark.parametrize("n", [1, 2, 3, 17, 200])
def test_kthvalue_and_median(lua, kind, n) -> None:
    values = [random.Random(i + n).randrange(max(2, n // 3)) % 100 for i in range(n)]
    t = torch.tensor(values, dtype=torch.float64)
    kth = lua.eval(f"function(t, k) return t:type('torch.{kind}Tensor'):kthvalue(k) end")
    for k in {1, (n + 1) // 2, n}:
        value, place = kth(t, k)
        assert (value.item(), place.item()) == selected(values, k - 1)[k - 1]
    value, place = lua.eval(f"function(t) return t:type('torch.{kind}Tensor'):median() end")(t)
    assert (value.item(), place.item()) == selected(values, (n - 1) // 2)[(n - 1) // 2]


@pytest.mark.parametrize("n", [1, 5, 60])
def test_topk(lua, kind, n) -> None:
    values = [random.Random(i + n).randrange(max(2, n // 3)) for i in range(n)]
    t = torch.tensor(values, dtype=torch.float64)
    top = lua.eval(f"function(t, k, d, s) return t:type('torch.{kind}Tensor'):topk(k, 1, d, s) end")
    for k in {1, (n + 1) // 2, n}:
        _, places = top(t, k, False, False)
        assert places.tolist() == [place for _, place in selected(values, k - 1)[:k]]
        rest = selected(values, n - k - 1)[n - k :] if n > k else [(v, p) for p, v in enumerate(values, 1)]
        _, places = top(t, k, True, False)
        assert places.tolist() == [place for _, place in rest]
        got, _ = top(t, k, True, True)
        assert got.tolist() == sorted(values, reverse=True)[:k]
        got, _ = top(t, k, False, True)
        assert got.tolist() == sorted(values)[:k]


def test_mode_is_the_smallest_of_the_most_frequent_at_the_place_that_sorting_leaves_last(lua, kind) -> None:
    values = [3, 1, 1, 3, 2, 3, 1] * 5
    mode = lua.eval(f"function(t) return t:type('torch.{kind}Tensor'):mode() end")
    value, place = mode(torch.tensor(values, dtype=torch.float64))
    ones = [place for v, place in quicksorted(values) if v == 1]
    assert (value.item(), place.item()) == (1, ones[-1])
