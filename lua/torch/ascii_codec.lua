--- How files in ascii mode hold numbers: as C's printf writes them, separated by spaces, with a newline
-- after each call when the file spaces automatically. Bytes and chars are raw in both modes.
-- The functions are those of binary_codec.lua.
local ffi = require 'ffi'
local elements = require 'torch.elements'
local half = require 'torch.half'
local stdio = require 'torch.stdio'
local binary = require('torch.binary_codec').native
local string_buffer = require 'string.buffer'
local C = require('bridge').C
local cast = ffi.cast

local ascii = {}

local bytes_pointer = ffi.typeof('uint8_t *')
local char_pointer = ffi.typeof('char *')
local stop_box = ffi.new('char *[1]')
local sign_box = ffi.new('union { double value; uint64_t bits; }')
local NEWLINE = 10

--------------------------------------------------------------------------------------------------
-- Reading

local function is_space(byte) return byte == 32 or (byte >= 9 and byte <= 13) end

--- Moves the window to the start of the next word and makes all of that word available.
-- @return false at the end of the file
local function find_word(file)
  while true do
    local ptr, pos, stop = file._ptr, file._pos, file._stop
    while pos < stop and is_space(ptr[pos]) do pos = pos + 1 end
    file._pos = pos
    if pos < stop then break end
    if file:_fill(1) < 1 then return false end
  end
  local length = 1
  while true do
    local ptr, start, available = file._ptr, file._pos, file._stop - file._pos
    while length < available and not is_space(ptr[start + length]) do length = length + 1 end
    if length < available or file:_fill(length + 1) <= length then return true end
  end
end

--- Makes the function that reads numbers with one of C's conversions.
-- @param convert function(text, stop) that skips white space, converts, and sets `stop` behind the number
local function number_reader(convert)
  local function read_after_search(file)
    if not find_word(file) then return nil end
    local start = cast(char_pointer, file._ptr) + file._pos
    local value = convert(start, stop_box)
    local length = tonumber(stop_box[0] - start)
    if length <= 0 then return nil end
    file._pos = file._pos + length
    return value
  end

  return function(file, data, count)
    for i = 0, count - 1 do
      local pos, stop = file._pos, file._stop
      local start = cast(char_pointer, file._ptr) + pos
      local done = false
      -- A NUL follows every window, so C may look first: the word is complete unless it ends with the window.
      if pos < stop then
        local value = convert(start, stop_box)
        local length = tonumber(stop_box[0] - start)
        if length > 0 and pos + length < stop then
          data[i] = value
          file._pos = pos + length
          done = true
        end
      end
      if not done then
        local value = read_after_search(file)
        if value == nil then return i end
        data[i] = value
      end
    end
    return count
  end
end

local read_reals = number_reader(function(text, stop) return C.fbl_strtod(text, stop) end)
local read_integers = number_reader(function(text, stop) return stdio.strtoll(text, stop, 10) end)

local function read_halves(file, data, count)
  local box = elements.Double.box
  for i = 0, count - 1 do
    if read_reals(file, box, 1) < 1 then return i end
    data[i] = half.from_number(box[0])
  end
  return count
end

local readers = {
  raw = function(file, data, count) return file:_take(cast(bytes_pointer, data), count) end,
  real = read_reals,
  integer = read_integers,
  half = read_halves,
}

local function skip_newline(file)
  if file._pos == file._stop and file:_fill(1) < 1 then return end
  if file._ptr[file._pos] == NEWLINE then file._pos = file._pos + 1 end
end

function ascii.read_array(file, element, data, count)
  local got = readers[element.text](file, cast(element.pointer, data), count)
  if file._auto_spacing and count > 0 then skip_newline(file) end
  return got
end

function ascii.read_chars(file, count)
  local text = binary.read_chars(file, count)
  if file._auto_spacing and count > 0 then skip_newline(file) end
  return text
end

--------------------------------------------------------------------------------------------------
-- Writing

local FLUSH_AT = 32768
local text = string_buffer.new(FLUSH_AT + 512)

local function send(file)
  local data, length = text:ref()
  local sent = file:_give(cast(bytes_pointer, data), length)
  text:reset()
  return sent == length
end

-- LuaJIT prints every NaN alike; C keeps the sign, and so do files.
local function put_nan(value)
  sign_box.value = value
  text:put(sign_box.bits >= 0x8000000000000000ULL and '-nan' or 'nan')
end

local function put_numbers(file, format, data, count, value_at)
  local separator = file._auto_spacing and ' ' or ''
  for i = 0, count - 1 do
    local value = value_at and value_at(data[i]) or data[i]
    if value == value then text:putf(format, value) else put_nan(value) end
    if i < count - 1 then text:put(separator) end
    if #text >= FLUSH_AT and not send(file) then return i end
  end
  return count
end

function ascii.write_array(file, element, data, count)
  data = cast(element.pointer, data)
  local written
  text:reset()
  if element.text == 'raw' then
    written = file:_give(cast(bytes_pointer, data), count)
  else
    elements.replace_nans(element, data, count)
    written = put_numbers(file, element.format, data, count, element.text == 'half' and half.to_number)
  end
  if file._auto_spacing and count > 0 then text:put('\n') end
  if #text > 0 and not send(file) then return 0 end
  return written
end

function ascii.write_chars(file, chars)
  local count = binary.write_chars(file, chars)
  if file._auto_spacing and #chars > 0 then binary.write_chars(file, '\n') end
  return count
end

for _, name in ipairs { 'Int', 'Double' } do
  local element = elements[name]
  local box = element.box
  ascii['read_' .. name:lower()] = function(file)
    if ascii.read_array(file, element, box, 1) < 1 then return file:_came_short(0, 1) end
    return box[0]
  end
  ascii['write_' .. name:lower()] = function(file, value)
    box[0] = value
    ascii.write_array(file, element, box, 1)
  end
end

return ascii
