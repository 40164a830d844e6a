--- Loads the modules of Penlight when their names are first used.
--
-- `require 'pl.import_into'(t)` does so for the fields of a table, `require 'pl.import_into'()` for a new one.
local NAMES = {
  'List', 'Map', 'MultiMap', 'OrderedMap', 'Set', 'app', 'class', 'compat', 'config', 'data', 'dir', 'file', 'func',
  'import_into', 'input', 'lapp', 'operator', 'path', 'pretty', 'seq', 'strict', 'stringio', 'stringx', 'tablex', 'template',
  'test', 'text', 'types', 'utils',
}
local is_module = {}
for _, name in ipairs(NAMES) do is_module[name] = true end
-- As globals these would only be in the way of the script's own names.
local NOT_FOR_GLOBALS = { compat = true, import_into = true, strict = true }

return function(environment)
  local shadow = environment == true and {} or nil
  local target = shadow or environment or {}
  local metatable = getmetatable(target)
  local previous = metatable and metatable.__index

  local function lookup(t, name)
    if is_module[name] and not (rawequal(t, _G) and NOT_FOR_GLOBALS[name]) then
      local module = require('pl.' .. name)
      rawset(t, name, module)
      return module
    end
    if type(previous) == 'function' then return previous(t, name) end
    if previous ~= nil then return previous[name] end
  end

  if not metatable then
    metatable = {}
    setmetatable(target, metatable)
  end
  metatable.__index = lookup
  rawset(target, 'utils', rawget(target, 'utils') or require 'pl.utils')
  if shadow then
    return setmetatable({}, { __index = target, __newindex = target }), target
  end
  return target
end
