--- Operations on iterators. A table stands for its elements; `seq(iterator)` has the functions as methods.
local types = require 'pl.types'
local utils = require 'pl.utils'

local function_arg = utils.function_arg

local seq = {}

local Sequence = {}

-- The iterator function of a sequence object, table or iterator.
local function iterator(source)
  if type(source) == 'function' then return source end
  if getmetatable(source) == Sequence then return source.iterator end
  if type(source) == 'table' and type(source.iter) == 'function' then return source:iter() end
  if types.is_callable(source) then return source end
  return seq.list(source)
end

local function wrap(fn) return setmetatable({ iterator = fn }, Sequence) end

--- Iterator over the elements of a list.
function seq.list(t)
  if not types.is_indexable(t) then error("argument 1 is not indexable: it is a '" .. type(t) .. "'", 2) end
  local position, length = 0, #t
  return function()
    position = position + 1
    if position <= length then return t[position] end
  end
end

function seq.keys(t)
  local key
  return function()
    key = next(t, key)
    return key
  end
end

function seq.range(first, last)
  local value = first - 1
  return function()
    if value < last then
      value = value + 1
      return value
    end
  end
end

--- Iterator over `n` random numbers, as math.random gives them.
function seq.random(n, least, greatest)
  local count = 0
  return function()
    if count >= n then return nil end
    count = count + 1
    if greatest then return math.random(least, greatest) end
    if least then return math.random(least) end
    return math.random()
  end
end

--- Functions that compare with a value.
function seq.greater_than(x) return function(v) return tonumber(v) > x end end
function seq.less_than(x) return function(v) return tonumber(v) < x end end
function seq.equal_to(x) return function(v) return v == x end end
function seq.matching(pattern) return function(v) return tostring(v):find(pattern) ~= nil end end

function seq.minmax(source)
  local least, greatest = math.huge, -math.huge
  for value in iterator(source) do
    least, greatest = math.min(least, value), math.max(greatest, value)
  end
  return least, greatest
end

--- Sum, of the results of a function where one is given, and number of values.
function seq.sum(source, fn)
  fn = fn and function_arg(2, fn)
  local sum, count = 0, 0
  for value in iterator(source) do
    sum = sum + (fn and fn(value) or value)
    count = count + 1
  end
  return sum, count
end

