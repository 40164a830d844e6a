"""Compares a Lua value, described by ``dump_graph.lua``, with the graph that the real Torch7 recorded for a file."""

from __future__ import annotations

from typing import Any

import numpy as np

Node = dict[str, Any]


class GraphComparison:
    """Walks both graphs together; a recorded id must always lead to the same object.

    Args:
        dumped: the parsed output of ``dump_graph.lua``.
        arrays: the recorded elements of tensors and storages, by key.
    """

    def __init__(self, dumped: Node, arrays: dict[str, np.ndarray]) -> None:
        self.nodes = dumped["nodes"]
        self.root = dumped["root"]
        self.arrays = arrays
        self.identity: dict[int, int] = {}

    def check(self, expected: Node, found: Node, path: str = "root") -> None:
        if expected["t"] == "ref":
            assert self.identity[expected["id"]] == found.get("object"), f"{path}: another object than recorded"
            return
        if "object" in found:
            if "id" in expected:
                self.identity[expected["id"]] = found["object"]
            found = self.nodes[found["object"] - 1]
        assert found["t"] == expected["t"], path
        getattr(self, f"_check_{expected['t']}")(expected, found, path)

    def _check_nil(self, expected: Node, found: Node, path: str) -> None:
        pass

    def _check_boolean(self, expected: Node, found: Node, path: str) -> None:
        assert found["v"] is expected["v"], path

    def _check_number(self, expected: Node, found: Node, path: str) -> None:
        np.testing.assert_array_equal(float(found["v"]), float(expected["v"]), err_msg=path)

    def _check_string(self, expected: Node, found: Node, path: str) -> None:
        assert found["v"] == expected["v"], path

    def _check_table(self, expected: Node, found: Node, path: str) -> None:
        items = list(found["items"])
        assert len(items) == len(expected["items"]), path
        for key, value in expected["items"]:
            position = self._find(key, value, items, path)
            items.pop(position)

    def _find(self, key: Node, value: Node, items: list[list[Node]], path: str) -> int:
        """The item with this key. Tables and tensors as keys are told apart by content."""
        place = f"{path}.{key.get('v', key['t'])}"
        for position, (candidate, content) in enumerate(items):
            before = dict(self.identity)
            try:
                self.check(key, candidate, place)
            except (AssertionError, KeyError):
                self.identity = before
                continue
            self.check(value, content, place)
            return position
        raise AssertionError(f"{place}: no such key")

    def _check_object(self, expected: Node, found: Node, path: str) -> None:
        assert found["class"] == expected["class"], path
        self._check_table(expected, found, path)

    def _check_tensor(self, expected: Node, found: Node, path: str) -> None:
        assert found["class"] == expected["class"], path
        assert found["size"] == expected["size"], path
        assert found["stride"] == expected["stride"], path
        if expected["size"]:
            assert found["offset"] == expected["offset"], path
            self.check(expected["storage"], found["storage"], f"{path}:storage()")
        self._check_elements(expected, found, path)

    def _check_storage(self, expected: Node, found: Node, path: str) -> None:
        assert found["class"] == expected["class"], path
        assert found["len"] == expected["len"], path
        self._check_elements(expected, found, path)

    def _check_elements(self, expected: Node, found: Node, path: str) -> None:
        if "key" not in expected or expected["key"] not in self.arrays:
            assert not found["values"], path
            return
        recorded = self.arrays[expected["key"]].reshape(-1)
        if recorded.dtype == np.int64:
            values = np.array([int(value) for value in found["values"]], dtype=np.int64)
        else:
            values = np.array([float(value) for value in found["values"]], dtype=np.float64)
        np.testing.assert_array_equal(values, recorded.astype(values.dtype), err_msg=path)

    def _check_function(self, expected: Node, found: Node, path: str) -> None:
        assert len(found["upvalues"]) == len(expected["upvalues"]), path
        for (name, value), (found_name, found_value) in zip(expected["upvalues"], found["upvalues"], strict=True):
            assert found_name == name, path
            self.check(value, found_value, f"{path}^{name}")
