"""A short description of what a file holds, for people (`fbcunn inspect`) and as JSON."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import torch

from .objects import LuaFunction, LuaTable, TorchObject
from .storage import LuaStorage

MAX_DEPTH = 60
MAX_ENTRIES = 200
PARAMETERS = ("weight", "bias", "v", "g", "diagCov")
# buffers that a module fills again when it runs
SCRATCH = ("output", "gradInput", "finput", "fgradInput", "noise", "indices", "addBuffer", "ones", "buffer", "buffer2")
# how an nngraph model is wired: the same nodes several times, each with all others inside
_GRAPH = ("fg", "bg", "forwardnodes", "backwardnodes", "innode", "outnode")


@dataclasses.dataclass
class Node:
    """One value: its name in what holds it, a line about it, and what it holds."""

    name: str
    text: str
    kind: str
    detail: dict[str, Any] = dataclasses.field(default_factory=dict)
    children: list[Node] = dataclasses.field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The node and those below as plain dicts."""
        found = {"name": self.name, "kind": self.kind} | self.detail
        return found | ({"children": [child.as_json() for child in self.children]} if self.children else {})


@dataclasses.dataclass
class Summary:
    """The tree, and totals over the whole file (what is shared counts once)."""

    root: Node
    parameters: int
    tensors: int
    bytes: int
    classes: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """All of it as plain dicts and numbers."""
        totals = {"parameters": self.parameters, "tensors": self.tensors, "tensor_bytes": self.bytes}
        return totals | {"classes": self.classes, "content": self.root.as_json()}


def summarize(value: Any) -> Summary:
    """Describes a value that `load` returned."""
    return _Walk().summary(value)


def shape(tensor: torch.Tensor) -> str:
    return "×".join(map(str, tensor.shape)) if tensor.numel() else "empty"


def is_scratch(name: Any) -> bool:
    """Whether a field of a module is a buffer that it fills again when it runs."""
    return isinstance(name, str) and (name.startswith("_") or name in SCRATCH)


