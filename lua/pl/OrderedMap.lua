--- A map that keeps the order in which its keys came. Its keys are listed in the field `_keys`.
local class = require 'pl.class'
local List = require 'pl.List'
local Map = require 'pl.Map'
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'

local OrderedMap = class(Map)
OrderedMap._name = 'OrderedMap'

function OrderedMap:_init(source)
  rawset(self, '_keys', List())
  if source ~= nil then
    local ok, message = self:update(source)
    if not ok then error(message, 3) end
  end
end

--- Takes over another ordered map, a list of tables with one key each, or a table (in no order of its own).
-- A list element with several keys answers nil and a message.
function OrderedMap:update(source)
  utils.assert_arg(1, source, 'table')
  if getmetatable(source) == OrderedMap then
    for key, value in source:iter() do self:set(key, value) end
  elseif #source > 0 then
    if type(source[1]) ~= 'table' then return nil, 'cannot use an array to initialise an OrderedMap' end
    for _, entry in ipairs(source) do
      local key, value = next(entry)
      if key == nil then return nil, 'empty pair initialization table' end
      self:set(key, value)
    end
  else
    for key, value in pairs(source) do self:set(key, value) end
  end
  return self
end

--- Sets a value; nil removes the key.
function OrderedMap:set(key, value)
  local known = rawget(self, key) ~= nil
  if value == nil then
    if known then self._keys:remove_value(key) end
  elseif not known then
    self._keys:append(key)
  end
  rawset(self, key, value)
  return self
end

OrderedMap.__newindex = OrderedMap.set

--- Puts a key before a position; a key that is there already moves.
function OrderedMap:insert(position, key, value)
  if value == nil then
    value = rawget(self, key)
    if value == nil then return self end
  end
  if rawget(self, key) ~= nil then self._keys:remove_value(key) end
  self._keys:insert(position, key)
  rawset(self, key, value)
  return self
end

function OrderedMap:keys() return self._keys end

function OrderedMap:values() return List(tablex.index_by(self, self._keys)) end

--- Sorts the keys.
function OrderedMap:sort(before)
  table.sort(self._keys, before)
  return self
end

--- Iterator over keys and values in order.
function OrderedMap:iter()
  local position, keys = 0, self._keys
  return function()
    position = position + 1
    local key = keys[position]
    if key ~= nil then return key, rawget(self, key) end
  end
end

OrderedMap.__pairs = OrderedMap.iter

function OrderedMap:len() return #self._keys end

function OrderedMap:__tostring()
  local texts = {}
  for i, key in ipairs(self._keys) do
    local name = type(key) == 'string' and key or tostring(key)
    local value = rawget(self, key)
    texts[i] = name .. '=' .. (type(value) == 'string' and '"' .. value .. '"' or tostring(value))
  end
  return '{' .. table.concat(texts, ',') .. '}'
end

return OrderedMap
