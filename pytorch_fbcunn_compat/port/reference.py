"""Runs the original model in the embedded Lua, and brings out what each of its modules computed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import torch

from .spec import PortError

# Arguments: where to look up modules and fields are arrays of keys. In-place modules would overwrite what their
# neighbours computed before it can be compared, so they are told not to work in place.
_LUA = r"""
local root = {}

local function at(value, keys)
   for _, key in ipairs(keys) do
      if value == nil then return nil end
      value = value[key]
   end
   return value
end

local function flat(value, found)
   if torch.isTensor(value) then
      found[#found + 1] = value:clone()
   elseif type(value) == 'table' then
      for _, entry in ipairs(value) do flat(entry, found) end
   end
   return found
end

local run = {}

function run.load(path, ascii)
   root.model = torch.load(path, ascii and 'ascii' or 'binary')
   for _, module in ipairs(root.model.listModules and root.model:listModules() or {}) do
      if module.inplace then
         module.inplace = false
         -- the file has these over the memory of the neighbours' tensors
         for _, field in ipairs({'output', 'gradInput'}) do
            if torch.isTensor(module[field]) then module[field] = module[field].new() else module[field] = {} end
         end
      end
   end
end

-- Gives each place of a graph at which a module stands again a copy with the same parameters.
function run.separate()
   for _, graph in ipairs(root.model:listModules()) do
      local seen = {}
      for _, node in ipairs(graph.forwardnodes or {}) do
         local module = node.data.module
         if module and seen[module] then
            node.data.module = module:clone('weight', 'bias', 'gradWeight', 'gradBias')
         elseif module then
            seen[module] = true
         end
      end
   end
end

function run.mode(training, fixed)
   if training then root.model:training() else root.model:evaluate() end
   for module, kept in pairs(root.silenced or {}) do module[kept.field] = kept.value end
   root.silenced = {}
   for _, keys in ipairs(fixed) do
      local module = at(root.model, keys)
      local name = torch.typename(module)
      local field = name:find('Dropout') and 'p' or name:find('WhiteNoise') and 'std'
      if field and module[field] then -- some of them have no backward in evaluation mode
         root.silenced[module] = {field = field, value = module[field]}
         module[field] = field == 'std' and 1e-30 or 0 -- there is no normal distribution of width 0
      else
         module:evaluate()
      end
   end
   -- the rnn package's copies for later steps may be older than what was changed above
   for _, module in ipairs(root.model.listModules and root.model:listModules() or {}) do
      if module.sharedClones and module.recurrentModule then module.sharedClones = {module.recurrentModule} end
   end
   -- what remembers its state between calls starts anew
   for _, method in ipairs({'forget', 'resetStates'}) do
      if root.model[method] then root.model[method](root.model) end
   end
end

function run.forward(input)
   root.input = input
   root.model:zeroGradParameters()
   return root.model:forward(input)
end

function run.backward(gradOutput)
   return root.model:backward(root.input, gradOutput)
end

function run.loss(input, target)
   return (root.model:forward(input, target))
end

function run.lossGradient(input, target)
   return root.model:backward(input, target)
end

function run.tensors(keys)
   return flat(at(root.model, keys), {})
end

function run.addresses(keys)
   local value = at(root.model, keys)
   if not torch.isTensor(value) then return {} end
   return {torch.pointer(value:storage()) + value:storageOffset()}
end

return run
"""


_FUNCTIONS = ("load", "separate", "mode", "forward", "backward", "loss", "lossGradient", "tensors", "addresses")


class Reference:
    """The model of a .t7 file, run in Lua.

    Raises:
        PortError: the embedded Lua, or one of the model's classes, is not there.
    """

    def __init__(self, path: str, requires: Sequence[str] = ()) -> None:
        try:
            from ..lua import LuaError, LuaRuntime

            self.error = LuaError
            self.lua = LuaRuntime()
            self.lua.execute("require 'nn'")
        except (ImportError, OSError, RuntimeError) as error:
            raise PortError(f"the original cannot be run for comparison: {error}") from error
        for package in ("nngraph", "optim", "cunn", "cudnn", "fbcunn", "fbnn", "rnn"):
            self.lua.execute(f"pcall(require, '{package}')")
        for script in requires:
            try:
                self.lua.run(script)
            except self.error as error:
                raise PortError(f"{script}: {' '.join(str(error).split('stack traceback')[0].split())}") from error
        run = self.lua.execute(_LUA)
        self.run = {name: run[name] for name in _FUNCTIONS}
        with open(path, "rb") as file:
            ascii = file.read(1) in b"012345678"
        self._call("load", path, ascii)

    def _call(self, name: str, *args: Any) -> Any:
        try:
            return self.lua.call(self.run[name], *args)
        except self.error as error:
            lines = str(error).split("stack traceback")[0].split("WARNING")[0].split()
            unknown = "unknown Torch class" in str(error)
            hint = "; give the script that defines the class with --require FILE.lua" if unknown else ""
            raise PortError(f"the original failed in Lua ({name}): {' '.join(lines)}{hint}") from error

    def separate(self) -> None:
        """Gives each place of a graph at which a module stands a copy of its own."""
        self._call("separate")

    def set_mode(self, training: bool, fixed: list[str]) -> None:
        """Training or evaluation mode; modules at the paths in `fixed` draw no random numbers."""
        self._call("mode", training, [keys(path) for path in fixed])

    def forward(self, value: Any) -> Any:
        """The model's output: a tensor or nested tuples."""
        return _tuples(self._call("forward", _lists(value)))

    def backward(self, grad_output: Any) -> Any:
        """The gradient of the input."""
        return _tuples(self._call("backward", _lists(grad_output)))

    def loss(self, value: Any, target: Any) -> float:
        """What a criterion makes of an input and a target."""
        return float(self._call("loss", _lists(value), _lists(target)))

    def loss_gradient(self, value: Any, target: Any) -> Any:
        """The gradient of a criterion's input; after `loss` of the same."""
        return _tuples(self._call("lossGradient", _lists(value), _lists(target)))

    def addressed(self, path: str, field: str) -> list[tuple[torch.Tensor, int]]:
        """A copy of the tensor in a field, with a number that tells whether two are the same memory."""
        addresses = _tuples(self._call("addresses", [*keys(path), field]))
        return list(zip(self.tensors(path, field)[:1], map(int, addresses), strict=True))

    def tensors(self, path: str, field: str) -> list[torch.Tensor]:
        """Copies of the tensors in a field of the module at `path`, depth first."""
        found = self._call("tensors", [*keys(path), field])
        return list(_tuples(found))


def keys(path: str) -> list[str | int]:
    """``model.modules[3].weight`` → ['modules', 3, 'weight']."""
    return [int(number) if number else name for name, number in re.findall(r"\.(\w+)|\[(\d+)\]", path)]


def _lists(value: Any) -> Any:
    return [_lists(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _tuples(value: Any) -> Any:
    """A Lua array as a tuple, tensors copied."""
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, (list, tuple)):
        return tuple(map(_tuples, value))
    if value is None or not hasattr(value, "__len__"):
        return value
    return tuple(_tuples(value[position]) for position in range(1, len(value) + 1))
