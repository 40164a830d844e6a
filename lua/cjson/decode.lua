--- JSON text to Lua values.
--
-- The text is read byte by byte through a pointer, which LuaJIT compiles. Nothing here calls back, so that the state of
-- the one text being read can be shared by all functions.
local ffi = require 'ffi'
local null = require('cjson.null').value

local byte, char, tonumber, match = string.byte, string.char, tonumber, string.match
local ffi_string = ffi.string

local text, bytes, last, depth, settings

local QUOTE, BACKSLASH, COMMA, COLON = byte '"', byte '\\', byte ',', byte ':'
local OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT = byte '[', byte ']', byte '{', byte '}'
local ZERO, NINE, MINUS, PLUS, POINT = byte '0', byte '9', byte '-', byte '+', byte '.'
local SPACE, TAB, NEWLINE, RETURN = 32, 9, 10, 13
local LOWER_E, UPPER_E = byte 'e', byte 'E'
-- Integers of so many digits are exact in a double while they are summed up.
local EXACT_DIGITS = 15

local Failure = {}

local function fail(message) error(setmetatable({ message = message }, Failure), 0) end

local function skip_space(position)
  while position < last do
    local c = bytes[position]
    if c ~= SPACE and c ~= NEWLINE and c ~= TAB and c ~= RETURN then return position end
    position = position + 1
  end
  return position
end

--------------------------------------------------------------------------------------------------
-- Numbers. A function answers nil for what is no number at all.

local WORDS = { inf = math.huge, infinity = math.huge, nan = 0 / 0 }

