--- Tables of the JSON functions, each with settings of its own.
local decode = require 'cjson.decode'
local encode = require 'cjson.encode'
local null = require('cjson.null').value

local INT_MAX = 2 ^ 31 - 1

local function argument_error(position, message, level)
  local name = debug.getinfo(level, 'n').name or '?'
  error(("bad argument #%d to '%s' (%s)"):format(position, name, message), level + 1)
end

local function one_argument(count)
  if count ~= 1 then argument_error(1, 'expected 1 argument', 3) end
end

-- The functions below are tail-called, so that level 3 of an error is what the user called.
-- Each check answers the new setting for an argument, or the present one for nil.
local function integer(value, position, present, least, greatest)
  if value == nil then return present end
  local number = tonumber(value)
  if not number then argument_error(position, 'number expected, got ' .. type(value), 3) end
  number = number < 0 and math.ceil(number) or math.floor(number)
  if number < least or number > greatest then
    argument_error(position, ('expected integer between %d and %d'):format(least, greatest), 3)
  end
  return number
end

local ON_OFF = { on = true, off = false }
local ON_OFF_NULL = { on = true, off = false, null = 'null' }

local function choice(value, position, present, words)
  if value == nil then return present end
  if type(value) == 'boolean' then return value end
  local word = (type(value) == 'string' or type(value) == 'number') and tostring(value)
  if not word then argument_error(position, 'string expected, got ' .. type(value), 3) end
  if words[word] == nil then argument_error(position, ("invalid option '%s'"):format(word), 3) end
  return words[word]
end

local function at_most(count, allowed)
  if count > allowed then argument_error(allowed + 1, 'found too many arguments', 3) end
end

local function add_settings(module, settings)
  local function define(name, check)
    module[name] = function(...)
      at_most(select('#', ...), 1)
      settings[name] = check((...), settings[name])
      return settings[name]
    end
  end

  define('decode_invalid_numbers', function(value, present) return choice(value, 1, present, ON_OFF) end)
  define('decode_max_depth', function(value, present) return integer(value, 1, present, 1, INT_MAX) end)
  define('encode_invalid_numbers', function(value, present) return choice(value, 1, present, ON_OFF_NULL) end)
  define('encode_max_depth', function(value, present) return integer(value, 1, present, 1, INT_MAX) end)
  -- LuaJIT builds the text from pieces; there is no buffer of ours to keep, and the setting is only remembered.
  define('encode_keep_buffer', function(value, present) return choice(value, 1, present, ON_OFF) end)
  define('encode_number_precision', function(value, present) return integer(value, 1, present, 1, 14) end)

  --- What becomes of arrays with many holes: whether they become objects, and from when on holes are many.
  function module.encode_sparse_array(...)
    at_most(select('#', ...), 3)
    local convert, ratio, safe = ...
    settings.sparse_convert = choice(convert, 1, settings.sparse_convert, ON_OFF)
    settings.sparse_ratio = integer(ratio, 2, settings.sparse_ratio, 0, INT_MAX)
    settings.sparse_safe = integer(safe, 3, settings.sparse_safe, 0, INT_MAX)
    return settings.sparse_convert, settings.sparse_ratio, settings.sparse_safe
  end
end

local function need_text(value)
  if type(value) == 'number' then return tostring(value) end
  if type(value) ~= 'string' then argument_error(1, 'string expected, got ' .. type(value), 3) end
  return value
end

--- A new module table. The safe kind answers nil and a message where the other one raises an error.
local function new(safe)
  local settings = {
    decode_invalid_numbers = true, decode_max_depth = 1000,
    encode_invalid_numbers = false, encode_max_depth = 1000, encode_keep_buffer = true,
    encode_number_precision = 14,
    sparse_convert = false, sparse_ratio = 2, sparse_safe = 10,
  }
  local module = { _NAME = 'cjson', _VERSION = '2.1devel', null = null, new = function() return new(safe) end }
  add_settings(module, settings)

  local function refuse(message)
    if safe then return nil, message end
    error(message, 3)
  end

  --- The value of a JSON text; null becomes `cjson.null`.
  function module.decode(...)
    one_argument(select('#', ...))
    local text = need_text((...))
    local ok, result = decode(text, settings)
    if ok then return result end
    local nothing, message = refuse(result)
    return nothing, message
  end

  --- The JSON text of a value: tables with keys 1, 2 … are arrays, others objects.
  function module.encode(...)
    one_argument(select('#', ...))
    local ok, result = encode((...), settings)
    if ok then return result end
    local nothing, message = refuse(result)
    return nothing, message
  end

  return module
end

return new
