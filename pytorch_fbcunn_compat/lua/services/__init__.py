"""Python functions that Lua packages may call: ``require('bridge.host').python('files').size(path)``.

Only modules of this folder can be reached, and of each only what its ``__all__`` names. To add a service, add a module
here with an ``__all__`` of functions: they get converted arguments (see `pytorch_fbcunn_compat.lua.convert`; tables are
`LuaTable`), return converted results (a tuple for several), and their exceptions become Lua errors with the message
``ValueError: …``. Import heavy packages inside the functions: a service is imported when a Lua package asks for it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any


def names() -> list[str]:
    """The services there are."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def functions(name: str) -> dict[str, Callable[..., Any]]:
    """The functions of a service. Raises LookupError for a name that is not a module of this folder."""
    if name not in names():
        raise LookupError(f"there is no Python service {name!r}; there are {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    return {function: getattr(module, function) for function in module.__all__}
