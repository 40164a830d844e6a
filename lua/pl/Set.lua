--- Sets of values: `+` or `union`, `*` or `intersection`, `-` or `difference`, `^` or symmetric difference, `<` or subset.
local class = require 'pl.class'
local Map = require 'pl.Map'
local tablex = require 'pl.tablex'
local utils = require 'pl.utils'

local Set = utils.stdmt.Set
class(Map, nil, Set)
Set._name = 'Set'
-- What a map knows about its keys makes no sense here.
for _, name in ipairs { 'keys', 'values', 'set', 'get', 'update', 'items', 'iter', 'getvalues', 'setdefault' } do Set[name] = nil end

local function is_set(value) return type(value) == 'table' and getmetatable(value) == Set end

--- A set of the elements of a list, of the keys of a Map or of another set; any other value is its only element.
function Set:_init(source)
  if source == nil then return end
  if type(source) ~= 'table' or (getmetatable(source) ~= nil and not is_set(source)
    and getmetatable(source) ~= utils.stdmt.Map and getmetatable(source) ~= utils.stdmt.List) then
    self[source] = true
  elseif is_set(source) or getmetatable(source) == utils.stdmt.Map then
    for key in pairs(source) do self[key] = true end
  else
    for _, value in ipairs(source) do self[value] = true end
  end
end

local function as_set(value) return is_set(value) and value or Set(value) end

--- The elements, as a List.
Set.values = Map.keys

--- The set of the results of a function.
function Set:map(fun, ...)
  fun = utils.function_arg(1, fun)
  local results = Set()
  for value in pairs(self) do
    local result = fun(value, ...)
    if result ~= nil then results[result] = true end
  end
  return results
end

local function combine(a, b, keep)
  a, b = as_set(a), as_set(b)
  local result = Set()
  for value in pairs(a) do
    if keep(true, b[value] == true) then result[value] = true end
  end
  for value in pairs(b) do
    if not a[value] and keep(false, true) then result[value] = true end
  end
  return result
end

function Set:union(other) return combine(self, other, function(a, b) return a or b end) end

function Set:intersection(other) return combine(self, other, function(a, b) return a and b end) end

function Set:difference(other) return combine(self, other, function(a, b) return a and not b end) end

--- The elements that only one of the sets has.
function Set:symmetric_difference(other) return combine(self, other, function(a, b) return a ~= b end) end

function Set:issubset(other)
  for value in pairs(self) do
    if not other[value] then return false end
  end
  return true
end

function Set:isempty() return next(self) == nil end

--- Whether two sets have no element in common.
function Set.isdisjoint(a, b) return Set.isempty(Set.intersection(a, b)) end

Set.len = tablex.size
Set.__len = Set.len
Set.__add = Set.union
Set.__mul = Set.intersection
Set.__sub = Set.difference
Set.__pow = Set.symmetric_difference
Set.__lt = Set.issubset

function Set.__eq(a, b) return Set.issubset(a, b) and Set.issubset(b, a) end

function Set:__tostring()
  return '[' .. table.concat(utils.array_tostring(Set.values(self)), ',') .. ']'
end

return Set
