--- A map from each key to the List of all values that were set for it.
local class = require 'pl.class'
local List = require 'pl.List'
local Map = require 'pl.Map'
local utils = require 'pl.utils'

local MultiMap = utils.stdmt.MultiMap
class(Map, nil, MultiMap)
MultiMap._name = 'MultiMap'

function MultiMap:_init(source)
  if source ~= nil then self:update(source) end
end

--- Adds the values of a table: the elements of lists, other values as they are.
function MultiMap:update(source)
  utils.assert_arg(1, source, 'table')
  for key, value in pairs(source) do
    if type(value) == 'table' and getmetatable(value) == List then
      self[key] = (rawget(self, key) or List()):extend(value)
    else
      self[key] = List { value }
    end
  end
end

--- Adds a value; nil forgets all.
function MultiMap:set(key, value)
  if value == nil then
    self[key] = nil
    return
  end
  local values = rawget(self, key)
  if not values then
    values = List()
    self[key] = values
  end
  values:append(value)
end

return MultiMap
