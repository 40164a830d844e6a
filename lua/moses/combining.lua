--- Arrays made of several others, as sets or item by item.
local arrays = require 'moses.arrays'
local tables = require 'moses.tables'
local values = require 'moses.values'

local M = {}

--- The items of an array and of the tables in it, at every depth, or at the first only.
function M.flatten(array, shallow)
  local flat = {}
  local function add(t, deeper)
    for _, item in pairs(t) do
      if type(item) == 'table' and deeper then
        add(item, not shallow)
      else
        flat[#flat + 1] = item
      end
    end
  end
  add(array, true)
  return flat
end

--- The values of an array that do not occur in another.
function M.difference(array, other)
  if not other then return values.clone(array) end
  return tables.select(array, function(_, value) return not tables.include(other, value) end)
end

--- The items of an array, each once.
function M.unique(array)
  local kept = {}
  for i = 1, #array do
    if not arrays.find(kept, array[i]) then kept[#kept + 1] = array[i] end
  end
  return kept
end

function M.isunique(array)
  return values.isEqual(array, M.unique(array))
end

--- The values of all arrays and of the tables in them, each once.
function M.union(...)
  return M.unique(M.flatten { ... })
end

--- The items of an array that occur in all the others too.
function M.intersection(array, ...)
  local others = { ... }
  local kept = {}
  for _, value in ipairs(array) do
    local everywhere = true
    for _, other in ipairs(others) do
      everywhere = everywhere and tables.include(other, value)
    end
    if everywhere then kept[#kept + 1] = value end
  end
  return kept
end

--- The values that occur in one of two arrays, but not in both.
function M.symmetricDifference(array, other)
  return M.difference(M.union(array, other), M.intersection(array, other))
end

--- An array of the first items of all arrays, one of the second items, and so on. Absent items leave no gap.
function M.zip(...)
  local given, longest = { ... }, 0
  for _, array in pairs(given) do longest = math.max(longest, #array) end
  local zipped = {}
  for i = 1, longest do zipped[i] = tables.pluck(given, i) end
  return zipped
end

--- The items of an array, then those of another.
function M.append(array, other)
  local joined = {}
  for _, item in ipairs(array) do joined[#joined + 1] = item end
  for _, item in ipairs(other) do joined[#joined + 1] = item end
  return joined
end

--- The first items of all arrays, then the second ones, and so on. Items that are tables are flattened.
function M.interleave(...)
  return M.flatten(M.zip(...))
end

--- The items of an array with a value between them. Items that are tables are flattened.
function M.interpose(value, array)
  return M.interleave(array, M.rep(value, #array - 1))
end

--- range(last): from 0; range(first, last), range(first, last, step): the numbers from first in steps (of 1) that do
-- not pass last. A range of a single number is empty.
function M.range(...)
  local bounds = { ... }
  local n = #bounds
  if n > 3 then error('range takes at most a first and a last number and a step, got ' .. n .. ' arguments', 2) end
  local first, last, step = bounds[1], bounds[2], bounds[3] or 1
  if n == 0 then return {} end
  if n == 1 then first, last = 0, first end
  local steps = step == 0 and 0 or math.floor((last - first) / step)
  if steps < 1 then return {} end
  local numbers = { first }
  for i = 1, steps do numbers[i + 1] = first + i * step end
  return numbers
end

--- An array that has a value n times.
function M.rep(value, n)
  local repeated = {}
  for i = 1, n do repeated[i] = value end
  return repeated
end

-- The parts of n items that start at each `stride`-th index up to `last`, the final one filled up by pad.
local function parts(array, n, stride, last, pad)
  local start = 1
  return function()
    if start > last then return end
    local part = arrays.slice(array, start, start + n - 1)
    start = start + stride
    if pad then
      while #part < n do part[#part + 1] = pad end
    end
    return part
  end
end

--- An iterator over consecutive parts of n items (one by default).
function M.partition(array, n, pad)
  n = n or 1
  if n < 1 then return end
  return parts(array, n, n, #array, pad)
end

--- An iterator over parts of n items (two by default); each starts with the last item of the one before.
function M.sliding(array, n, pad)
  n = n or 2
  if n < 2 then return end
  return parts(array, n, n - 1, #array - 1, pad)
end

--- An iterator over the orders of an array. It is the array itself, reordered: clone what you keep. After the last one
-- it is as it was.
function M.permutation(array)
  local function permute(n)
    if n <= 1 then return coroutine.yield(array) end
    for i = 1, n do
      array[n], array[i] = array[i], array[n]
      permute(n - 1)
      array[n], array[i] = array[i], array[n]
    end
  end
  return coroutine.wrap(function() permute(#array) end)
end

return M
