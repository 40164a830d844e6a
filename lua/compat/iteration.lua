--- `pairs` and `ipairs` that honour `__pairs` and `__ipairs` of tables and userdata.
--
-- Both end in a tail call of the original function: plain tables keep the iterators that LuaJIT compiles, and wrong
-- arguments are reported at the caller's line.
-- luacheck: globals pairs ipairs
local raw_pairs, raw_ipairs = pairs, ipairs
local getmetatable, rawtype = getmetatable, type

local function handler_of(object, event)
  local metatable = getmetatable(object)
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
