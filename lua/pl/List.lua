--- Python's list: methods that change it return it, so that they can be chained; negative indices count from the end.
local class = require 'pl.class'
local tablex = require 'pl.tablex'
local types = require 'pl.types'
local utils = require 'pl.utils'

local List = utils.stdmt.List
class(nil, nil, List)

local function like(self, t) return setmetatable(t, getmetatable(self) or List) end

-- A plain table becomes the list itself.
function List._create(source)
  if type(source) == 'table' and getmetatable(source) == nil then return source end
end

function List:_init(source)
  if source == nil or rawequal(self, source) then return end
  for value in List.iterate(source) do self[#self + 1] = value end
end

List.new = List

--- A copy of the list.
function List:clone()
  local copy = like(self, {})
  for i = 1, #self do copy[i] = self[i] end
  return copy
end

function List:append(value)
  self[#self + 1] = value
  return self
end

List.push = table.insert

--- Appends the elements of another list.
function List:extend(other)
  utils.assert_arg(1, other, 'table')
  for i = 1, #other do self[#self + 1] = other[i] end
  return self
end

--- Inserts an element before position `i`.
function List:insert(i, value)
  utils.assert_arg(1, i, 'number')
  table.insert(self, i, value)
  return self
end

function List:put(value) return self:insert(1, value) end

--- Removes the element at a position.
function List:remove(i)
  utils.assert_arg(1, i, 'number')
  table.remove(self, i)
  return self
end

--- Removes the first element that equals a value.
function List:remove_value(value)
  for i = 1, #self do
    if self[i] == value then
      table.remove(self, i)
      break
    end
  end
  return self
end

--- Removes the element at a position (default: the last) and returns it.
function List:pop(i) return table.remove(self, i or #self) end

List.get = List.pop

--- Position of the first element that equals a value, from `start` on; nil where there is none.
List.index = tablex.find

function List:contains(value) return tablex.find(self, value) ~= nil end

--- How often a value occurs.
function List:count(value)
  local count = 0
  for i = 1, #self do
    if self[i] == value then count = count + 1 end
  end
  return count
end

--- Sorts in place.
function List:sort(before)
  table.sort(self, before and utils.function_arg(1, before))
  return self
end

function List:sorted(before) return self:clone():sort(before) end

function List:reverse()
  local length = #self
  for i = 1, math.floor(length / 2) do
    self[i], self[length - i + 1] = self[length - i + 1], self[i]
  end
  return self
end

function List:minmax()
  local least, greatest = math.huge, -math.huge
  for i = 1, #self do
    least, greatest = math.min(least, self[i]), math.max(greatest, self[i])
  end
  return least, greatest
end

--- Elements of a range, as tablex.sub.
function List:slice(first, last) return tablex.sub(self, first, last) end

function List:clear()
  for i = #self, 1, -1 do self[i] = nil end
  return self
end

local tolerance = 1e-10

--- Numbers from `start` (1 when only one number is given) to `finish`.
function List.range(start, finish, increment)
  if finish == nil then start, finish = 1, start end
  if increment then
    utils.assert_arg(3, increment, 'number')
    -- The last number must not get lost in the rounding of a fraction.
    if math.ceil(increment) ~= increment then finish = finish + tolerance end
  else
    increment = 1
  end
  utils.assert_arg(1, start, 'number')
  utils.assert_arg(2, finish, 'number')
  return List(tablex.range(start, finish, increment))
end

function List:len() return #self end

--- Removes a range, whose end may be negative.
function List:chop(first, last) return tablex.removevalues(self, first, last) end

--- Inserts the elements of a list before a position.
function List:splice(position, other)
  utils.assert_arg(1, position, 'number')
  return tablex.insertvalues(self, position, other)
end

--- Replaces a range by the elements of a list.
function List:slice_assign(first, last, other)
  utils.assert_arg(1, first, 'number')
  utils.assert_arg(2, last, 'number')
  if first < 0 then first = #self + first + 1 end
  if last < 0 then last = #self + last + 1 end
  if last >= first then self:chop(first, last) end
  return self:splice(first, other)
end

--- Texts of the elements with a delimiter between them.
function List:join(delimiter)
  utils.assert_arg(1, delimiter or '', 'string')
  return table.concat(utils.array_tostring(self), delimiter or '')
end

List.concat = table.concat

local function quoted(value)
  if type(value) == 'string' then return '"' .. value .. '"' end
  return tostring(value)
end

function List:__tostring() return '{' .. table.concat(utils.array_tostring(self, {}, quoted), ',') .. '}' end

function List:__concat(other)
  if type(self) == 'string' then return self .. tostring(other) end
  if type(other) == 'string' then return tostring(self) .. other end
  return List.clone(self):extend(other)
end

function List:__eq(other)
  if #self ~= #other then return false end
  for i = 1, #self do
    if self[i] ~= other[i] then return false end
  end
  return true
end

function List:foreach(fun, ...) return tablex.foreachi(self, fun, ...) end

--- Calls a method of each element.
function List:foreachm(name, ...)
  for i = 1, #self do
    local method = self[i][name]
    if not method then error("method not found: '" .. tostring(name) .. "'", 2) end
    method(self[i], ...)
  end
end

function List:filter(predicate, argument) return like(self, tablex.filter(self, predicate, argument)) end

--- Pieces of a text, see utils.split.
function List.split(text, delimiter)
  utils.assert_arg(1, text, 'string')
  return List(utils.split(text, delimiter))
end

function List:map(fun, ...) return like(self, tablex.imap(fun, self, ...)) end

function List:transform(fun, ...)
  tablex.transform(fun, self, ...)
  return self
end

function List:map2(fun, other, ...) return like(self, tablex.imap2(fun, self, other, ...)) end

--- Results of a method of each element.
function List:mapm(name, ...)
  local results = {}
  for i = 1, #self do
    local method = self[i][name]
    if not method then error("method not found: '" .. tostring(name) .. "'", 2) end
    results[i] = method(self[i], ...)
  end
  return like(self, results)
end

function List:reduce(fun, start) return tablex.reduce(fun, self, start) end

--- A MultiMap from the results of a function to the elements that gave them; nil becomes '<nil>'.
function List:partition(fun, ...)
  fun = utils.function_arg(1, fun)
  local groups = {}
  for i = 1, #self do
    local key = fun(self[i], ...)
    if key == nil then key = '<nil>' end
    if not groups[key] then groups[key] = List() end
    groups[key]:append(self[i])
  end
  return setmetatable(groups, require 'pl.MultiMap')
end

--- For `Class:catch`: a method that a list does not have becomes the map of the function of that name in a module.
function List.default_map_with(module)
  return function(_, name)
    local fn = module[name]
    if not fn then return nil end
    return function(self, ...) return self:map(fn, ...) end
  end
end

--- Iterator over the elements.
function List:iter() return List.iterate(self) end

--- Iterator over a sequence: the elements of a table, the characters of a text, the lines of a file, or an iterator.
function List.iterate(sequence)
  if type(sequence) == 'string' then
    return sequence:gmatch '.'
  elseif type(sequence) == 'function' then
    return sequence
  elseif type(sequence) == 'userdata' and io.type(sequence) == 'file' then
    return sequence:lines()
  elseif type(sequence) == 'table' or types.is_indexable(sequence) then
    local position = 0
    return function()
      position = position + 1
      return sequence[position]
    end
  elseif types.is_callable(sequence) then
    return sequence
  end
  error("cannot iterate over a value of type '" .. type(sequence) .. "'", 2)
end

return List
