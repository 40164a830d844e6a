"""Runs of alike records are read many at once; that must give what reading them one by one gives, damage included."""

from __future__ import annotations

import io
import math
import random
from typing import Any

import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaStorage, LuaTable, T7Error, load, runs, save

COUNT = 400


def records() -> dict[str, list[Any]]:
    source = random.Random(3)
    shared = torch.randn(3)
    odd = [0.5, -0.0, math.inf, 2.0**60, 7]
    return {
        "numbers and strings": [[number, f"s{number}"] for number in range(COUNT)],
        "fields": [{"label": n, "good": n % 3 == 0, "name": "é" * (n % 2), "x": odd[n % 5]} for n in range(COUNT)],
        "bytes": [["ab", b"\xff\xfe"] for _ in range(COUNT)],
        "strings of any length": [["x" * source.randrange(3)] for _ in range(COUNT)],
        "interrupted": [{"a": n} if n % 90 else {"b": n} for n in range(COUNT)],
        "tensors": [torch.randn(4) for _ in range(COUNT)],
        "matrices": [torch.randn(2, 3) for _ in range(COUNT)],
        "tensors of two sizes": [torch.randn(4 if n < 150 else 5) for n in range(COUNT)],
        "one tensor again": [shared if n % 100 == 99 else torch.randn(3) for n in range(COUNT)],
    }


def written(value: Any) -> bytes:
    stream = io.BytesIO()
    save(stream, value)
    return stream.getvalue()


def plain(value: Any, places: dict[int, int]) -> Any:
    """A form that can be compared: tensors as numbers, with a number for each memory; types with numbers."""
    if isinstance(value, (LuaTable, LuaStorage, torch.Tensor)):
        memory = value if isinstance(value, LuaTable) else value.untyped_storage()
        place = places.setdefault(id(memory) if isinstance(value, LuaTable) else memory._cdata, len(places))
        if isinstance(value, LuaTable):
            return place, [(key, plain(entry, places)) for key, entry in value.items()]
        return place, type(value).__name__, value.tolist()
    return type(value).__name__, str(value)


def outcome(data: bytes) -> Any:
    try:
        return plain(load(data), {})
    except T7Error as error:
        return str(error)


@pytest.fixture
def singly(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads with the runs switched off."""

    def read(data: bytes) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(runs.Patience, "ready", lambda self, left: False)
            return outcome(data)

    return read


@pytest.mark.parametrize("name", records())
def test_runs_give_what_single_records_give(name: str, singly: Any) -> None:
    data = written(records()[name])
    assert outcome(data) == singly(data)


@pytest.mark.parametrize("name", records())
def test_damage_is_met_in_the_same_way(name: str, singly: Any) -> None:
    data, source = written(records()[name]), random.Random(5)
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(source.randrange(1, 4)):
            damaged[source.randrange(len(data))] = source.choice([0, 1, 2, 3, 4, 255, source.randrange(256)])
        cut = bytes(damaged) if source.random() < 0.8 else bytes(damaged[: source.randrange(len(data))])
        assert outcome(cut) == singly(cut)


def test_most_records_of_a_long_array_are_read_in_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    judge = runs.Patience.judge
    monkeypatch.setattr(runs.Patience, "judge", lambda self, count: taken.append(count) or judge(self, count))
    load(written(records()["tensors"]))
    assert sum(taken) > COUNT * 0.8


def test_tensors_of_a_run_have_memory_of_their_own() -> None:
    first, second, *_ = load(written(records()["matrices"])).to_list()[-2:]
    assert first.untyped_storage().nbytes() == 24
    second.fill_(1)
    assert not (first == 1).all()