-- The longest prefix that C's strtod would take: also hexadecimal numbers, infinities and NaN.
local function loose_number(position)
  local rest = match(text, '^[%w%.%+%-]*', position + 1)
  local sign, word = match(rest, '^([+-]?)(%a*)')
  word = word:lower()
  for _, name in ipairs { 'infinity', 'inf', 'nan' } do
    if word:sub(1, #name) == name then
      local value = WORDS[name]
      return sign == '-' and -value or value, position + #sign + #name
    end
  end
  local hexadecimal = match(rest, '^[+-]?0[xX]%x+%.?%x*[pP][+-]?%d+') or match(rest, '^[+-]?0[xX]%x+%.?%x*')
  if hexadecimal then return tonumber(hexadecimal), position + #hexadecimal end
  local decimal = match(rest, '^[+-]?%d+%.?%d*') or match(rest, '^[+-]?%.%d+')
  if not decimal then return nil end
  decimal = decimal .. (match(rest, '^[eE][+-]?%d+', #decimal + 1) or '')
  return tonumber(decimal), position + #decimal
end

local function is_standard(position)
  local first = position
  if bytes[first] == MINUS then first = first + 1 end
  local c, following = bytes[first], first + 1 < last and bytes[first + 1] or 0
  if c == ZERO then return not (following >= ZERO and following <= NINE or following == 120 or following == 88) end
  return c <= NINE
end

local function number(position)
  -- Most numbers are short integers.
  local first, value = position, 0
  local negative = bytes[position] == MINUS
  if negative then first = first + 1 end
  local at = first
  while at < last do
    local c = bytes[at]
    if c < ZERO or c > NINE then break end
    value = value * 10 + (c - ZERO)
    at = at + 1
  end
  local following = at < last and bytes[at] or 0
  local plain = at > first and at - first <= EXACT_DIGITS and following ~= POINT and following ~= LOWER_E
    and following ~= UPPER_E and (bytes[first] ~= ZERO or at == first + 1 and following ~= 120 and following ~= 88)
  if plain then return negative and -value or value, at end
  if not settings.decode_invalid_numbers and not is_standard(position) then return nil end
  return loose_number(position)
end

--------------------------------------------------------------------------------------------------
-- Strings

local ESCAPES = { ['"'] = '"', ['\\'] = '\\', ['/'] = '/', b = '\b', f = '\f', n = '\n', r = '\r', t = '\t' }

local function utf8(code)
  if code < 0x80 then return char(code) end
  local tail = char(0x80 + code % 64)
  code = math.floor(code / 64)
  if code < 0x20 then return char(0xC0 + code) .. tail end
  tail = char(0x80 + code % 64) .. tail
  code = math.floor(code / 64)
  if code < 0x10 then return char(0xE0 + code) .. tail end
  return char(0xF0 + math.floor(code / 64)) .. char(0x80 + code % 64) .. tail
end

-- A \uXXXX escape at a position, or the pair of them that makes one character: its text and the position behind.
local function unicode(position)
  local digits = match(text, '^\\u(%x%x%x%x)', position + 1)
  if not digits then return nil end
  local code = tonumber(digits, 16)
  if code >= 0xDC00 and code <= 0xDFFF then return nil end
  if code < 0xD800 or code > 0xDBFF then return utf8(code), position + 6 end
  local low = match(text, '^\\u(%x%x%x%x)', position + 7)
  low = low and tonumber(low, 16)
  if not low or low < 0xDC00 or low > 0xDFFF then return nil end
  return utf8(0x10000 + (code - 0xD800) * 0x400 + (low - 0xDC00)), position + 12
end

-- Reads on behind the first backslash; answers nil, a message and a position for what is wrong.
local function escaped_string(start, position)
  local pieces, n = { ffi_string(bytes + start, position - start) }, 1
  start = position
  while position < last do
    local c = bytes[position]
    if c == QUOTE then
      pieces[n + 1] = ffi_string(bytes + start, position - start)
      return table.concat(pieces), position + 1
    elseif c == BACKSLASH then
      pieces[n + 1] = ffi_string(bytes + start, position - start)
      local letter = text:sub(position + 2, position + 2)
      local value, behind
      if letter == 'u' then
        value, behind = unicode(position)
        if not value then return nil, 'invalid unicode escape code', position end
      else
        value, behind = ESCAPES[letter], position + 2
        if not value then return nil, 'invalid escape code', position end
      end
      n = n + 2
      pieces[n] = value
      position, start = behind, behind
    elseif c == 0 then
      break
    else
      position = position + 1
    end
  end
  return nil, 'unexpected end of string', position
end

-- The text of a string whose quote is at a position, and the position behind it.
local function string_at(position)
  local start = position + 1
  local at = start
  while at < last do
    local c = bytes[at]
    if c == QUOTE then return ffi_string(bytes + start, at - start), at + 1 end
    if c == BACKSLASH then return escaped_string(start, at) end
    if c == 0 then break end
    at = at + 1
  end
  return nil, 'unexpected end of string', at
end

--------------------------------------------------------------------------------------------------
-- Errors: what was expected, and the kind of token that is there instead

local TOKENS = {
  [OPEN_OBJECT] = 'T_OBJ_BEGIN', [CLOSE_OBJECT] = 'T_OBJ_END', [OPEN_ARRAY] = 'T_ARR_BEGIN', [CLOSE_ARRAY] = 'T_ARR_END',
  [COMMA] = 'T_COMMA', [COLON] = 'T_COLON',
}
local KEYWORDS = { ['true'] = 'T_BOOLEAN', ['false'] = 'T_BOOLEAN', ['null'] = 'T_NULL' }

local function number_token(position)
  local c = bytes[position]
  local digit = c == MINUS or (c >= ZERO and c <= NINE)
  if not digit and not settings.decode_invalid_numbers then return 'invalid token' end
  if number(position) ~= nil then return 'T_NUMBER' end
  return digit and 'invalid number' or 'invalid token'
end

local function token_at(position)
  if position >= last then return 'T_END', position end
  local c = bytes[position]
  if TOKENS[c] then return TOKENS[c], position end
  if c == QUOTE then
    local value, message, at = string_at(position)
    if value then return 'T_STRING', position end
    return message, at
  end
  local keyword = match(text, '^%a+', position + 1)
  for word, token in pairs(KEYWORDS) do
    if keyword and keyword:sub(1, #word) == word then return token, position end
  end
  return number_token(position), position
end

local function unexpected(expected, position)
  local token, at = token_at(position)
  fail(('Expected %s but found %s at character %d'):format(expected, token, at + 1))
end

--------------------------------------------------------------------------------------------------
-- Values

local value_at

local function enter(position)
  depth = depth + 1
  if depth > settings.decode_max_depth then
    fail(('Found too many nested data structures (%d) at character %d'):format(depth, position + 1))
  end
end

local function array_at(position)
  enter(position)
  local array, n = {}, 0
  position = skip_space(position + 1)
  if position < last and bytes[position] == CLOSE_ARRAY then
    depth = depth - 1
    return array, position + 1
  end
  while true do
    local value
    value, position = value_at(position)
    n = n + 1
    array[n] = value
    position = skip_space(position)
    local c = position < last and bytes[position] or 0
    if c == CLOSE_ARRAY then break end
    if c ~= COMMA then unexpected('comma or array end', position) end
    position = position + 1
  end
  depth = depth - 1
  return array, position + 1
end

local function object_at(position)
  enter(position)
  local object = {}
  position = skip_space(position + 1)
  if position < last and bytes[position] == CLOSE_OBJECT then
    depth = depth - 1
    return object, position + 1
  end
  while true do
    position = skip_space(position)
    local key, behind
    if position < last and bytes[position] == QUOTE then key, behind = string_at(position) end
    if not key then unexpected('object key string', position) end
    position = skip_space(behind)
    if position >= last or bytes[position] ~= COLON then unexpected('colon', position) end
    object[key], position = value_at(position + 1)
    position = skip_space(position)
    local c = position < last and bytes[position] or 0
    if c == CLOSE_OBJECT then break end
    if c ~= COMMA then unexpected('comma or object end', position) end
    position = position + 1
  end
  depth = depth - 1
  return object, position + 1
end

local T, F, N = byte 't', byte 'f', byte 'n'

function value_at(position)
  position = skip_space(position)
  local c = position < last and bytes[position] or 0
  local value, behind
  if c == QUOTE then
    value, behind = string_at(position)
  elseif c == OPEN_OBJECT then
    return object_at(position)
  elseif c == OPEN_ARRAY then
    return array_at(position)
  elseif c == MINUS or (c >= ZERO and c <= NINE) then
    value, behind = number(position)
  elseif c == T and text:sub(position + 1, position + 4) == 'true' then
    return true, position + 4
  elseif c == F and text:sub(position + 1, position + 5) == 'false' then
    return false, position + 5
  elseif c == N and text:sub(position + 1, position + 4) == 'null' then
    return null, position + 4
  elseif settings.decode_invalid_numbers and (c == PLUS or c == 73 or c == 105 or c == 78 or c == N) then
    value, behind = loose_number(position)
  end
  if value == nil then unexpected('value', position) end
  return value, behind
end

local function document()
  if last >= 2 and (bytes[0] == 0 or bytes[1] == 0) then fail 'JSON parser does not support UTF-16 or UTF-32' end
  local value, position = value_at(0)
  position = skip_space(position)
  if position < last then unexpected('the end', position) end
  return value
end

--- The value of a JSON text: true and the value, or false and a message.
return function(source, options)
  text, bytes, last, depth, settings = source, ffi.cast('const uint8_t *', source), #source, 0, options
  local ok, result = pcall(document)
  text, bytes = nil, nil
  if ok then return true, result end
  return false, getmetatable(result) == Failure and result.message or tostring(result)
end
