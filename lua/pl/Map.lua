--- A table whose keys are all the user's, with methods that ask about all of them.
local class = require 'pl.class'
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'

local Map = utils.stdmt.Map
class(nil, nil, Map)

function Map:_init(source)
  if source ~= nil then self:update(source) end
end

--- All keys, as a List.
Map.keys = tablex.keys

--- All values, as a List.
Map.values = tablex.values

--- Iterator over keys and values.
function Map:iter() return pairs(self) end

--- A List of {key, value}, by ascending keys.
function Map:items()
  local items = require 'pl.List'()
  for key, value in tablex.sort(self) do items:append { key, value } end
  return items
end

--- The value of a key, which is set to `default` first when there is none.
function Map:setdefault(key, default)
  local value = self[key]
  if value ~= nil then return value end
  self:set(key, default)
  return default
end

Map.len = tablex.size

function Map:set(key, value) self[key] = value end

function Map:get(key) return rawget(self, key) end

--- The values of a list of keys.
function Map:getvalues(keys)
  return tablex.imap(function(key) return self:get(key) end, keys)
end

--- Takes over all keys and values of a table.
Map.update = tablex.update

function Map:__eq(other) return tablex.deepcompare(self, other, true) end

function Map:__tostring() return require('pl.pretty').write(self, '') end

return Map
