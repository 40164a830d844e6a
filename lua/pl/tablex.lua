--- Operations on tables: copies, comparisons, searching, mapping, filtering, merging.
--
-- Results keep the metatable of the table they come from; lists made from plain tables are `pl.List`s.
local types = require 'pl.types'
local utils = require 'pl.utils'

local function_arg = utils.function_arg

local tablex = {}

local list_class
local function as_list(t)
  list_class = list_class or require 'pl.List'
  return setmetatable(t, list_class)
end

local function like(t, source)
  local metatable = getmetatable(source)
  if type(metatable) == 'table' then return setmetatable(t, metatable) end
  return t
end

local function list_like(t, source)
  local metatable = getmetatable(source)
  if type(metatable) == 'table' then return setmetatable(t, metatable) end
  return as_list(t)
end

local function need(n, t, holds, what)
  if not holds(t) then error(("argument %d is not %s: it is a %s"):format(n, what, type(t)), 3) end
end

local function need_indexable(n, t) need(n, t, types.is_indexable, 'indexable') end
local function need_iterable(n, t) need(n, t, types.is_iterable, 'iterable') end
local function need_writeable(n, t) need(n, t, types.is_writeable, 'writeable') end

--- The number of all keys.
function tablex.size(t)
  need_iterable(1, t)
  local count = 0
  for _ in pairs(t) do count = count + 1 end
  return count
end

function tablex.keys(t)
  need_iterable(1, t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  return as_list(keys)
end

function tablex.values(t)
  need_iterable(1, t)
  local values = {}
  for _, value in pairs(t) do values[#values + 1] = value end
  return as_list(values)
end

--- The values of `t` at the keys in a list.
function tablex.index_by(t, keys)
  need_indexable(1, t)
  need_indexable(2, keys)
  local values = {}
  for i = 1, #keys do values[i] = t[keys[i]] end
  return list_like(values, t)
end

--- Numbers from `start` to `finish`, as a numerical `for` gives them.
function tablex.range(start, finish, step)
  step = step or 1
  if step == 0 then error('step of range is 0', 2) end
  local numbers = {}
  for x = start, finish, step do numbers[#numbers + 1] = x end
  return numbers
end

--- Value to index; values that occur several times get the list of their indices.
function tablex.index_map(t)
  need_indexable(1, t)
  local map = {}
  for i = 1, #t do
    local value = t[i]
    local known = map[value]
    if known == nil then
      map[value] = i
    elseif type(known) == 'table' then
      known[#known + 1] = i
    else
      map[value] = { known, i }
    end
  end
  return map
end

--- Value to true.
function tablex.makeset(t)
  need_indexable(1, t)
  local set = {}
  for i = 1, #t do set[t[i]] = true end
  return set
end

--- Value to the number of times it occurs; `same(a, b)` says which values count as one.
function tablex.count_map(t, same)
  need_indexable(1, t)
  local counts = {}
  same = same and function_arg(2, same)
  for i = 1, #t do
    local value = t[i]
    if same then
      for known in pairs(counts) do
        if same(value, known) then
          value = known
          break
        end
      end
    end
    counts[value] = (counts[value] or 0) + 1
  end
  return counts
end

function tablex.new(n, value)
  local t = {}
  tablex.set(t, value, 1, n)
  return t
end

--- Sets a range of a list to a value, or to the results of a function of the index.
function tablex.set(t, value, first, last)
  need_indexable(1, t)
  first, last = first or 1, last or #t
  local compute = types.is_callable(value)
  for i = first, last do
    if compute then t[i] = value(i) else t[i] = value end
  end
end

--- Removes everything from index `start` on.
function tablex.clear(t, start)
  for i = #t, start or 1, -1 do t[i] = nil end
end

--- Removes the elements of a range, whose end may be negative.
function tablex.removevalues(t, first, last)
  need_indexable(1, t)
  local length = #t
  first = first or 1
  last = last or length
  if last < 0 then last = length + last + 1 end
  last = math.min(last, length)
  local count = last - first + 1
  if count <= 0 then return t end
  for i = first, length do t[i] = t[i + count] end
  return t
end

--- Inserts the elements of a list at a position (default: the end).
function tablex.insertvalues(t, ...)
  need_indexable(1, t)
  local position, values
  if select('#', ...) == 1 then
    position, values = #t + 1, (...)
  else
    position, values = ...
  end
  if position <= 0 then position = 1 end
  local count, length = #values, #t
  for i = length, position, -1 do t[i + count] = t[i] end
  for i = 1, count do t[position + i - 1] = values[i] end
  return t
end

--- A proxy through which a table can only be read.
function tablex.readonly(t)
  return setmetatable({}, {
    __index = t,
    __newindex = function() error('Attempt to modify read-only table', 2) end,
    __pairs = function() return pairs(t) end,
    __ipairs = function() return ipairs(t) end,
    __len = function() return #t end,
    __metatable = false,
  })
end

--- Elements of a range, which may be negative, as string.sub takes it.
function tablex.sub(t, first, last)
  need_indexable(1, t)
  local length, part = #t, {}
  first, last = first or 1, last or length
  if first < 0 then first = length + first + 1 end
  if last < 0 then last = length + last + 1 end
  for i = math.max(first, 1), math.min(last, length) do part[#part + 1] = t[i] end
  return list_like(part, t)
end

--------------------------------------------------------------------------------------------------
-- Combining tables

--- The keys that both have, with the second's values; all keys with `all`.
function tablex.merge(t1, t2, all)
  need_iterable(1, t1)
  need_iterable(2, t2)
  local merged = {}
  for key, value in pairs(t1) do
    if all or t2[key] ~= nil then merged[key] = value end
  end
  for key, value in pairs(t2) do
    if all or t1[key] ~= nil then merged[key] = value end
  end
  return like(merged, t1)
end

function tablex.union(t1, t2) return tablex.merge(t1, t2, true) end

function tablex.intersection(t1, t2) return tablex.merge(t1, t2, false) end

--- The keys that only the first has; also those that only the second has with `symmetric`.
function tablex.difference(t1, t2, symmetric)
  need_iterable(1, t1)
  need_iterable(2, t2)
  local rest = {}
  for key, value in pairs(t1) do
    if t2[key] == nil then rest[key] = value end
  end
  if symmetric then
    for key, value in pairs(t2) do
      if t1[key] == nil then rest[key] = value end
    end
  end
  return like(rest, t1)
end

--- Lists of the first elements of each table, of the second elements …
function tablex.zip(...)
  return tablex.mapn(function(...) return { ... } end, ...)
end

function tablex.update(t1, t2)
  need_writeable(1, t1)
  need_iterable(2, t2)
  for key, value in pairs(t2) do t1[key] = value end
  return t1
end

for _, part in ipairs { 'copying', 'mapping', 'finding' } do
  require('pl.tablex_' .. part)(tablex, { like = like, list_like = list_like, as_list = as_list,
    need_indexable = need_indexable, need_iterable = need_iterable, need_writeable = need_writeable })
end

return tablex
