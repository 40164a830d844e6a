"""Long runs of alike tensors are read by a shortcut; it must give what the general code gives."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaStorage, LuaTable, T7Error, load, save


def run(*sizes: tuple[int, ...]) -> list[torch.Tensor]:
    return [torch.randn(size, dtype=torch.float64) for size in sizes]


def loaded(value: object) -> list:
    stream = io.BytesIO()
    save(stream, value)
    return load(stream.getvalue()).to_list()


def test_tensors_of_any_dimension_in_a_row() -> None:
    tensors = run(*[(10,)] * 6, *[(2, 5)] * 6, *[(2, 1, 3, 1)] * 6, (3,), (4, 1), (3,), (0,), (0,), (0,), (0,), (7,))
    for found, expected in zip(loaded(tensors), tensors, strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0)
        assert found.is_contiguous()
        assert found.untyped_storage().nbytes() == expected.numel() * 8


def test_what_is_shared_or_strided_in_a_run_stays_so() -> None:
    tensors = run(*[(2, 3)] * 8)
    tensors[5] = tensors[4][0]
    tensors[6] = tensors[2]
    tensors[7] = tensors[3].t()
    found = loaded(tensors)
    assert found[6] is found[2]
    assert found[5].untyped_storage()._cdata == found[4].untyped_storage()._cdata
    assert found[7].stride() == (1, 3)
    found[3].fill_(5)
    assert found[7].eq(5).all()


def test_a_storage_that_follows_its_tensor_is_flat() -> None:
    tensors = run(*[(2, 3)] * 5)
    storage = LuaStorage("torch.DoubleStorage", tensors[4].view(-1))
    table = LuaTable.from_list([*tensors, storage])
    found = loaded(table)
    assert found[5].data.shape == (6,)
    assert len(found[5]) == 6
    found[5].data[0] = 9
    assert found[4][0, 0] == 9


def test_arrays_with_other_keys(tmp_path: Path) -> None:
    tensors = run(*[(2, 3)] * 6)
    table = LuaTable({3: tensors[0], 4: tensors[1], 5: tensors[2], "a": tensors[3], 1: tensors[4], 2: tensors[5]})
    save(tmp_path / "x.t7", table)
    found = load(tmp_path / "x.t7")
    assert found.keys() == [3, 4, 5, "a", 1, 2]
    for key in table:
        torch.testing.assert_close(found[key], table[key])


@pytest.mark.parametrize("cut", [1, 40, 100, 163])
def test_a_run_that_ends_early(cut: int) -> None:
    stream = io.BytesIO()
    save(stream, run(*[(3,)] * 9))
    with pytest.raises(T7Error):
        load(stream.getvalue()[:-cut])
