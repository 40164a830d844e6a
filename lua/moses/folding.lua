--- From a table to one value: reductions, their intermediate states, the largest and the smallest.
local arrays = require 'moses.arrays'
local tables = require 'moses.tables'

local M = {}

--- Folds the values of a table with f(state, value). Without a state the first value is one.
function M.reduce(t, f, state)
  for _, value in pairs(t) do
    if state == nil then
      state = value
    else
      state = f(state, value)
    end
  end
  return state
end

--- Folds the values that pass a test, called as (key, value, ...).
function M.reduceby(t, f, state, test, ...)
  return M.reduce(tables.select(t, test, ...), f, state)
end

--- Folds an array from its end.
function M.reduceRight(t, f, state)
  return M.reduce(arrays.reverse(t), f, state)
end

--- The states of a reduction, each under the key of its value. A state that is nil or false starts anew with the value.
function M.mapReduce(t, f, state)
  local states = {}
  for key, value in pairs(t) do
    -- Where a false state meets a false value, f decides: that is what Moses 1 did.
    state = not state and value or f(state, value)
    states[key] = state
  end
  return states
end

--- The states of a reduction from the end of an array, the first one first.
function M.mapReduceRight(t, f, state)
  return M.mapReduce(arrays.reverse(t), f, state)
end

local function best(beats)
  return function(t, transform, ...)
    local top
    for _, value in pairs(t) do
      local candidate = value
      if transform then candidate = transform(value, ...) end
      -- Asked this way around, a NaN gives way to whatever follows it.
      if not top or not beats(top, candidate) then top = candidate end
    end
    return top
  end
end

--- The largest value; with a transform, the largest of what transform(value, ...) gives. nil for an empty table.
M.max = best(function(a, b) return a > b end)
--- The smallest value; with a transform, the smallest of what transform(value, ...) gives. nil for an empty table.
M.min = best(function(a, b) return a < b end)

return M
