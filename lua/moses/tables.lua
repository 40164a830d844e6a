--- Functions of any table, visited in the order of `pairs`. Callbacks get (key, value, ...).
local values = require 'moses.values'

local M = {}

local isEqual, isCallable = values.isEqual, values.isCallable
local sort = table.sort

--- Removes every entry of a table, and returns the table.
function M.clear(t)
  for key in pairs(t) do t[key] = nil end
  return t
end

function M.each(t, f, ...)
  for key, value in pairs(t) do f(key, value, ...) end
end

local function is_whole(key)
  return type(key) == 'number' and key % 1 == 0 or key == math.huge
end

--- Calls f on the entries under whole numbers, from the lowest to the highest; gaps are passed over.
function M.eachi(t, f, ...)
  local order = {}
  for key in pairs(t) do
    if is_whole(key) then order[#order + 1] = key end
  end
  sort(order)
  for _, key in ipairs(order) do f(key, t[key], ...) end
end

--- The values under the given keys, in their order. Absent ones leave no gap.
function M.at(t, ...)
  local found = {}
  for _, key in ipairs { ... } do found[#found + 1] = t[key] end
  return found
end

--- The number of entries of a table; of anything else, how many arguments there are that are not nil.
function M.size(...)
  local counted = ...
  if type(counted) ~= 'table' then counted = { ... } end
  local n = 0
  for _ in pairs(counted) do n = n + 1 end
  return n
end

--- How often a value occurs in a table; without a value, the size of the table.
function M.count(t, value)
  if value == nil then return M.size(t) end
  local n = 0
  for _, item in pairs(t) do
    if isEqual(item, value) then n = n + 1 end
  end
  return n
end

--- An iterator over the entries of a table that goes around n times (once by default).
function M.cycle(t, n)
  local rounds = n or 1
  if rounds <= 0 then return function() end end
  local key, value
  return function()
    if rounds < 1 then return end
    key, value = next(t, key)
    if key == nil then
      rounds = rounds - 1
      if rounds < 1 then return end
      key, value = next(t)
      -- An empty table stays empty, however many rounds are left.
      if key == nil then
        rounds = 0
        return
      end
    end
    return key, value
  end
end

--- The results of f under the same keys. An f that returns two values gives a key and a value instead.
function M.map(t, f, ...)
  local results = {}
  for key, value in pairs(t) do
    local first, second = f(key, value, ...)
    if second then
      results[first or key] = second
    else
      results[key] = first
    end
  end
  return results
end

--- For how many values of a table a test gives true. Other results do not count, whatever they are.
function M.countf(t, f, ...)
  return M.count(M.map(t, f, ...), true)
end

-- A function looked for is a test of the values; it gets (value, itself).
local function matcher(value)
  return type(value) == 'function' and value or isEqual
end

--- The key of the first entry that equals a value, or passes it where it is a function.
function M.detect(t, value)
  local matches = matcher(value)
  for key, item in pairs(t) do
    if matches(item, value) then return key end
  end
end

--- Whether a table has an entry that equals a value, or passes it where it is a function.
function M.include(t, value)
  return M.detect(t, value) ~= nil
end

local function agrees(item, props)
  for key, value in pairs(props) do
    if item[key] ~= value then return false end
  end
  return true
end

--- The items that have all the given properties, or nil when there is none. Properties are compared by `==`.
function M.where(t, props)
  local found = M.select(t, function(_, item) return agrees(item, props) end)
  return #found > 0 and found or nil
end

--- The first item that has all the given properties, or nil.
function M.findWhere(t, props)
  for _, item in pairs(t) do
    if agrees(item, props) then return item end
  end
  return nil
end

--- An array of the values that pass a test.
function M.select(t, f, ...)
  local kept = {}
  for key, value in pairs(t) do
    if f(key, value, ...) then kept[#kept + 1] = value end
  end
  return kept
end

-- In Moses 1.6 the tests of reject, all and countf go through map. So a second result counts as it does there, and a
-- value for which reject's test gives nil is gone.

--- An array of the values for which a test gives false.
function M.reject(t, f, ...)
  local kept = {}
  for key, result in pairs(M.map(t, f, ...)) do
    if not result then kept[#kept + 1] = t[key] end
  end
  return kept
end

--- Whether every value passes a test. The test sees all of them, also after one has failed.
function M.all(t, f, ...)
  local passed = 0
  for _, result in pairs(M.map(t, f, ...)) do
    if result then passed = passed + 1 end
  end
  return passed == M.size(t)
end

--- What a function gives for each value, called as (value, ...); or, for a key, what the method of that name in each
-- table gives, or what is there when it cannot be called.
function M.invoke(t, method, ...)
  return M.map(t, function(_, item, ...)
    if isCallable(method) then return method(item, ...) end
    if type(item) ~= 'table' or method == nil then return nil end
    local member = item[method]
    if isCallable(member) then return member(item, ...) end
    return member
  end, ...)
end

--- An array of what the items of a table have under a key. Items without it leave no gap.
function M.pluck(t, key)
  local found = {}
  for _, item in pairs(t) do found[#found + 1] = item[key] end
  return found
end

--- Whether each value of one table occurs in the other, wherever and however often.
function M.same(a, b)
  local function inside(t)
    return function(_, value) return M.include(t, value) end
  end
  return M.all(a, inside(b)) and M.all(b, inside(a))
end

--- Arrays of values, by what f gives for them.
function M.groupBy(t, f, ...)
  local groups = {}
  for key, value in pairs(t) do
    local name = f(key, value, ...)
    local group = groups[name] or {}
    group[#group + 1] = value
    groups[name] = group
  end
  return groups
end

--- How many values there are, by what f gives for them.
function M.countBy(t, f, ...)
  local counts = {}
  for key, value in pairs(t) do
    local name = f(key, value, ...)
    counts[name] = (counts[name] or 0) + 1
  end
  return counts
end

--- Whether a table has every key of another. A key with the value false counts as absent.
function M.containsKeys(t, other)
  for key in pairs(other) do
    if not t[key] then return false end
  end
  return true
end

--- Whether two tables have the same keys.
function M.sameKeys(a, b)
  return M.containsKeys(b, a) and M.containsKeys(a, b)
end

return M
