--- What every other module of Penlight builds on: checks of arguments, functions given as text, splitting, files.
local compat = require 'pl.compat'
local operators = require('pl.operator').optable
local types = require 'pl.types'

local utils = { _VERSION = '1.5.4' }
for name, value in pairs(compat) do utils[name] = value end
for _, name in ipairs { 'is_callable', 'is_type', 'is_integer', 'is_empty', 'is_indexable', 'is_iterable', 'is_writeable', 'to_bool' } do
  utils[name] = types[name]
end

--- Lua patterns for common things in text.
utils.patterns = {
  FLOAT = '[%+%-%d]%d*%.?%d*[eE]?[%+%-]?%d*',
  INTEGER = '[+%-%d]%d*',
  IDEN = '[%a_][%w_]*',
  FILE = '[%a%.\\][:%][%w%._%-\\]*',
}

--- The tables that become the classes List, Map, Set and MultiMap when those are required.
utils.stdmt = {
  List = { _name = 'List' },
  Map = { _name = 'Map' },
  Set = { _name = 'Set' },
  MultiMap = { _name = 'MultiMap' },
}

--------------------------------------------------------------------------------------------------
-- Arguments and errors

--- Raises an error unless `value` is of type `kind` and `verify(value)` holds; returns the value.
function utils.assert_arg(n, value, kind, verify, message, level)
  if type(value) ~= kind then
    error(("argument %d expected a '%s', got a '%s'"):format(n, kind, type(value)), level or 2)
  end
  if verify and not verify(value) then
    error(("argument %d: '%s' %s"):format(n, tostring(value), message or 'is not valid'), level or 2)
  end
  return value
end

function utils.assert_string(n, value) return utils.assert_arg(n, value, 'string', nil, nil, 3) end

local strategy = 'default'

--- What `utils.raise` does: `default` returns nil and the message, `error` raises it, `quit` ends the program.
function utils.on_error(mode)
  local modes = { default = true, error = true, quit = true }
  if modes[mode] then
    strategy = mode
  elseif strategy == 'default' then
    error("Bad argument expected string; 'default', 'quit', or 'error'. Got '" .. tostring(mode) .. "'", 2)
  else
    utils.raise("Bad argument expected string; 'default', 'quit', or 'error'. Got '" .. tostring(mode) .. "'")
  end
end

--- To be used as `return utils.raise(message)`.
function utils.raise(message)
  if strategy == 'default' then return nil, message end
  if strategy == 'quit' then return utils.quit(message) end
  error(message, 2)
end

--- Writes a message to the standard error and ends the program; the status is -1 unless it comes first.
function utils.quit(code, message, ...)
  if type(code) == 'string' then return utils.quit(-1, code, message, ...) end
  if message then utils.fprintf(io.stderr, message .. '\n', ...) end
  os.exit(code or -1)
end

--------------------------------------------------------------------------------------------------
-- Functions

local factories = {}

--- Lets objects with a metatable stand where functions are expected: `make(object)` gives the function.
function utils.add_function_factory(metatable, make) factories[metatable] = make end

local function compile_lambda(text)
  local arguments, body = text:match '^%s*|([^|]*)|(.*)$'
  if not arguments then
    if not text:find('_', 1, true) then return error("not a string lambda: '" .. text .. "'", 3) end
    arguments, body = '_', text
  end
  local chunk, message = load(('return function(%s) return %s end'):format(arguments, body), text)
  if not chunk then return error('not a string lambda: ' .. message, 3) end
  return chunk()
end

local compiled = setmetatable({}, { __mode = 'v' })

--- A function written as `|x, y| expression`, or as an expression in `_`.
function utils.string_lambda(text)
  local fn = compiled[text]
  if not fn then
    fn = compile_lambda(text)
    compiled[text] = fn
  end
  return fn
end

--- The function that an argument stands for: itself, an operator's symbol, a string lambda or an object with a factory.
function utils.function_arg(index, f, message)
  utils.assert_arg(1, index, 'number')
  if type(f) == 'function' then return f end
  if type(f) == 'string' then
    local fn = operators[f]
    if fn then return fn end
    if f:find('|', 1, true) or f:find('_', 1, true) then return utils.string_lambda(f) end
  elseif f ~= nil then
    local make = factories[getmetatable(f)]
    if make then return make(f) end
    if types.is_callable(f) then return f end
    if type(f) == 'table' then message = message or 'not a callable object' end
  end
  message = message or 'must be callable'
  error(index > 0 and ('argument %d: %s'):format(index, message) or message, 2)
end

function utils.bind1(fn, first)
  fn = utils.function_arg(1, fn)
  return function(...) return fn(first, ...) end
end

function utils.bind2(fn, second)
  fn = utils.function_arg(1, fn)
  return function(first, ...) return fn(first, second, ...) end
end

--- A function of one argument that computes each result once.
function utils.memoize(fn)
  local known = {}
  return function(x)
    local result = known[x]
    if result == nil then
      result = fn(x)
      known[x] = result
    end
    return result
  end
end

--------------------------------------------------------------------------------------------------
-- Values

function utils.unpack(t, first, last) return unpack(t, first or 1, last or t.n or #t) end

function utils.choose(condition, a, b)
  if condition then return a end
  return b
end

--- Texts of the values of a list, in `buffer` where one is given.
function utils.array_tostring(t, buffer, to_text)
  buffer, to_text = buffer or {}, to_text or tostring
  for i = 1, #t do buffer[i] = to_text(t[i], i) end
  return buffer
end

--- Iterator over indices and values of a range, nil or not.
function utils.npairs(t, first, last, step)
  step = step or 1
  if step == 0 then error('iterator step-size cannot be 0', 2) end
  last = last or t.n or #t
  local index = (first or 1) - step
  return function()
    index = index + step
    if (step > 0 and index > last) or (step < 0 and index < last) then return nil end
    return index, t[index]
  end
end

--- Iterator over the keys that are not whole numbers.
function utils.kpairs(t)
  local following, state, key = pairs(t)
  return function()
    local value
    repeat
      key, value = following(state, key)
    until type(key) ~= 'number' or key % 1 ~= 0
    return key, value
  end
end

--- Copies the fields of a module (or of the named one) into a table, which is the caller's environment unless given.
function utils.import(source, target)
  target = target or getfenv(2)
  source = source or utils
  if type(source) == 'string' then source = require(source) end
  for name, value in pairs(source) do target[name] = value end
end

--------------------------------------------------------------------------------------------------
-- Text and files; kept in files of their own.
for _, part in ipairs { 'splitting', 'files', 'enum', 'deprecation' } do require('pl.utils_' .. part)(utils) end

return utils
