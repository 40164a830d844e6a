--- `torch.DiskFile`: a file of the file system, over the C library's stdio.
--
-- Reading goes past stdio (straight from the descriptor into our window or the caller's memory);
-- writing goes through it, so that what a script never closed is still written when the process exits.
local torch = require 'torch.namespace'
local errors = require 'torch.errors'
local file_mode = require 'torch.file_mode'
local stdio = require 'torch.stdio'
local ffi = require 'ffi'
local rawtype = require('torch.ctypes').rawtype

local WINDOW = 65536
local new_window = ffi.typeof('uint8_t[?]')
local bytes_pointer = ffi.typeof('uint8_t *')

local DiskFile

--- Makes a file object of class `metatable` around an open stream.
local function wrap(metatable, stream, name, readable, writable)
  local file = setmetatable({}, metatable)
  file:_initialize(readable, writable)
  file._stream, file._descriptor, file._name = stream, stdio.fileno(stream), name
  -- One byte more than is used, for the NUL behind the data.
  file._window = new_window(WINDOW + 1)
  file._ptr = ffi.cast(bytes_pointer, file._window)
  return file
end

local function no_stream(quiet, message, ...)
  if quiet then return nil end
  errors.raise(message, ...)
end

--- Opens a file.
-- @param mode 'r' (default), 'w', or 'rw' (created when absent, kept when present)
-- @param quiet when true, a file that cannot be opened gives nil instead of an error
local function open(name, mode, quiet)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'DiskFile', 'string', name) end
  mode = mode or 'r'
  local readable, writable = file_mode(mode, 'DiskFile', "'r','w' or 'rw'")
  local stream
  if mode == 'rw' then
    stream = stdio.fopen(name, 'r+b')
    if stream == nil then stream = stdio.fopen(name, 'w+b') end
  else
    stream = stdio.fopen(name, mode .. 'b')
  end
  if stream == nil then
    return no_stream(quiet, 'cannot open <%s> in mode %s%s (%s)', name, readable and 'r' or ' ',
      writable and 'w' or ' ', stdio.reason())
  end
  return wrap(DiskFile, ffi.gc(stream, stdio.fclose), name, readable, writable)
end

DiskFile = torch.newmetatable('torch.DiskFile', 'torch.File', open)
DiskFile._wrap, DiskFile._no_stream = wrap, no_stream

function DiskFile:_check_open(func)
  if not self._stream then errors.argument(1, func, 'attempt to use a closed file') end
end

--------------------------------------------------------------------------------------------------
-- Bytes

-- The descriptor's offset is ours while the file is read, and stdio's while it is written: stdio may read
-- ahead of a place to be written, and moves relative to where it believes to be. So each turn tells the
-- other side the position afresh.

function DiskFile:_turn_to_reading()
  self:_flush()
  local offset = stdio.ftello(self._stream)
  if offset >= 0 then stdio.lseek(self._descriptor, offset, stdio.SEEK_SET) end
  self._pos, self._stop, self._cap = 0, 0, 0
end

function DiskFile:_turn_to_writing()
  local offset = stdio.lseek(self._descriptor, 0, stdio.SEEK_CUR)
  if offset >= 0 then stdio.fseeko(self._stream, offset - (self._stop - self._pos), stdio.SEEK_SET) end
  self._pos, self._stop, self._cap = 0, 0, WINDOW
end

function DiskFile:_fill(need)
  if self._cap ~= 0 then self:_turn_to_reading() end
  local available = self._stop - self._pos
  if self._pos > 0 then
    stdio.memmove(self._ptr, self._ptr + self._pos, available)
    self._pos, self._stop = 0, available
  end
  if need > WINDOW then need = WINDOW end
  while available < need do
    local wanted = (self._unbuffered and need or WINDOW) - available
    local got = stdio.read(self._descriptor, self._ptr + available, wanted)
    if got <= 0 then break end
    available = available + got
    self._stop = available
  end
  self._ptr[self._stop] = 0
  return available
end

function DiskFile:_take(to, count)
  if self._cap ~= 0 then self:_turn_to_reading() end
  to = ffi.cast(bytes_pointer, to)
  local done = math.min(count, self._stop - self._pos)
  ffi.copy(to, self._ptr + self._pos, done)
  self._pos = self._pos + done
  while count - done >= WINDOW do
    local got = stdio.read(self._descriptor, to + done, count - done)
    if got <= 0 then return done end
    done = done + got
  end
  if done < count then
    local rest = math.min(count - done, self:_fill(count - done))
    ffi.copy(to + done, self._ptr + self._pos, rest)
    self._pos = self._pos + rest
    done = done + rest
  end
  return done
