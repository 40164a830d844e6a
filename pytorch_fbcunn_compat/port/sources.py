"""Copies the source of twins, with everything of ours that they use, into emitted files."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from typing import Any

from . import twins


def _names() -> dict[str, Any]:
    """Every class and function of the twins, by name."""
    found = {}
    for info in pkgutil.iter_modules(twins.__path__):
        module = importlib.import_module(f"{twins.__name__}.{info.name}")
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__:
                found[name] = value
    return found


def needed(wanted: list[Any]) -> list[Any]:
    """The wanted classes and functions with those they use, each after what it uses."""
    names = _names()
    ordered: list[Any] = []

    def visit(value: Any, open_: tuple[Any, ...]) -> None:
        if value in ordered or value in open_:
            return
        for node in ast.walk(ast.parse(inspect.getsource(value))):
            if isinstance(node, ast.Name) and node.id in names and names[node.id] is not value:
                visit(names[node.id], (*open_, value))
        ordered.append(value)

    for value in wanted:
        visit(value, ())
    return [value for value in ordered if value.__name__ != "Twin"]


def copy(values: list[Any]) -> str:
    """Their source, on plain nn.Module instead of Twin."""
    parts = []
    for value in values:
        source = inspect.getsource(value)
        source = re.sub(r"\(Twin\):", "(nn.Module):", source)
        parts.append(source.rstrip())
    return "\n\n\n".join(parts)


IMPORTS = (
    (r"\bAny\b", "from typing import Any"),
    (r"\bfunctools\.", "import functools"),
    (r"\bmath\.", "import math"),
    (r"\boperator\.", "import operator"),
    (r"\bPath\b", "from pathlib import Path"),
    (r"\btorch\.", "import torch"),
    (r"\bF\.", "import torch.nn.functional as F"),
    (r"\bnn\.", "from torch import nn"),
    (r"\bparametrize\.", "from torch.nn.utils import parametrize"),
    (r"\bload_file\(", "from safetensors.torch import load_file"),
)


def imports(source: str) -> str:
    """The import lines that a source text needs, in the usual order."""
    lines = [line for pattern, line in IMPORTS if re.search(pattern, source)]
    standard = [line for line in lines if "torch" not in line]
    other = [line for line in lines if "torch" in line]
    for group in (standard, other):
        group.sort(key=lambda line: (line.startswith("from"), line))
    return "\n".join(["from __future__ import annotations", "", *standard, *([""] if standard else []), *other])
