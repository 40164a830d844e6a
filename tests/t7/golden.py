"""Compares objects with the graph that the real Torch7 recorded for a file (NAME.json, NAME.npz)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from pytorch_fbcunn_compat.t7 import LuaFunction, LuaStorage, LuaTable, TorchObject
from pytorch_fbcunn_compat.t7.storage import STORAGE_CLASSES, TENSOR_CLASSES


class Comparison:
    """Walks a recorded graph and a loaded one together; the same recorded id must always be the same object."""

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.arrays = arrays
        self.seen: dict[int, Any] = {}

    def check(self, node: dict[str, Any], value: Any, path: str = "") -> None:
        kind = node["t"]
        if kind == "ref":
            identity = value.untyped_storage()._cdata if isinstance(value, LuaStorage) else value
            assert self.seen[node["id"]] == identity if isinstance(identity, int) else self.seen[node["id"]] is value, (
                path
            )
            return
        if "id" in node and kind != "storage":
            self.seen[node["id"]] = value
        getattr(self, f"check_{kind}")(node, value, path)

    def check_nil(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert value is None, path

    def check_boolean(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert value is node["v"], path

    def check_number(self, node: dict[str, Any], value: Any, path: str) -> None:
        expected = float(node["v"])
        assert type(value) in (int, float), path
        assert value == expected or (math.isnan(value) and math.isnan(expected)), path

    def check_string(self, node: dict[str, Any], value: Any, path: str) -> None:
        data = value.encode() if isinstance(value, str) else value
        assert data == node["v"].encode("latin-1"), path

    def check_table(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert type(value) is LuaTable, path
        self.check_items(node["items"], value, path)

    def check_object(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert type(value) is TorchObject, path
        assert value.typename == node["class"], path
        if value.version:  # 0: the file has no version, and Torch7 then counts the class's own
            assert value.version == node["version"], path
        self.check_items(node["items"], value.fields, path)

    def check_items(self, items: list[list[Any]], table: LuaTable, path: str) -> None:
        assert len(table) == len(items), f"{path}: {table.keys()}"
        unpaired = [key for key in table if not isinstance(key, (bool, int, float, str, bytes))]
        for key, entry in items:
            if key["t"] in ("string", "number", "boolean"):
                wanted: Any = key["v"]
                if key["t"] == "string":
                    data = wanted.encode("latin-1")
                    wanted = data.decode() if data.decode(errors="ignore").encode() == data else data
                elif key["t"] == "number":
                    wanted = float(wanted)
                assert wanted in table, f"{path}: {wanted!r}"
                self.check(entry, table[wanted], f"{path}.{wanted}")
            else:
                self.check_unordered(key, entry, table, unpaired, path)

    def check_unordered(
        self, key: dict[str, Any], entry: dict[str, Any], table: LuaTable, unpaired: list[Any], path: str
    ) -> None:
        """A table, tensor or object as key stands at no recorded place: some key of the table must fit in full."""
        before, reason = dict(self.seen), None
        for found in unpaired:
            if not self.fits(key, found):
                continue
            try:
                self.check(key, found, f"{path}<key>")
                self.check(entry, table[found], f"{path}[{key['t']}]")
            except AssertionError as error:
                self.seen, reason = dict(before), error
                continue
            unpaired.remove(found)
            return
        raise AssertionError(f"{path}: no key fits {key['t']}") from reason

    def fits(self, node: dict[str, Any], value: Any) -> bool:
        if node["t"] == "ref":
            return self.seen.get(node["id"]) is value
        return {"table": LuaTable, "tensor": torch.Tensor, "object": TorchObject}[node["t"]] is type(value)

    def check_tensor(self, node: dict[str, Any], value: Any, path: str) -> None:
        element = TENSOR_CLASSES[node["class"]]
        assert value.dtype == element.dtype, path
        size = tuple(node["size"]) or (0,)
        assert tuple(value.shape) == size, path
        if node["size"]:
            assert list(value.stride()) == node["stride"], path
            assert value.storage_offset() == node["offset"] - 1, path
        if "storage" in node:
            storage = node["storage"]
            memory = value.untyped_storage()
            number = storage["id"]
            if storage["t"] == "ref":
                assert self.seen[number] == memory._cdata, path
            else:
                self.seen[number] = memory._cdata
                assert memory.nbytes() == storage["len"] * value.element_size(), path
                self.check_values(storage, value.as_strided((storage["len"],), (1,), 0), path)
        self.check_values(node, value, path)

    def check_values(self, node: dict[str, Any], value: torch.Tensor, path: str) -> None:
        if "sum" in node and value.numel():
            total, magnitude = node["sum"], node["asum"]
            np.testing.assert_allclose(
                float(value.double().sum()), total, rtol=1e-6, atol=1e-5 * max(1, magnitude), err_msg=path
            )
            np.testing.assert_allclose(float(value.double().abs().sum()), magnitude, rtol=1e-6, err_msg=path)
        if node.get("key") in self.arrays:
            expected = self.arrays[node["key"]]
            np.testing.assert_array_equal(
                value.numpy().reshape(expected.shape), expected.astype(value.numpy().dtype), path
            )

    def check_storage(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert type(value) is LuaStorage, path
        assert value.typename == node["class"], path
        assert value.data.dtype == STORAGE_CLASSES[node["class"]].dtype, path
        assert len(value) == node["len"], path
        memory = value.untyped_storage()._cdata
        assert self.seen.setdefault(node["id"], memory) == memory, path
        self.check_values(node, value.data, path)

    def check_function(self, node: dict[str, Any], value: Any, path: str) -> None:
        assert type(value) is LuaFunction, path
        assert value.bytecode.startswith(b"\x1bLJ"), path
        assert list(value.named_upvalues) == [name for name, _ in node["upvalues"]], path
        for name, upvalue in node["upvalues"]:
            self.check(upvalue, value.named_upvalues[name], f"{path}^{name}")