end

function DiskFile:_room(need)
  if self._cap == 0 then
    self:_turn_to_writing()
  elseif self._cap - self._pos < need and not self:_settle() then
    self._pos = 0
    self:_fail('write error: %s', stdio.reason())
  end
end

function DiskFile:_give(from, count)
  if self._cap == 0 then self:_turn_to_writing() end
  if count > self._cap - self._pos and not self:_settle() then return 0 end
  if count > self._cap - self._pos then
    return tonumber(stdio.fwrite(from, 1, count, self._stream))
  end
  ffi.copy(self._ptr + self._pos, from, count)
  self._pos = self._pos + count
  return count
end

function DiskFile:_settle()
  if self._cap == 0 or self._pos == 0 then return true end
  local wanted = self._pos
  self._pos = 0
  return tonumber(stdio.fwrite(self._ptr, 1, wanted, self._stream)) == wanted
end

function DiskFile:_flush()
  return self:_settle() and stdio.fflush(self._stream) == 0
end

function DiskFile:_shut()
  local settled = self:_settle()
  local stream = ffi.gc(self._stream, nil)
  self._stream, self._ptr, self._window = nil, nil, nil
  self._pos, self._stop, self._cap = 0, 0, 0
  return self._close_stream(stream) ~= -1 and settled
end

DiskFile._close_stream = stdio.fclose

--------------------------------------------------------------------------------------------------
-- Position

function DiskFile:_tell()
  local offset
  if self._cap ~= 0 then
    self:_settle()
    offset = tonumber(stdio.ftello(self._stream))
  else
    offset = tonumber(stdio.lseek(self._descriptor, 0, stdio.SEEK_CUR)) - (self._stop - self._pos)
  end
  if offset < 0 then
    self:_fail('unable to obtain disk file offset (maybe a long overflow occurred)')
    return 0
  end
  return offset
end

function DiskFile:_move(offset, whence)
  if self._cap ~= 0 then self:_turn_to_reading() end
  self._pos, self._stop = 0, 0
  return stdio.lseek(self._descriptor, offset, whence) >= 0
end

function DiskFile:_seek(offset)
  if not self:_move(offset, stdio.SEEK_SET) then self:_fail('unable to seek to position %d', offset) end
end

function DiskFile:_seek_end()
  if not self:_move(0, stdio.SEEK_END) then self:_fail('unable to seek at end of file') end
end

function DiskFile:_remaining()
  local here = stdio.lseek(self._descriptor, 0, stdio.SEEK_CUR)
  if here < 0 then return nil end
  local size = stdio.lseek(self._descriptor, 0, stdio.SEEK_END)
  stdio.lseek(self._descriptor, here, stdio.SEEK_SET)
  return tonumber(size - here) + self._stop - self._pos
end

--------------------------------------------------------------------------------------------------
-- Modes of disk files

--- Whether this machine stores the low byte first.
function DiskFile.isLittleEndianCPU() return ffi.abi('le') end

--- Whether this machine stores the high byte first.
function DiskFile.isBigEndianCPU() return ffi.abi('be') end

local function encoding(swapped)
  return function(file)
    file:_check_open('encoding')
    file._swapped = swapped
    file:_choose_codec()
    return file
  end
end

DiskFile.nativeEndianEncoding = encoding(false)
DiskFile.littleEndianEncoding = encoding(ffi.abi('be'))
DiskFile.bigEndianEncoding = encoding(ffi.abi('le'))

--- Sets how many bytes a long has in binary mode: 4, 8, or 0 for this machine's.
function DiskFile:longSize(size) return self:_set_long_size(size) end

--- Turns buffering off: bytes are written at once, and none are read ahead.
function DiskFile:noBuffer()
  self:_check_open('noBuffer')
  if stdio.setvbuf(self._stream, nil, stdio.IONBF, 0) ~= 0 then self:_fail('error: cannot disable buffer') end
  self._unbuffered = true
  return self
end

local description = 'torch.%s on <%s> [status: %s -- mode%s %s%s]'

--- The text of `tostring(file)`, for a class and the punctuation it uses.
function DiskFile:_description(class, colon)
  return description:format(class, self._name, self._stream and 'open' or 'closed', colon,
    self._readable and 'r' or ' ', self._writable and 'w' or ' ')
end

function DiskFile:__tostring__() return self:_description('DiskFile', '') end

return DiskFile