--- A List of the values.
function seq.copy(source)
  local values = {}
  for value in iterator(source) do values[#values + 1] = value end
  return require 'pl.List'(values)
end

--- A list of pairs from an iterator with two values; `state` and `start` as in a `for`.
function seq.copy2(source, state, start)
  local values = {}
  if state == nil then
    for a, b in iterator(source) do values[#values + 1] = { a, b } end
  else
    for a, b in source, state, start do values[#values + 1] = { a, b } end
  end
  return values
end

--- A list of tables of all values of each step.
function seq.copy_tuples(source)
  local fn, tuples = iterator(source), {}
  while true do
    local tuple = { fn() }
    if tuple[1] == nil then return tuples end
    tuples[#tuples + 1] = tuple
  end
end

--- Iterator over each value that has not come before.
function seq.unique(source)
  local seen = {}
  return seq.filter(source, function(value)
    local new = not seen[value]
    seen[value] = true
    return new
  end)
end

function seq.sort(source, before)
  local values = seq.copy(source)
  table.sort(values, before and function_arg(2, before))
  return seq.list(values)
end

--- Iterator over the values of two sequences together.
function seq.zip(first, second)
  local a, b = iterator(first), iterator(second)
  return function() return a(), b() end
end

--- Table from each value to how often it occurs.
function seq.count_map(source)
  local counts = {}
  for value in iterator(source) do counts[value] = (counts[value] or 0) + 1 end
  return setmetatable(counts, require 'pl.Map')
end

--- Prints the values with a separator, `per_line` on a line.
function seq.printall(source, separator, per_line, format)
  separator, per_line = separator or ' ', per_line or 7
  local count = 0
  for value in iterator(source) do
    count = count + 1
    io.write(format and format:format(value) or tostring(value), count % per_line == 0 and '\n' or separator)
  end
  io.write '\n'
end

--- Iterator over the results of a function.
function seq.map(fn, source, argument)
  fn = function_arg(1, fn)
  local step = iterator(source)
  return function()
    local value, second = step()
    if value ~= nil then return fn(value, argument or second) end
  end
end

function seq.filter(source, predicate, argument)
  predicate = function_arg(2, predicate)
  local step = iterator(source)
  return function()
    while true do
      local value, second = step()
      if value == nil then return nil end
      if predicate(value, argument or second) then return value, second end
    end
  end
end

function seq.reduce(fn, source, memo)
  fn = function_arg(1, fn)
  local step = iterator(source)
  if memo == nil then memo = step() end
  for value in step do memo = fn(memo, value) end
  return memo
end

function seq.take(source, n)
  local step, count = iterator(source), 0
  return function()
    if count >= n then return nil end
    count = count + 1
    return step()
  end
end

function seq.skip(source, n)
  local step = iterator(source)
  for _ = 1, n do
    if step() == nil then return function() end end
  end
  return step
end

--- Iterator over 1, 2 … and the values.
function seq.enum(source)
  local step, count = iterator(source), 0
  return function()
    local value, second = step()
    if value == nil then return nil end
    count = count + 1
    return count, value, second
  end
end

--- Iterator over the results of a method.
function seq.mapmethod(source, name, a, b)
  local step = iterator(source)
  return function()
    local value = step()
    if value == nil then return nil end
    local method = value[name]
    if not method then error(('%s does not have method %s'):format(tostring(value), name), 2) end
    return method(value, a, b)
  end
end

--- Iterator over each value and the one before it.
function seq.last(source)
  local step = iterator(source)
  local previous = step()
  return function()
    local value = step()
    if value == nil then return nil end
    local before = previous
    previous = value
    return value, before
  end
end

function seq.foreach(source, fn)
  fn = function_arg(2, fn)
  for a, b in iterator(source) do fn(a, b) end
end

--- Sequence of the lines of a file.
function seq.lines(file, ...)
  local step
  if type(file) == 'string' then step = io.lines(file, ...) else step = file:lines(...) end
  return wrap(step)
end

--- Makes the functions of this module global.
function seq.import() utils.import(seq, getfenv(2)) end

--- Iterator over the values of one sequence, then of the other.
function seq.splice(first, second)
  local step, following = iterator(first), iterator(second)
  return function()
    local value = step()
    if value == nil and following then
      step, following = following, nil
      value = step()
    end
    return value
  end
end

--- How many values there are, for which a function holds where one is given.
function seq.count(source, predicate, argument)
  predicate = predicate and function_arg(2, predicate)
  local count = 0
  for value in iterator(source) do
    if not predicate or predicate(value, argument) then count = count + 1 end
  end
  return count
end

-- Functions whose first argument is another function get the sequence second.
local FUNCTION_FIRST = { map = true, reduce = true }
-- Functions that answer values rather than iterators.
local ENDS = { copy = true, copy2 = true, copy_tuples = true, sum = true, minmax = true, reduce = true, count = true, count_map = true,
  printall = true, foreach = true }

Sequence.__call = function(self) return self.iterator() end
Sequence.__index = function(_, name)
  local fn = seq[name]
  if not fn then -- a method of the values
    return function(self, ...) return wrap(seq.mapmethod(self, name, ...)) end
  end
  return function(self, ...)
    local result
    if ENDS[name] and not FUNCTION_FIRST[name] then return fn(self.iterator, ...) end
    if FUNCTION_FIRST[name] then
      local callable = ...
      result = fn(callable, self.iterator, select(2, ...))
    else
      result = fn(self.iterator, ...)
    end
    if ENDS[name] then return result end
    return wrap(result)
  end
end

return setmetatable(seq, {
  __call = function(_, source, value, key)
    if value == nil then return wrap(iterator(source)) end
    return wrap(function()
      local following, item = source(value, key)
      key = following
      return following, item
    end)
  end,
})
