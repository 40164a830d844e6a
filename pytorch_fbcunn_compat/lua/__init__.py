"""LuaJIT inside Python: runs legacy Lua Torch scripts and calls Lua from Python.

>>> from pytorch_fbcunn_compat.lua import LuaRuntime
>>> lua = LuaRuntime()
>>> lua.eval("6 * 7")
42
"""

from .errors import LuaError, LuaSyntaxError
from .objects import LuaFunction, LuaObject, LuaTable
from .runtime import LuaRuntime

__all__ = ["LuaError", "LuaFunction", "LuaObject", "LuaRuntime", "LuaSyntaxError", "LuaTable"]
