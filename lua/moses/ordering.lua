--- Sorting and chance. A seed given to any of these functions seeds `math.random` for everyone.
local arrays = require 'moses.arrays'
local tables = require 'moses.tables'

local M = {}

local floor, random = math.floor, math.random

local function precedes(a, b)
  return a < b
end

--- Sorts an array in place, and returns it.
function M.sort(t, comp)
  table.sort(t, comp)
  return t
end

--- A new array of the values of a table, sorted by what a transform, or the property of that name, gives for each.
function M.sortBy(t, transform, comp)
  local before = comp or precedes
  local ranked = {}
  for _, value in pairs(t) do
    local rank = value
    if type(transform) == 'string' then
      rank = value[transform]
    elseif transform then
      rank = transform(value)
    end
    ranked[#ranked + 1] = { rank = rank, value = value }
  end
  table.sort(ranked, function(a, b) return before(a.rank, b.rank) end)
  return tables.pluck(ranked, 'value')
end

local function seeded(seed)
  if seed then math.randomseed(seed) end
end

--- A shuffled copy of an array.
function M.shuffle(t, seed)
  seeded(seed)
  local shuffled = {}
  for i, value in pairs(t) do
    -- The order of these draws makes a seed give what it gave in Moses 1.
    local place = floor(random() * i) + 1
    shuffled[i] = shuffled[place]
    shuffled[place] = value
  end
  return shuffled
end

--- An array of n random items, none twice; without n, or for n = 1, one item itself; nothing for n = 0.
function M.sample(array, n, seed)
  n = n or 1
  if n < 1 then return end
  if n == 1 then
    seeded(seed)
    return array[random(#array)]
  end
  return arrays.first(M.shuffle(array, seed), n)
end

--- An array of the values that chance picks, each with the same probability.
function M.sampleProb(array, probability, seed)
  seeded(seed)
  return tables.select(array, function() return random() < probability end)
end

return M
