--- How files in binary mode hold numbers: as in memory, or with the bytes of each number reversed.
--
-- A codec has `read_int`, `write_int`, `read_double`, `write_double` (the numbers of the object format),
-- `read_array`, `write_array` (elements to and from memory; they return how many were transferred) and
-- `read_chars`, `write_chars` (strings). It works on the byte window of a File: see File.lua.
local ffi = require 'ffi'
local bit = require 'bit'
local elements = require 'torch.elements'
local band, bswap, copy, cast, ffi_string = bit.band, bit.bswap, ffi.copy, ffi.cast, ffi.string

local bytes_pointer = ffi.typeof('uint8_t *')
local int_pointer, double_pointer = elements.Int.pointer, elements.Double.pointer
local pointer_of_width = {
  [2] = ffi.typeof('uint16_t *'), [4] = ffi.typeof('int32_t *'), [8] = ffi.typeof('uint64_t *'),
}
local narrow_long = ffi.typeof('int32_t[?]')
-- Elements converted at a time where memory and file differ: small enough for the window of a file.
local CHUNK = 4096
-- In the upper half of a double.
local EXPONENT = 0x7ff00000

local function read_chars(file, count)
  local pos = file._pos
  if count <= file._stop - pos then
    file._pos = pos + count
    return ffi_string(file._ptr + pos, count)
  end
  return file:_take_string(count)
end

local function write_chars(file, text)
  local count = #text
  local pos = file._pos
  if count <= file._cap - pos then
    copy(file._ptr + pos, text, count)
    file._pos = pos + count
    return count
  end
  return file:_give(cast(bytes_pointer, cast('const char *', text)), count)
end

local native = { read_chars = read_chars, write_chars = write_chars }

function native.read_int(file)
  if file._stop - file._pos < 4 and file:_fill(4) < 4 then return file:_came_short(0, 1) end
  local pos = file._pos
  file._pos = pos + 4
  return cast(int_pointer, file._ptr + pos)[0]
end

function native.write_int(file, value)
  if file._cap - file._pos < 4 then file:_room(4) end
  local pos = file._pos
  file._pos = pos + 4
  cast(int_pointer, file._ptr + pos)[0] = value
end

function native.read_double(file)
  if file._stop - file._pos < 8 and file:_fill(8) < 8 then return file:_came_short(0, 1) end
  local pos = file._pos
  file._pos = pos + 8
  -- An infinity or a NaN; not all NaNs may become Lua's numbers as they are.
  if band(cast(int_pointer, file._ptr + pos)[1], EXPONENT) == EXPONENT then
    copy(elements.Double.box, file._ptr + pos, 8)
    return elements.boxed(elements.Double)
  end
  return cast(double_pointer, file._ptr + pos)[0]
end

function native.write_double(file, value)
  if file._cap - file._pos < 8 then file:_room(8) end
  local pos = file._pos
  file._pos = pos + 8
  cast(double_pointer, file._ptr + pos)[0] = value
end

--- Reverses the bytes of each of `count` numbers of `width` bytes in place.
local function reverse(data, width, count)
  if width == 1 then return end
  local values = cast(pointer_of_width[width], data)
  if width == 2 then
    for i = 0, count - 1 do values[i] = bit.rshift(bswap(values[i]), 16) end
  else
    for i = 0, count - 1 do values[i] = bswap(values[i]) end
  end
end

-- Longs of 4 bytes (files of 32-bit machines and of Windows) are the only numbers whose size in the
-- file differs from that in memory.
local function read_narrow_longs(file, data, count, swapped)
  local chunk = narrow_long(CHUNK)
  local done = 0
  while done < count do
    local wanted = math.min(CHUNK, count - done)
    local got = math.floor(file:_take(cast(bytes_pointer, chunk), wanted * 4) / 4)
    if swapped then reverse(chunk, 4, got) end
    for i = 0, got - 1 do data[done + i] = chunk[i] end
    done = done + got
    if got < wanted then break end
  end
  return done
end

local function write_narrow_longs(file, data, count, swapped)
  local chunk = narrow_long(CHUNK)
  local done = 0
  while done < count do
    local wanted = math.min(CHUNK, count - done)
    for i = 0, wanted - 1 do chunk[i] = cast('int32_t', data[done + i]) end
    if swapped then reverse(chunk, 4, wanted) end
    local sent = math.floor(file:_give(cast(bytes_pointer, chunk), wanted * 4) / 4)
    done = done + sent
    if sent < wanted then break end
  end
  return done
end

function native.read_array(file, element, data, count)
  if element.name == 'Long' and file._long_size == 4 then return read_narrow_longs(file, data, count, false) end
  return math.floor(file:_take(cast(bytes_pointer, data), count * element.size) / element.size)
end

function native.write_array(file, element, data, count)
  if element.name == 'Long' and file._long_size == 4 then return write_narrow_longs(file, data, count, false) end
  return math.floor(file:_give(cast(bytes_pointer, data), count * element.size) / element.size)
end

local swapped = { read_chars = read_chars, write_chars = write_chars }

function swapped.read_array(file, element, data, count)
  if element.name == 'Long' and file._long_size == 4 then return read_narrow_longs(file, data, count, true) end
  local got = native.read_array(file, element, data, count)
  reverse(data, element.size, got)
  return got
end

function swapped.write_array(file, element, data, count)
  if element.name == 'Long' and file._long_size == 4 then return write_narrow_longs(file, data, count, true) end
  local size = element.size
  local chunk = element.array(math.min(CHUNK, count))
  local done = 0
  while done < count do
    local wanted = math.min(CHUNK, count - done)
    copy(chunk, data + done, wanted * size)
    reverse(chunk, size, wanted)
    local sent = native.write_array(file, element, chunk, wanted)
    done = done + sent
    if sent < wanted then break end
  end
  return done
end

for _, name in ipairs { 'Int', 'Double' } do
  local element = elements[name]
  local box = element.box
  swapped['read_' .. name:lower()] = function(file)
    if swapped.read_array(file, element, box, 1) < 1 then return file:_came_short(0, 1) end
    return elements.boxed(element)
  end
  swapped['write_' .. name:lower()] = function(file, value)
    box[0] = value
    swapped.write_array(file, element, box, 1)
  end
end

return { native = native, swapped = swapped }
