--- `pairs` and `ipairs` that honour `__pairs` and `__ipairs` of tables, userdata, and FFI objects of registered types.
--
-- Both end in a tail call of the original function: plain tables keep the iterators that LuaJIT compiles, and wrong
-- arguments are reported at the caller's line.
-- luacheck: globals pairs ipairs
local compat = require 'compat'

local raw_pairs, raw_ipairs = pairs, ipairs
local typeof, tonumber = require('ffi').typeof, tonumber
local getmetatable, rawtype = getmetatable, type

local by_ctype = {}

--- Registers the metatable of an FFI type, which LuaJIT does not tell.
function compat.iterable_cdata(ctype, metatable) by_ctype[tonumber(ctype)] = metatable end

local function handler_of(object, event)
  local metatable = getmetatable(object)
  if metatable == 'ffi' then metatable = by_ctype[tonumber(typeof(object))] end
  if metatable == nil or rawtype(metatable) ~= 'table' then return nil end
  return metatable[event]
end

function pairs(object)
  local handler = handler_of(object, '__pairs')
  if handler == nil then return raw_pairs(object) end
  local iterator, state, first = handler(object)
  return iterator, state, first
end

function ipairs(object)
  local handler = handler_of(object, '__ipairs')
  if handler == nil then return raw_ipairs(object) end
  local iterator, state, first = handler(object)
  return iterator, state, first
end
