--- `torch.File`: the abstract class of files. Children move bytes; this class turns bytes into numbers,
-- strings and storages, keeps the modes of a file, and words its errors. Objects: serialization.lua.
--
-- A child shows its bytes through a window: `_ptr` (uint8_t *), `_pos` (where the next byte is read or
-- written). While the file is being read, bytes up to `_stop` may be taken straight from the window and
-- `_cap` is 0; while it is being written, bytes up to `_cap` may be put there and `_stop` is 0. A child has
--   _fill(need)        tries to make `need` bytes readable, with a NUL behind them; returns how many are
--                      (fewer at the end of file)
--   _room(need)        makes room for `need` (at most 64) bytes, or raises
--   _take(to, count)   reads bytes into memory; returns how many came
--   _give(from, count) writes bytes from memory; returns how many went
--   _settle()          hands written bytes on at the end of a call; false when that failed
--   _check_open(f)     raises when the file is closed; refreshes the window where others can move its memory
--   _tell(), _seek(offset), _seek_end(), _flush(), _shut()  with 0-based offsets
local torch = require 'torch.namespace'
local elements = require 'torch.elements'
local errors = require 'torch.errors'
local binary = require 'torch.binary_codec'
local ascii = require 'torch.ascii_codec'
local stdio = require 'torch.stdio'
local string_buffer = require 'string.buffer'
local ffi = require 'ffi'
local rawtype = require('torch.ctypes').rawtype

local File = torch.newmetatable('torch.File')

local NEWLINE = 10
local bytes_pointer = ffi.typeof('uint8_t *')
-- Memory above this many bytes is taken piece by piece when the file cannot prove that it holds as much:
-- a damaged length must not take the machine's memory.
local TRUSTED_BYTES = 1048576

--- Gives a new file (a plain table) the state that all files share.
function File._initialize(file, readable, writable)
  file._readable, file._writable = readable, writable
  file._binary, file._auto_spacing, file._quiet, file._has_error = false, true, false, false
  file._long_size, file._swapped = 8, false
  file._ptr, file._pos, file._stop, file._cap = nil, 0, 0, 0
  file._depth = 0
  file._codec = ascii
  return file
end

function File:_choose_codec()
  self._codec = not self._binary and ascii or (self._swapped and binary.swapped or binary.native)
end

--------------------------------------------------------------------------------------------------
-- Errors

function File:_fail(message, ...)
  self._has_error = true
  if self._quiet then return end
  if select('#', ...) > 0 then message = message:format(...) end
  -- While an object is being read, its place in the file and in the object are known.
  if self._describe_place then message = message .. self:_describe_place() end
  errors.raise(message)
end

--- Reports a read that ended early; the value of the missing number in quiet mode.
function File:_came_short(got, wanted)
  self:_fail('read error: read %d blocks instead of %d', got, wanted)
  return 0
end

function File:_begin_read(func)
  self:_check_open(func)
  if not self._readable then errors.argument(1, func, 'attempt to read in a write-only file') end
end

function File:_begin_write(func)
  self:_check_open(func)
  if not self._writable then errors.argument(1, func, 'attempt to write in a read-only file') end
end

--- Ends a public write of `wanted` elements of which `written` went out.
function File:_end_write(written, wanted)
  if self._depth == 0 and not self:_settle() then written = 0 end
  if written < wanted then self:_fail('write error: wrote %d blocks instead of %d', written, wanted) end
  return written
end

--------------------------------------------------------------------------------------------------
-- Numbers and storages

--- Resizes a storage to `count` elements and reads them.
function File:_read_into(element, storage, count)
  local size = element.size
  local piece = count
  if count * size > TRUSTED_BYTES and (self:_remaining() or 0) < count * size then
    piece = math.floor(TRUSTED_BYTES / size)
  end
  local got = 0
  if count <= 0 then storage:resize(0) end
  while got < count do
    local wanted = math.min(piece, count - got)
    storage:resize(got + wanted)
    local data = storage:data() + got
    if wanted * size > TRUSTED_BYTES then stdio.expect_use(data, wanted * size) end
    local came = self._codec.read_array(self, element, data, wanted)
    got = got + came
    if came < wanted then break end
    piece = math.max(piece, got)
  end
  if got < count then
    storage:resize(got)
    self:_came_short(got, count)
  end
end

--- How many bytes are left to read, or nil when that cannot be known (pipes, devices).
function File:_remaining() end

local function storage_argument(value, element)
  return torch.typename(value) == element.storage
end

local function define_element(element)
  local read_name, write_name = 'read' .. element.name, 'write' .. element.name
  local box = element.box

  -- readX() -> number; readX(count) -> storage; readX(storage) -> number of elements read
  File[read_name] = function(file, ...)
    file:_begin_read(read_name)
    local count = select('#', ...)
    local argument = ...
    if count == 0 then
      if file._codec.read_array(file, element, box, 1) < 1 then return file:_came_short(0, 1) end
      return elements.boxed(element)
    elseif count == 1 and type(argument) == 'number' then
      local storage = torch[element.name .. 'Storage']()
      file:_read_into(element, storage, math.floor(argument))
      return storage
    elseif count == 1 and storage_argument(argument, element) then
      local wanted = argument:size()
      if wanted == 0 then return 0 end
      local got = file._codec.read_array(file, element, argument:data(), wanted)
      if got < wanted then file:_came_short(got, wanted) end
      return got
    end
    errors.raise('nothing, number, or %sStorage expected', element.name)
  end

  -- writeX(number); writeX(storage) -> number of elements written
  File[write_name] = function(file, argument, ...)
    file:_begin_write(write_name)
    if select('#', ...) == 0 then
      if type(argument) == 'number' then
        box[0] = argument
        file:_end_write(file._codec.write_array(file, element, box, 1), 1)
        return
      elseif storage_argument(argument, element) then
        local wanted = argument:size()
        if wanted == 0 then return 0 end
        return file:_end_write(file._codec.write_array(file, element, argument:data(), wanted), wanted)
      end
    end
    errors.raise('number, or %sStorage expected', element.name)
  end
