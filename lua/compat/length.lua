--- The length operator of rewritten chunks: `#e` is loaded as `(("").__len(e))`, with the name of a
-- variable or field as second argument.
--
-- Compiled code costs the same as the operator itself for tables without a metatable, strings and FFI objects; the tests
-- are ordered for that. The function is a field of `string` because that is the one table that an expression can reach
-- from any environment.
-- luacheck: globals string rawlen
local rawtype, getmetatable, rawget, error = type, getmetatable, rawget, error
local byte, sub = string.byte, string.sub
local real_metatable = debug.getmetatable

-- What getmetatable answers for an object may be a stand-in, its `__metatable` field. Metatables that were seen to be real.
local genuine = setmetatable({}, { __mode = 'k' })

local function metatable_of(x, seen)
  if genuine[seen] then return seen end
  local metatable = real_metatable(x)
  if metatable == seen then genuine[seen] = true end
  return metatable
end

local function object_length(x, seen)
  local metatable = metatable_of(x, seen)
  local handler = rawget(metatable, '__len')
  if handler ~= nil then return (handler(x)) end
  return #x
end

local measurable = { string = true, cdata = true, userdata = true }

local function is_local(name)
  local index, found = 1, debug.getlocal(4, 1)
  while found do
    if found == name then return true end
    index = index + 1
    found = debug.getlocal(4, index)
  end
  return false
end

local function is_upvalue(name)
  local caller = debug.getinfo(4, 'f').func
  local index, found = 1, debug.getupvalue(caller, 1)
  while found do
    if found == name then return true end
    index = index + 1
    found = debug.getupvalue(caller, index)
  end
  return false
end

-- What LuaJIT says about the operand in its message: "local 't' (a nil value)".
local function describe(name, kind)
  if not name then return 'a ' .. kind .. ' value' end
  local variable
  if byte(name) == 46 then
    variable, name = 'field', sub(name, 2)
  else
    variable = is_local(name) and 'local' or is_upvalue(name) and 'upvalue' or 'global'
  end
  return ("%s '%s' (a %s value)"):format(variable, name, kind)
end

function string.__len(x, name)
  local kind = rawtype(x)
  if kind == 'table' then
    local metatable = getmetatable(x)
    if metatable == nil then return #x end
    return (object_length(x, metatable))
  end
  if measurable[kind] then return #x end
  local metatable = real_metatable(x)
  if metatable and metatable.__len then return (metatable.__len(x)) end
  error('attempt to get length of ' .. describe(name, kind), 2)
end

--- Length of a table or string without metamethods, as in Lua 5.2.
function rawlen(x)
  local kind = rawtype(x)
  if kind ~= 'table' and kind ~= 'string' then error('table or string expected', 2) end
  return #x
end
