"""`save`: what Python values become, what is refused, and that no half-written file is seen."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pytorch_fbcunn_compat.t7 import LuaStorage, LuaTable, T7Error, TorchObject, load, save


def there_and_back(value: Any, ascii: bool = False) -> Any:
    stream = io.BytesIO()
    save(stream, value, ascii=ascii)
    return load(stream.getvalue())


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize(
    "value",
    [None, True, False, 0, -7, 2**53, 1.5, -0.0, 1e300, float("inf"), "", "text", "é\n\0", b"\xff\x00", "3\n1\n"],
)
def test_simple_values(value: Any, ascii: bool) -> None:
    found = there_and_back(value, ascii)
    assert type(found) is type(value)
    assert found == value
    assert str(found) == str(value)


DTYPES = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64]


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1,), (3, 4), (2, 1, 3), (0,)])
def test_tensors(dtype: torch.dtype, shape: tuple[int, ...], ascii: bool) -> None:
    value = (torch.randn(shape) * 50).to(dtype)
    found = there_and_back(value, ascii)
    assert found.dtype == dtype
    torch.testing.assert_close(found, value, rtol=0, atol=0)


def test_views_share_their_storage() -> None:
    base = torch.arange(12.0).reshape(3, 4)
    found = there_and_back([base, base.t(), base[1], base[:, 1:3], base[0, 0].expand(5), base])
    assert len({tensor.untyped_storage()._cdata for tensor in found.to_list()}) == 1
    assert found[2].stride() == (1, 4)
    assert found[3].storage_offset() == 4
    assert found[5].stride() == (0,)
    assert found[6] is found[1]
    found[1][1, 1] = 100
    assert found[4][1, 0] == 100


def test_what_torch7_has_no_kind_of() -> None:
    table = there_and_back({"zero": torch.tensor(3.0), "bool": torch.tensor([True, False]), "empty": torch.empty(0, 3)})
    assert table.zero.tolist() == [3.0]
    assert (table["bool"].dtype, table["bool"].tolist()) == (torch.uint8, [1, 0])
    assert table.empty.shape == (0,)


def test_containers_and_numpy() -> None:
    value = {
        "list": [1, None, 3],
        "tuple": (1, 2),
        "size": torch.Size([2, 3]),
        "array": np.arange(3),
        "f": np.float32(2),
    }
    table = there_and_back(value)
    assert table["list"].items() == [(1, 1), (3, 3)]
    assert table.tuple.to_list() == [1, 2]
    assert isinstance(table.size, LuaStorage)
    assert table.size.tolist() == [2, 3]
    assert table.array.tolist() == [0, 1, 2]
    assert table.f == 2


def test_parameters_and_gradients_are_plain_tensors() -> None:
    parameter = torch.nn.Parameter(torch.ones(2, 3))
    assert not there_and_back(parameter).requires_grad
    assert there_and_back(parameter * 2).tolist() == [[2.0] * 3] * 2


def test_identity_survives() -> None:
    inner = LuaTable({"a": 1})
    table = LuaTable({"x": inner, "y": inner, "object": TorchObject("a.B", 3, {"t": inner})})
    table["self"] = table
    found = there_and_back(table)
    assert found.x is found.y is found.object.t
    assert found.self is found
    assert found.object.version == 3


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "a Python object has no counterpart in Torch7"),
        (torch.nn.Linear(1, 1), "Linear has no counterpart in Torch7; save its state_dict"),
        (torch.zeros(2, dtype=torch.bfloat16), "torch.bfloat16 has no counterpart in Torch7; save tensor.float()"),
        (torch.zeros(2, dtype=torch.complex64), "save torch.view_as_real"),
        (torch.eye(2).to_sparse(), "save tensor.to_dense()"),
        (torch.empty(2, device="meta"), "on meta cannot be saved"),
        (np.array(["a"]), "a NumPy array of"),
        (10**400, "beyond the range of Lua's numbers"),
    ],
)
def test_what_cannot_be_saved_is_named_with_its_place(value: Any, message: str) -> None:
    with pytest.raises(T7Error) as caught:
        save(io.BytesIO(), {"model": {"modules": [1, value]}})
    assert message in str(caught.value)
    assert caught.value.path == "model.modules[2]"


def test_the_old_file_stays_when_saving_fails(tmp_path: Path) -> None:
    path = tmp_path / "x.t7"
    save(path, "old")
    with pytest.raises(T7Error):
        save(path, [torch.ones(300_000), object()])
    assert load(path) == "old"
    assert os.listdir(tmp_path) == ["x.t7"]


def test_saving_keeps_permissions_and_links(tmp_path: Path) -> None:
    path, link = tmp_path / "x.t7", tmp_path / "link.t7"
    save(path, 1)
    assert stat.S_IMODE(path.stat().st_mode) & 0o400
    path.chmod(0o640)
    link.symlink_to(path)
    save(link, 2)
    assert link.is_symlink()
    assert load(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_errors_of_the_file_system(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        save(tmp_path, 1)
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "no" / "x.t7", 1)


def test_large_storages_are_mapped_and_never_written_back(tmp_path: Path) -> None:
    path = tmp_path / "big.t7"
    value = torch.arange(1_000_000, dtype=torch.float32)
    save(path, [value, value[10:20]])
    before = path.read_bytes()
    for mmap in (True, False):
        found = load(path, mmap=mmap)
        torch.testing.assert_close(found[1], value, rtol=0, atol=0)
        assert found[1].untyped_storage().nbytes() == 4_000_000
        found[1][15] = -1
        assert found[2][5] == -1
    assert path.read_bytes() == before


def test_map_location() -> None:
    stream = io.BytesIO()
    save(stream, [torch.ones(2), torch.ones(2)])
    places = []
    found = load(stream.getvalue(), map_location=lambda place: places.append(place) or "meta")
    assert places == ["cpu", "cpu"]
    assert found[1].device.type == "meta"
    assert load(stream.getvalue(), map_location={"cpu": "meta"})[2].is_meta
    assert load(stream.getvalue(), map_location="cpu")[1].tolist() == [1, 1]


def test_cuda_classes_load_on_the_cpu() -> None:
    stream = io.BytesIO()
    save(stream, torch.arange(3.0))
    data = stream.getvalue()
    for name in (b"Tensor", b"Storage"):
        old, new = b"torch.Float" + name, b"torch.Cuda" + name
        data = data.replace(bytes([len(old), 0, 0, 0]) + old, bytes([len(new), 0, 0, 0]) + new)
    found = load(data)
    assert (found.device.type, found.tolist()) == ("cpu", [0, 1, 2])


@pytest.mark.parametrize("option", [{"functions": "run"}, {"long_size": 5}, {"byteorder": "middle"}])
def test_wrong_options_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(option))):
        load(b"", **option)