end

for _, element in ipairs(elements) do define_element(element) end

-- Half values cannot be converted from a Lua number by the C compiler's rules, as the others are.
do
  local half = require 'torch.half'
  local read_half, write_half = File.readHalf, File.writeHalf
  function File.readHalf(file, ...)
    local result = read_half(file, ...)
    if select('#', ...) == 0 then return half.to_number(result) end
    return result
  end
  function File.writeHalf(file, argument, ...)
    if type(argument) == 'number' then argument = half.from_number(argument) end
    return write_half(file, argument, ...)
  end
end

--- Reads an int and returns whether it is 1.
function File:readBool() return self:readInt() == 1 end

--- Writes 1 for `true` and 0 for anything else.
function File:writeBool(value) self:writeInt(value == true and 1 or 0) end

--------------------------------------------------------------------------------------------------
-- Strings

--- Reads `count` raw bytes as a string, taking memory only as they come.
function File:_take_string(count)
  if count < 0 then
    self:_fail('read error: a string of %d bytes', count)
    return ''
  end
  local text = string_buffer.new()
  local left = count
  while left > 0 do
    local ptr, room = text:reserve(math.min(left, TRUSTED_BYTES))
    local wanted = math.min(left, tonumber(room))
    local got = self:_take(ptr, wanted)
    text:commit(got)
    left = left - got
    if got < wanted then
      self:_came_short(count - left, count)
      break
    end
  end
  return text:tostring()
end

local string_modes = { ['*a'] = 'a', ['*l'] = 'l' }

--- Reads the rest of the file ('*a') or a line without its end ('*l'). An error when nothing is left.
function File:readString(format)
  if rawtype(format) ~= 'string' then errors.argument_type(2, 'readString', 'string', format) end
  self:_begin_read('readString')
  local mode = string_modes[format:sub(1, 2)]
  if not mode then errors.argument(2, 'readString', "format must be '*a' or '*l'") end
  if self._stop == self._pos and self:_fill(1) < 1 then
    self:_came_short(0, 1)
    return ''
  end
  local text
  repeat
    local start, available = self._ptr + self._pos, self._stop - self._pos
    local newline = mode == 'l' and stdio.memchr(start, NEWLINE, available) or nil
    if newline ~= nil then
      local length = tonumber(ffi.cast(bytes_pointer, newline) - start)
      self._pos = self._pos + length + 1
      local rest = ffi.string(start, length)
      return text and text:put(rest):tostring() or rest
    end
    text = text or string_buffer.new()
    text:putcdata(start, available)
    self._pos = self._stop
  until self:_fill(1) < 1
  return text:tostring()
end

--- Writes a string as it is; returns the number of bytes written.
function File:writeString(text)
  if rawtype(text) ~= 'string' then errors.argument_type(2, 'writeString', 'string', text) end
  self:_begin_write('writeString')
  return self:_end_write(binary.native.write_chars(self, text), #text)
end

--------------------------------------------------------------------------------------------------
-- Position

--- Moves to a 1-based position, in bytes.
function File:seek(position)
  if type(position) ~= 'number' then errors.argument_type(2, 'seek', 'number', position) end
  self:_check_open('seek')
  if position < 1 then errors.argument(2, 'seek', 'position has to be greater than 0!') end
  self:_seek(position - 1)
end

--- Moves behind the last byte.
function File:seekEnd()
  self:_check_open('seekEnd')
  self:_seek_end()
end

--- The 1-based position of the next byte.
function File:position()
  self:_check_open('position')
  return self:_tell() + 1
end

--- Makes sure that everything written has reached the file.
function File:synchronize()
  self:_check_open('synchronize')
  if not self:_flush() then self:_fail('write error: %s', stdio.reason()) end
end

--- Closes the file; any later operation raises.
function File:close()
  self:_check_open('close')
  if not self:_shut() then self:_fail('write error: %s', stdio.reason()) end
end

--------------------------------------------------------------------------------------------------
-- Modes

local function mode_setter(field, value)
  return function(file)
    file[field] = value
    file:_choose_codec()
    return file
  end
end

File.binary, File.ascii = mode_setter('_binary', true), mode_setter('_binary', false)
File.autoSpacing, File.noAutoSpacing = mode_setter('_auto_spacing', true), mode_setter('_auto_spacing', false)
File.quiet, File.pedantic = mode_setter('_quiet', true), mode_setter('_quiet', false)
File.clearError = mode_setter('_has_error', false)

for method, field in pairs {
  isQuiet = '_quiet', isReadable = '_readable', isWritable = '_writable', isBinary = '_binary',
  isAutoSpacing = '_auto_spacing', hasError = '_has_error',
} do
  File[method] = function(file) return file[field] end
end

--- Sets how many bytes a long has in binary files: 4, 8, or 0 for this machine's 8.
function File:_set_long_size(size)
  self:_check_open('longSize')
  if size ~= 0 and size ~= 4 and size ~= 8 then
    errors.argument(1, 'longSize', 'Invalid long size specified')
  end
  self._long_size = size == 0 and 8 or size
  return self
end

--- What an object of this class says when it is asked to be saved.
function File:write()
  errors.raise('<%s> is a non-serializable Torch object', torch.typename(self))
end

return File
