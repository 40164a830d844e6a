"""Every call of a script into Lua Torch and the packages around it: where, whether the bridge runs it, and what
PyTorch has in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from tree_sitter import Node

from . import calls, constructors, methods
from .source import Script, arguments, assignment, callee, field, line, method, parts, string, text, unwrap

RUNS, MISSING, UNKNOWN = "yes", "no", "unknown"

# Arguments: an array of names; a name that begins with ':' is a method of something. Gives an array of what runs.
_LUA = r"""
local names = ...

for _, name in ipairs({'torch', 'nn', 'optim', 'xlua', 'paths', 'sys', 'image', 'nngraph', 'cutorch', 'cunn', 'cudnn',
   'fbcunn', 'fbnn', 'rnn', 'gnuplot', 'lfs', 'cjson', 'hdf5', 'tds', 'pl', 'path'}) do
   if not _G[name] then
      local found, value = pcall(require, name)
      if found and type(value) == 'table' then rawset(_G, name, value) end
   end
end

local owners = {string}
local function class(name)
   local found = torch.getmetatable(name)
   if found then owners[#owners + 1] = found end
end
for _, name in ipairs({'FloatTensor', 'LongTensor', 'FloatStorage', 'DiskFile', 'MemoryFile', 'Timer', 'Tester',
   'TestSuite', 'CmdLine', 'Generator'}) do class('torch.' .. name) end
for _, name in ipairs({'nn', 'cudnn', 'fbcunn', 'fbnn', 'nngraph', 'rnn', 'optim'}) do
   for key in pairs(_G[name] or {}) do class(name .. '.' .. tostring(key)) end
end
owners[#owners + 1] = getmetatable(io.stdout).__index

local found = {}
for place, name in ipairs(names) do
   local value
   if name:sub(1, 1) == ':' then
      for _, owner in ipairs(owners) do
         local good, method = pcall(function() return owner[name:sub(2)] end)
         if good and method ~= nil then value = method break end
      end
   else
      value = _G
      for part in name:gmatch('[^.]+') do
         local good, inner = pcall(function() return value[part] end)
         value = good and inner or nil
         if value == nil then break end
      end
   end
   found[place] = value ~= nil
end
return found
"""


@dataclasses.dataclass
class Call:
    """A call.

    Attributes:
        name: ``torch.randperm``; a method has a colon in front.
        file, line: its place.
        runs: whether the bridge runs it: yes, no, or unknown.
        counterpart: what PyTorch has, or empty.
    """

    name: str
    file: str
    line: int
    runs: str = UNKNOWN
    counterpart: str = ""


def inventory(scripts: Iterable[Script], names: dict[Script, str]) -> list[Call]:
    """The calls of scripts, in the order of the text, without calls of functions that the scripts define."""
    scripts = list(scripts)
    own: set[str] = set()
    for script in scripts:
        own |= set(_defined(script))
    found = []
    for script in scripts:
        for node in script.nodes:
            if node.type != "function_call":
                continue
            name = _name(node, own)
            if name is not None:
                found.append(Call(name, names[script], line(node), counterpart=counterpart(name)))
    running = bridge_runs(sorted({call.name for call in found}))
    for call in found:
        call.runs = running.get(call.name, UNKNOWN)
    return found


def _defined(script: Script) -> Iterable[str]:
    """Functions and methods that a script defines, and local names."""
    for node in script.nodes:
        if node.type == "function_declaration":
            name = field(node, "name")
            yield text(name)
            if name.type == "method_index_expression":
                yield ":" + text(field(name, "method"))
            elif name.type == "dot_index_expression":
                yield ":" + text(field(name, "field"))
        elif node.type in ("variable_declaration", "assignment_statement"):
            found = assignment(node)
            for target, value in zip(found[0], found[1], strict=False) if found else ():
                required = value.type == "function_call" and callee(value) == "require"
                if not required and target.type == "identifier":
                    yield text(target)
        elif node.type == "parameters":
            yield from (text(parameter) for parameter in parts(node))
        elif node.type == "field" and (name_ := node.child_by_field_name("name")) is not None:
            value_ = node.child_by_field_name("value")
            if value_ is not None and value_.type == "function_definition":
                yield ":" + text(name_)


def _name(node: Node, own: set[str]) -> str | None:
    found = method(node)
    if found is not None:
        return None if f":{found[1]}" in own and f":{found[1]}" not in _COMMON else f":{found[1]}"
    name = callee(node)
    if not name or name in own or name.split(".")[0] in own:
        return None
    if name == "require" and arguments(node) and unwrap(arguments(node)[0]).type == "string":
        return f"require {string(unwrap(arguments(node)[0]))}"
    return name


_COMMON = {":size", ":forward", ":backward", ":type"}


def counterpart(name: str) -> str:
    """What PyTorch has for a Lua function, method or class; empty if nothing is known."""
    if name.startswith("require "):
        return _PACKAGES.get(name[8:], "")
    if name.startswith(":"):
        return methods.known(name[1:]) or _same_method(name[1:])
    known = calls.known(name) or constructors.known(name)
    if known:
        return known
    package, _, short = name.rpartition(".")
    if package in ("nn", "cudnn", "fbcunn", "inn"):
        from ..spec import REFUSED, TABLE

        if name in REFUSED:
            return f"none: {REFUSED[name]}"
        return "ported from a .t7 file" if name in TABLE else ""
    if package in ("math", "os", "io", "string", "table") or not package:
        return "Python's own"
    import torch

    return f"torch.{short}" if package == "torch" and hasattr(torch, short) else ""


def _same_method(name: str) -> str:
    import torch

    for candidate in (f"{name}_", name):
        if hasattr(torch.Tensor, candidate):
            return f"Tensor.{candidate}"
    return ""


_PACKAGES = {
    "torch": "import torch", "nn": "from torch import nn", "optim": "torch.optim", "image": "torchvision",
    "cutorch": "torch.cuda", "cunn": "torch.cuda", "cudnn": "torch.backends.cudnn", "nngraph": "nn.Module",
    "paths": "os.path", "xlua": "(not needed)", "sys": "sys, time", "lfs": "os", "cjson": "json", "hdf5": "h5py",
    "gnuplot": "matplotlib", "itorch": "IPython", "threads": "torch.utils.data.DataLoader", "tds": "dict, list",
    "rnn": "nn.LSTM, nn.GRU", "csvigo": "csv", "mattorch": "scipy.io", "matio": "scipy.io", "pl": "Python's own",
    "fbcunn": "pytorch_fbcunn_compat.nn", "torchnet": "torch.utils.data", "loadcaffe": "the model as .t7",
    "display": "matplotlib, visdom", "trepl": "IPython", "moses": "Python's own", "md5": "hashlib",
    "json": "json", "socket": "time", "env": "(not needed)",
}  # fmt: skip


def bridge_runs(names: list[str]) -> dict[str, str]:
    """For each name whether the Lua packages of this project have it; unknown where the bridge does not start."""
    plain = [name.removeprefix("require ") for name in names]
    try:
        from ...lua import LuaRuntime

        lua = LuaRuntime()
        lua.require("trepl")
        found: Any = lua.execute(_LUA, plain)
        results = [bool(found[place]) for place in range(1, len(names) + 1)]
        for place, name in enumerate(names):
            if name.startswith("require "):
                results[place] = bool(lua.execute("return (pcall(require, ...))", name.removeprefix("require ")))
    except (ImportError, OSError, RuntimeError):
        return {}
    return {name: RUNS if good else MISSING for name, good in zip(names, results, strict=True)}