class _Walk:
    def __init__(self) -> None:
        self.seen: dict[int, str] = {}
        self.storages: dict[int, int] = {}
        self.counted: set[Any] = set()
        self.parameters = 0
        self.tensors = 0
        self.classes: Counter[str] = Counter()

    def summary(self, value: Any) -> Summary:
        root = self.node("", value, "", 0)
        return Summary(root, self.parameters, self.tensors, sum(self.storages.values()), dict(self.classes))

    def node(self, name: str, value: Any, path: str, depth: int) -> Node:
        if isinstance(value, torch.Tensor):
            return self.tensor(name, value)
        if isinstance(value, LuaStorage):
            return Node(name, f"{value.typename} of {len(value)}", "storage", {"class": value.typename})
        if isinstance(value, LuaFunction):
            text = f"Lua function, {len(value.bytecode)} bytes of bytecode"
            return Node(name, text, "function", {"upvalues": list(value.named_upvalues)})
        if isinstance(value, (LuaTable, TorchObject)):
            known = self.seen.get(id(value))
            if known is not None:
                return Node(name, f"the same as {known or 'the whole'}", "reference", {"path": known})
            self.seen[id(value)] = path
            if depth > MAX_DEPTH:
                return Node(name, f"… (nested more than {MAX_DEPTH} deep)", "deep")
            if isinstance(value, TorchObject):
                return self.object(name, value, path, depth)
            return self.table(name, value, path, depth)
        if isinstance(value, bytes):
            return Node(name, f"{len(value)} bytes", "bytes", {"bytes": len(value)})
        shown = value if not isinstance(value, str) or len(value) <= 60 else value[:57] + "…"
        return Node(name, repr(shown), type(value).__name__, {"value": shown})

    def tensor(self, name: str, value: torch.Tensor) -> Node:
        self.tensors += 1
        storage = value.untyped_storage()
        self.storages[storage._cdata] = storage.nbytes()
        dtype = str(value.dtype).removeprefix("torch.")
        return Node(name, f"{shape(value)} {dtype}", "tensor", {"shape": list(value.shape), "dtype": dtype})

    def table(self, name: str, value: LuaTable, path: str, depth: int) -> Node:
        what = "array" if value.is_list and len(value) else "table"
        node = Node(name, f"{what} of {len(value)}", what, {"entries": len(value)})
        for position, (key, entry) in enumerate(value.items()):
            if position == MAX_ENTRIES:
                node.children.append(Node("", f"… {len(value) - MAX_ENTRIES} more", "more"))
                break
            node.children.append(self.node(_key(key), entry, f"{path}.{_key(key)}".lstrip("."), depth + 1))
        return node

    def object(self, name: str, value: TorchObject, path: str, depth: int) -> Node:
        """A module on one line: its settings and the shapes of its weights; below it the modules it holds."""
        self.classes[value.typename] += 1
        node = Node(name, value.typename, "object", {"class": value.typename, "version": value.version})
        module = "gradInput" in value or "_type" in value
        settings: dict[str, Any] = {}
        weights: dict[str, Any] = {}
        for key, entry in value.fields.items():
            if module and key in ("train", "_type"):
                continue
            if key in _GRAPH and value.typename == "nn.gModule":
                continue
            if module and is_scratch(key):
                if isinstance(entry, torch.Tensor):
                    self.tensor("", entry)
                continue
            if isinstance(entry, torch.Tensor):
                found = self.tensor(_key(key), entry)
                if not module:
                    node.children.append(found)
                elif not str(key).startswith("grad"):
                    weights[_key(key)] = found.detail["shape"]
                    self.count(key, entry)
            elif isinstance(entry, (LuaTable, TorchObject, LuaFunction)):
                node.children += self.inside(key, entry, path, depth, module)
            elif isinstance(entry, LuaStorage):
                settings[_key(key)] = "×".join(map(str, entry.tolist()[:8]))
            else:
                settings[_key(key)] = entry if not isinstance(entry, bytes) else f"{len(entry)} bytes"
        if value.typename == "nn.gModule" and "modules" not in value:
            node.children += self.graph(value, path, depth)
        settings = dict(sorted(settings.items()))
        node.detail |= {"settings": settings} if settings else {}
        node.detail |= {"weights": weights} if weights else {}
        shown = [
            f"{key}={entry:g}" if isinstance(entry, float) else f"{key}={entry}" for key, entry in settings.items()
        ]
        shapes = [f"{key} {'×'.join(map(str, size))}" for key, size in weights.items()]
        node.text += f"  {', '.join(shapes)}" if shapes else ""
        node.text += f"  ({' '.join(shown)})" if shown else ""
        return node

    def graph(self, value: TorchObject, path: str, depth: int) -> list[Node]:
        """The modules of an nngraph model that does not list them, under the names of their nodes."""
        holder = value.get("forwardnodes") or getattr(value.get("fg"), "nodes", None)
        found = []
        for position, entry in holder.items() if isinstance(holder, LuaTable) else ():
            data = entry.get("data") if isinstance(entry, TorchObject) else None
            module = data.get("module") if isinstance(data, LuaTable) else None
            if isinstance(module, TorchObject):
                found.append(self.node(f"({_key(position)})", module, f"{path}.forwardnodes.{position}", depth + 1))
        return found

    def inside(self, key: Any, entry: Any, path: str, depth: int, module: bool) -> list[Node]:
        here = f"{path}.{_key(key)}".lstrip(".")
        if module and key == "modules" and type(entry) is LuaTable:  # the modules stand right under their container
            self.seen[id(entry)] = here
            return [self.node(f"({_key(k)})", child, f"{here}.{_key(k)}", depth + 1) for k, child in entry.items()]
        return [self.node(_key(key), entry, here, depth + 1)]

    def count(self, key: Any, tensor: torch.Tensor) -> None:
        identity = (tensor.untyped_storage()._cdata, tensor.storage_offset(), tuple(tensor.shape))
        if key in PARAMETERS and identity not in self.counted:
            self.counted.add(identity)
            self.parameters += tensor.numel()


def _key(key: Any) -> str:
    if isinstance(key, (str, int, float, bool)):
        return str(key)
    return repr(key) if isinstance(key, bytes) else f"<{getattr(key, 'typename', type(key).__name__)}>"
