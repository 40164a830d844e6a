--- Functions of arrays: finding, adding, removing, cutting out.
local tables = require 'moses.tables'
local values = require 'moses.values'

local M = {}

local isEqual = values.isEqual
local insert, remove, sort, concat = table.insert, table.remove, table.sort, table.concat
local max, min = math.max, math.min

function M.toArray(...)
  return { ... }
end

--- The index of the first item that equals a value, from an index on.
function M.find(array, value, from)
  for i = from or 1, #array do
    if isEqual(array[i], value) then return i end
  end
end

--- The index of the first item that is a value by `==`.
function M.indexOf(array, value)
  for i = 1, #array do
    if array[i] == value then return i end
  end
end

--- The index of the last item that is a value by `==`.
function M.lastIndexOf(array, value)
  for i = #array, 1, -1 do
    if array[i] == value then return i end
  end
end

--- The first index whose item passes a test.
function M.findIndex(array, test, ...)
  for i = 1, #array do
    if test(i, array[i], ...) then return i end
  end
end

--- The last index whose item passes a test. The test gets the place counted from the end, as in Moses 1.
function M.findLastIndex(array, test, ...)
  local n = #array
  for place = 1, n do
    local i = n - place + 1
    if test(place, array[i], ...) then return i end
  end
end

--- Where a value belongs in a sorted array. With `sorting`, the array is sorted first, in place.
function M.sortedIndex(array, value, precedes, sorting)
  precedes = precedes or function(a, b) return a < b end
  if sorting then sort(array, precedes) end
  for i = 1, #array do
    if not precedes(array[i], value) then return i end
  end
  return #array + 1
end

function M.reverse(array)
  local reversed = {}
  for i = #array, 1, -1 do reversed[#reversed + 1] = array[i] end
  return reversed
end

--- Sets the items from i to j (all by default) to a value, in place, and returns the array.
function M.fill(array, value, i, j)
  for k = i or 1, j or tables.size(array) do array[k] = value end
  return array
end

--- Puts values at the front of an array, one after the other: the last comes first.
function M.addTop(array, ...)
  tables.each({ ... }, function(_, value) insert(array, 1, value) end)
  return array
end

function M.push(array, ...)
  tables.each({ ... }, function(_, value) array[#array + 1] = value end)
  return array
end

local function take(array, n, where)
  local taken = {}
  for i = 1, min(n or 1, #array) do taken[i] = remove(array, where) end
  return unpack(taken)
end

--- Removes and returns the first n items (one by default).
function M.pop(array, n)
  return take(array, n, 1)
end

--- Removes and returns the last n items (one by default), the last first.
function M.unshift(array, n)
  return take(array, n)
end

--- Removes all items that equal one of the values, in place, and returns the array.
function M.pull(array, ...)
  for _, value in ipairs { ... } do
    for i = #array, 1, -1 do
      if isEqual(array[i], value) then remove(array, i) end
    end
  end
  return array
end

--- A copy of an array without the items from start to finish. Both are moved to the nearest index there is.
function M.removeRange(array, start, finish)
  local copy = values.clone(array)
  local n = #array
  if n == 0 then return copy end
  local function nearest(i) return min(max(i, 1), n) end
  local first = nearest(start or next(array))
  for _ = first, nearest(finish or n) do remove(copy, first) end
  return copy
end

--- The entries whose keys lie between start and finish, as an array; every key must be a number.
function M.slice(array, start, finish)
  start, finish = start or next(array), finish or #array
  return tables.select(array, function(i) return i >= start and i <= finish end)
end

--- The first n items (one by default).
function M.first(array, n)
  return M.slice(array, 1, min(n or 1, #array))
end

--- All but the last n items (one by default).
function M.initial(array, n)
  if n and n < 0 then return end
  return M.slice(array, 1, #array - min(n or 1, #array))
end

--- The last n items (all but the first by default); nothing for n = 0.
function M.last(array, n)
  if n and n <= 0 then return end
  return M.slice(array, #array - min(n or #array - 1, #array) + 1)
end

--- The items from an index on.
function M.rest(array, index)
  if (index or 1) > #array then return {} end
  return M.slice(array, max(index or 1, 1), #array)
end

function M.nth(array, index)
  return array[index]
end

--- The values that are neither nil nor false.
function M.compact(array)
  return tables.reject(array, function(_, value) return not value end)
end

--- The items of an array up to the first that fails a test.
function M.selectWhile(array, f, ...)
  local kept = {}
  for i, value in ipairs(array) do
    if not f(i, value, ...) then break end
    kept[i] = value
  end
  return kept
end

--- The items of an array from the first that fails a test.
function M.dropWhile(array, f, ...)
  for i, value in ipairs(array) do
    if not f(i, value, ...) then return M.rest(array, i) end
  end
  return {}
end

--- Runs of consecutive items for which f gives the same. As in Moses 1, the first run is at index 1 when f gives false
-- for it, and at index 0 when it gives anything else. What is no array is returned as it is.
function M.chunk(array, f, ...)
  if not values.isArray(array) then return array end
  local chunks, n, last = {}, 0, nil
  for i, result in pairs(tables.map(array, f, ...)) do
    if last == nil and result then last = result end
    if result ~= last then n = n + 1 end
    last = result
    local chunk = chunks[n] or {}
    chunk[#chunk + 1] = array[i]
    chunks[n] = chunk
  end
  return chunks
end

--- The keys under the values.
function M.invert(array)
  local inverted = {}
  for key, value in pairs(array) do inverted[value] = key end
  return inverted
end

--- The texts of the items from i to j, with a separator between them.
function M.concat(array, separator, i, j)
  local texts = tables.map(array, function(_, value) return (tostring(value)) end)
  return concat(texts, separator, i or 1, j or #array)
end

return M
