--- Errors for global variables that nobody declared. Assignments in the main part of a file declare.
--
-- Requiring this makes the globals strict, unless the global PENLIGHT_NO_GLOBAL_STRICT is set.
local strict = {}

local function in_main_chunk(level)
  local info = debug.getinfo(level + 1, 'S')
  return not info or info.what == 'main' or info.what == 'C'
end

local function field_of(handler, t, key)
  if type(handler) == 'function' then return handler(t, key) end
  return handler[key]
end

--- Makes a table strict: reading a field that was never set is an error, and so is setting a new one in a function.
-- @param name for the messages
-- @param predeclared table with further names as keys
function strict.module(name, module, predeclared)
  if type(name) == 'table' then name, module, predeclared = nil, name, module end
  module = module or {}
  local metatable = getmetatable(module)
  if not metatable then
    metatable = {}
    setmetatable(module, metatable)
  elseif metatable._strict_declared then
    error(("table '%s' is already strict"):format(name or '<table>'), 2)
  end
  local declared = {}
  for key in pairs(predeclared or {}) do declared[key] = true end
  metatable._strict_declared = declared
  local old_index, old_newindex = metatable.__index, metatable.__newindex
  local where = name and (" in '%s'"):format(name) or ''

  function metatable.__newindex(t, key, value)
    if old_newindex then
      if type(old_newindex) == 'function' then old_newindex(t, key, value) else old_newindex[key] = value end
      if rawget(t, key) ~= nil then return end
    end
    if not declared[key] then
      if not in_main_chunk(2) then error(("assign to undeclared global '%s'"):format(tostring(key)), 2) end
      declared[key] = true
    end
    rawset(t, key, value)
  end

  function metatable.__index(t, key)
    if declared[key] then return nil end
    if old_index then
      local value = field_of(old_index, t, key)
      if value ~= nil then return value end
    end
    error(("variable '%s' is not declared%s"):format(tostring(key), where), 2)
  end

  return module
end

--- Makes all tables in a table strict.
function strict.make_all_strict(tables)
  for name, value in pairs(tables) do
    local metatable = type(value) == 'table' and getmetatable(value)
    if type(value) == 'table' and value ~= tables and not (metatable and (type(metatable) ~= 'table' or metatable._strict_declared)) then
      strict.module(name, value)
    end
  end
end

--- A new strict table that gets what is assigned to a module from now on; the module itself stays as it is.
function strict.closed_module(module, name)
  local receiver = strict.module(name, {})
  module = module or {}
  local metatable = getmetatable(module) or {}
  metatable.__newindex = function(_, key, value) rawset(receiver, key, value) end
  setmetatable(module, metatable)
  return receiver
end

if not rawget(_G, 'PENLIGHT_NO_GLOBAL_STRICT') then
  strict.module(nil, _G, { _PROMPT = true, _PROMPT2 = true, __global = true, PENLIGHT_STRICT = true, arg = true })
end

return strict
