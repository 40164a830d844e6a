--- Lua values to JSON text. Metamethods are not asked.
local null = require('cjson.null').value

local type, next, tostring, floor, huge = type, next, tostring, math.floor, math.huge
local format, gsub, find, concat = string.format, string.gsub, string.find, table.concat

local NUMBER_FORMATS = {}
for digits = 1, 14 do NUMBER_FORMATS[digits] = '%.' .. digits .. 'g' end

local Failure = {}

local function fail(...) error(setmetatable({ message = format(...) }, Failure), 0) end

local ESCAPES = { ['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
  ['\r'] = '\\r', ['\t'] = '\\t' }
for code = 0, 31 do
  local c = string.char(code)
  ESCAPES[c] = ESCAPES[c] or format('\\u%04x', code)
end
ESCAPES['\127'] = '\\u007f'

local function quoted(text)
  if find(text, '[%c"\\/\127]') then text = gsub(text, '[%c"\\/\127]', ESCAPES) end
  return '"' .. text .. '"'
end

-- Length of a table as an array, holes included; nil for a table that becomes an object.
local function array_length(t, settings)
  local greatest, count = 0, 0
  for key in next, t do
    if type(key) ~= 'number' or key < 1 or floor(key) ~= key then return nil end
    if key > greatest then greatest = key end
    count = count + 1
  end
  if count == 0 then return nil end
  local ratio = settings.sparse_ratio
  if ratio > 0 and greatest > count * ratio and greatest > settings.sparse_safe then
    if not settings.sparse_convert then fail 'Cannot serialise table: excessively sparse array' end
    return nil
  end
  return greatest
end

local write

local function write_array(out, n, t, length, settings, depth)
  n = n + 1
  out[n] = '['
  for i = 1, length do
    if i > 1 then
      n = n + 1
      out[n] = ','
    end
    n = write(out, n, rawget(t, i), settings, depth)
  end
  out[n + 1] = ']'
  return n + 1
end

local function number_text(x, settings)
  if x ~= x or x == huge or x == -huge then
    local mode = settings.encode_invalid_numbers
    if mode == 'null' then return 'null' end
    if not mode then fail 'Cannot serialise number: must not be NaN or Infinity' end
    return x ~= x and 'NaN' or x > 0 and 'Infinity' or '-Infinity'
  end
  return format(NUMBER_FORMATS[settings.encode_number_precision], x)
end

local function write_object(out, n, t, settings, depth)
  n = n + 1
  out[n] = '{'
  local first = true
  for key, value in next, t do
    local kind = type(key)
    local name
    if kind == 'string' then
      name = quoted(key)
    elseif kind == 'number' then
      name = '"' .. number_text(key, settings) .. '"'
    else
      fail('Cannot serialise %s: table key must be a number or string', kind)
    end
    out[n + 1] = first and name or ',' .. name
    out[n + 2] = ':'
    first = false
    n = write(out, n + 2, value, settings, depth)
  end
  out[n + 1] = '}'
  return n + 1
end

function write(out, n, value, settings, depth)
  local kind = type(value)
  if kind == 'table' then
    depth = depth + 1
    if depth > settings.encode_max_depth then fail('Cannot serialise, excessive nesting (%d)', depth) end
    local length = array_length(value, settings)
    if length then return write_array(out, n, value, length, settings, depth) end
    return write_object(out, n, value, settings, depth)
  end
  n = n + 1
  if kind == 'string' then
    out[n] = quoted(value)
  elseif kind == 'number' then
    out[n] = number_text(value, settings)
  elseif kind == 'boolean' then
    out[n] = tostring(value)
  elseif value == nil or rawequal(value, null) then
    out[n] = 'null'
  else
    fail('Cannot serialise %s: type not supported', kind)
  end
  return n
end

local function document(value, settings)
  local out = {}
  write(out, 0, value, settings, 0)
  return concat(out)
end

--- The JSON text of a value: true and the text, or false and a message.
return function(value, settings)
  local ok, result = pcall(document, value, settings)
  if ok then return true, result end
  return false, getmetatable(result) == Failure and result.message or tostring(result)
end
