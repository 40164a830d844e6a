--- Functions that make functions, and functions that call them.
local arrays = require 'moses.arrays'
local combining = require 'moses.combining'
local folding = require 'moses.folding'

local M = {}

local append, reverse = combining.append, arrays.reverse

function M.noop() end

function M.identity(value)
  return value
end

function M.constant(value)
  return function() return value end
end

--- A function that keeps the first result of f for each argument, or for each result of hash(...). A result that is
-- false or nil is not kept.
function M.memoize(f, hash)
  local results = {}
  hash = hash or M.identity
  return function(...)
    local key = hash(...)
    local result = results[key] or f(...)
    results[key] = result
    return result
  end
end

--- A function that takes new arguments for its first `count` calls, and later repeats the call with the last ones. Like
-- in Moses 1, f itself is called each time.
function M.before(f, count)
  local calls, arguments = 0, {}
  return function(...)
    calls = calls + 1
    if calls <= count then arguments = { ... } end
    return f(unpack(arguments))
  end
end

--- A function that always repeats its first call: `before(f, 1)`.
function M.once(f)
  return M.before(f, 1)
end

--- A function that does nothing before its count-th call.
function M.after(f, count)
  local calls = 0
  return function(...)
    calls = calls + 1
    if calls >= count then return f(...) end
  end
end

--- compose(f, g, h) calls h, g of its result, and f of that. Only h gets several arguments.
function M.compose(...)
  local steps = reverse { ... }
  return function(...)
    local result
    for i, step in ipairs(steps) do
      if i == 1 then
        result = step(...)
      else
        result = step(result)
      end
    end
    return result
  end
end

--- pipe(value, f, g, h) is f(g(h(value))).
function M.pipe(value, ...)
  return M.compose(...)(value)
end

function M.complement(f)
  return function(...) return not f(...) end
end

--- The results of several functions for one value; a nil among them is left out.
function M.juxtapose(value, ...)
  return unpack(M.over(...)(value))
end

--- A function that passes f and its arguments to a wrapper.
function M.wrap(f, wrapper)
  return function(...) return wrapper(f, ...) end
end

--- An array of the results of f(i, ...) for i = 1 to n.
function M.times(n, f, ...)
  local results = {}
  for i = 1, n do results[i] = f(i, ...) end
  return results
end

function M.bind(f, value)
  return function(...) return f(value, ...) end
end

function M.bind2(f, value)
  return function(first, ...) return f(first, value, ...) end
end

function M.bindn(f, ...)
  local bound = { ... }
  return function(...) return f(unpack(append(bound, { ... }))) end
end

--- Replaces the named methods of an object by functions that need no object; returns the object.
function M.bindAll(object, ...)
  for _, name in ipairs { ... } do
    local method = object[name]
    if method then object[name] = M.bind(method, object) end
  end
  return object
end

local last_id = -1

--- A number not given before, from 0 on; put into a template by string.format, or passed to it, when there is one.
function M.uniqueId(template, ...)
  last_id = last_id + 1
  if type(template) == 'string' then return template:format(last_id) end
  if type(template) == 'function' then return template(last_id, ...) end
  return last_id
end

--- An iterator that gives f(x), f(f(x)), and so on.
function M.iterator(f, x)
  return function()
    x = f(x)
    return x
  end
end

--- An array of what an iterator gives: the first value of each step.
function M.array(...)
  local list = {}
  for value in ... do list[#list + 1] = value end
  return list
end

function M.flip(f)
  return function(...) return f(unpack(reverse { ... })) end
end

--- A function that gives an array of the results of all functions for its arguments; nil results are left out.
function M.over(...)
  local functions = { ... }
  return function(...)
    local results = {}
    for _, f in ipairs(functions) do results[#results + 1] = f(...) end
    return results
  end
end

local function overall(operator)
  return function(...)
    local all = M.over(...)
    return function(...) return folding.reduce(all(...), operator) end
  end
end

--- A function that says whether all tests pass for its arguments. Every test is called; one that gives nil has no say.
M.overEvery = overall(function(a, b) return a and b end)
--- A function that says whether any test passes for its arguments.
M.overSome = overall(function(a, b) return a or b end)

--- A function that calls f with its arguments transformed: the first by the first transform, and so on. What is nil or
-- false stays as it is.
function M.overArgs(f, ...)
  local transforms = { ... }
  return function(...)
    local arguments = { ... }
    for i, transform in ipairs(transforms) do
      if arguments[i] then arguments[i] = transform(arguments[i]) end
    end
    return f(unpack(arguments))
  end
end

-- The bound arguments, each '_' replaced by the next given one, which leaves `given`.
local function fill_in(bound, given)
  local filled = {}
  for i, value in ipairs(bound) do
    -- A '_' for which nothing, or false, is given stays a '_', as it did.
    if value == '_' then value = table.remove(given, 1) or value end
    filled[i] = value
  end
  return filled
end

--- A function with its first arguments set. '_' leaves an argument open; the others are added at the end.
function M.partial(f, ...)
  local bound = { ... }
  return function(...)
    local given = { ... }
    local filled = fill_in(bound, given)
    return f(unpack(append(filled, given)))
  end
end

--- A function with its last arguments set. '_' leaves an argument open; the others are added at the front.
function M.partialRight(f, ...)
  local bound = { ... }
  return function(...)
    local given = { ... }
    local filled = fill_in(bound, given)
    return f(unpack(append(given, filled)))
  end
end

--- A function that takes one argument a call, and calls f when it has `count` (two by default). It is the function
-- itself that collects them: what a call returns is no copy.
function M.curry(f, count)
  count = count or 2
  local collected = {}
  local function collect(value)
    collected[#collected + 1] = value
    if #collected < count then return collect end
    local arguments = collected
    collected = {}
    return f(unpack(arguments))
  end
  return collect
end

--- The seconds of processor time that f(...) takes, and its results.
function M.time(f, ...)
  local start = os.clock()
  local results = { f(...) }
  return os.clock() - start, unpack(results)
end

return M
