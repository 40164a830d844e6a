--- MATLAB files: `matio.load(path, names)` and `matio.save(path, tensor or table)`.
--
-- They are read and written by SciPy, which is an optional part of the installation. The C functions that the original
-- offered as `matio.ffi` are those of a library that is not used here; only its two compression constants are kept.
local torch = require 'torch'
local system = require('bridge.host').python 'matlab'

local matio = {
  --- Whether texts are loaded as Lua strings instead of CharTensors.
  use_lua_strings = false,
  ffi = setmetatable({ COMPRESSION_NONE = 0, COMPRESSION_ZLIB = 1 }, {
    __index = function(_, name)
      error(("matio.ffi.%s is not supported: use matio.load and matio.save"):format(tostring(name)), 2)
    end,
  }),
}
matio.compression = matio.ffi.COMPRESSION_ZLIB

local function need_path(path, fn)
  if type(path) ~= 'string' then error(('matio.%s: a path is expected, got a %s'):format(fn, type(path)), 3) end
end

--- Loads one variable, those in a list of names (as a table), or all.
function matio.load(path, names)
  need_path(path, 'load')
  local one = type(names) == 'string'
  if names ~= nil and not one and type(names) ~= 'table' then
    error(('matio.load: a name or a list of names is expected, got a %s'):format(type(names)), 2)
  end
  local found = system.load(path, one and { names } or names, matio.use_lua_strings)
  if one then return found[names] end
  return found
end

--- Saves a tensor as variable x, or a table of variables: tensors, numbers, booleans, strings and tables of them.
function matio.save(path, data)
  need_path(path, 'save')
  if torch.isTensor(data) then data = { x = data } end
  if type(data) ~= 'table' then
    error(('matio.save: a tensor or a table is expected, got a %s'):format(torch.type(data)), 2)
  end
  for name in pairs(data) do
    if type(name) ~= 'string' then error('matio.save: the names of variables must be strings', 2) end
  end
  system.save(path, data, matio.compression ~= matio.ffi.COMPRESSION_NONE)
end

return matio
