--- Functions of tables with named properties.
local combining = require 'moses.combining'
local tables = require 'moses.tables'
local values = require 'moses.values'

local M = {}

local isCallable = values.isCallable
local flatten = combining.flatten

function M.keys(object)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  return keys
end

function M.values(object)
  local found = {}
  for _, value in pairs(object) do found[#found + 1] = value end
  return found
end

--- An array of {key, value}.
function M.kvpairs(object)
  local list = {}
  for key, value in pairs(object) do list[#list + 1] = { key, value } end
  return list
end

--- The table of an array of {key, value}.
function M.toObj(kvpairs)
  local object = {}
  for _, pair in ipairs(kvpairs) do object[pair[1]] = pair[2] end
  return object
end

--- A function that gives this property of any object.
function M.property(key)
  return function(object) return object[key] end
end

--- A function that gives any property of this object.
function M.propertyOf(object)
  return function(key) return object[key] end
end

--- Copies the properties of other tables into an object, later ones over earlier ones, and returns the object.
function M.extend(object, ...)
  tables.each({ ... }, function(_, source)
    if type(source) ~= 'table' then return end
    for key, value in pairs(source) do object[key] = value end
  end)
  return object
end

--- The sorted names of the functions in an object, and with `recurse` of those in its metatable's `__index`.
function M.functions(object, recurse)
  local names = {}
  local function add(t)
    for name, value in pairs(t) do
      if type(value) == 'function' then names[#names + 1] = name end
    end
  end
  add(object)
  local meta = recurse and getmetatable(object)
  if meta and type(meta.__index) == 'table' then add(meta.__index) end
  table.sort(names)
  return names
end

--- Calls f(object, ...) and returns the object.
function M.tap(object, f, ...)
  f(object, ...)
  return object
end

--- A table of the named properties of an object. Names may be given in arrays.
function M.pick(object, ...)
  local picked = {}
  for _, name in ipairs(flatten { ... }) do picked[name] = object[name] end
  return picked
end

--- A table of an object's properties except the named ones. Names may be given in arrays.
function M.omit(object, ...)
  local omitted, kept = flatten { ... }, {}
  for name, value in pairs(object) do
    if not tables.include(omitted, name) then kept[name] = value end
  end
  return kept
end

--- Gives an object those properties of a template that it lacks, or has as false; returns the object.
function M.template(object, template)
  for name, value in pairs(template or {}) do
    if not object[name] then object[name] = value end
  end
  return object
end

--- What the named method of an object gives, called as (object, ...), or the property itself when it cannot be called.
-- The method may be a function instead of a name.
function M.result(object, method, ...)
  local member = object[method]
  if member then
    if isCallable(member) then return member(object, ...) end
    return member
  end
  if isCallable(method) then return method(object, ...) end
end

return M
