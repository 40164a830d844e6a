--- `torch.MemoryFile`: a file in the memory of a CharStorage, which always ends with a NUL byte behind
-- the data.
local torch = require 'torch.namespace'
local errors = require 'torch.errors'
local file_mode = require 'torch.file_mode'
local ffi = require 'ffi'
local rawtype = require('torch.ctypes').rawtype

local bytes_pointer = ffi.typeof('uint8_t *')
local MODES = "'r','w' or 'rw'"
local LEAST_ROOM = 1024

local MemoryFile

--- Makes a file in memory.
-- @param storage CharStorage ending with a NUL, to be read or written in place; a new one when left out
-- @param mode 'r', 'w' or 'rw' (default)
local function open(storage, mode, ...)
  if storage == nil or rawtype(storage) == 'string' then
    if select('#', ...) > 0 or (storage ~= nil and mode ~= nil) then
      errors.argument(1, 'MemoryFile', 'torch.CharStorage expected')
    end
    storage, mode = nil, storage or mode
  elseif torch.typename(storage) ~= 'torch.CharStorage' then
    errors.argument_type(1, 'MemoryFile', 'torch.CharStorage', storage)
  end
  local readable, writable = file_mode(mode or 'rw', 'MemoryFile', MODES)
  if storage then
    local length = storage:size()
    if length == 0 or storage:data()[length - 1] ~= 0 then
      errors.argument(1, 'MemoryFile', 'provided CharStorage must be terminated by 0')
    end
  else
    storage = torch.CharStorage(1)
    storage:data()[0] = 0
  end

  local file = setmetatable({}, MemoryFile)
  file:_initialize(readable, writable)
  -- `_size` counts the bytes of data; while the file is written, those up to `_pos` count too.
  file._storage, file._size = storage, storage:size() - 1
  file:_look()
  return file
end

MemoryFile = torch.newmetatable('torch.MemoryFile', 'torch.File', open)

--- Brings the window up to date with the storage, whose memory a script can move by resizing it.
function MemoryFile:_look()
  local capacity = self._storage:size() - 1
  if self._cap ~= 0 then
    self._size = math.max(self._size, self._pos)
    self._cap = 0
  end
  self._size = math.min(self._size, math.max(capacity, 0))
  self._pos = math.min(self._pos, self._size)
  self._stop = self._size
  self._ptr = ffi.cast(bytes_pointer, self._storage:data())
  if capacity >= 0 then self._ptr[self._size] = 0 end
end

function MemoryFile:_check_open(func)
  if not self._storage then errors.argument(1, func, 'attempt to use a closed file') end
  if self._depth == 0 then self:_look() end
end

--- Ends writing: the data is as long as what has been written, and a NUL follows it.
function MemoryFile:_settle()
  if self._cap ~= 0 then
    if self._pos > self._size then self._size = self._pos end
    self._ptr[self._size] = 0
  end
  return true
end

function MemoryFile:_fill()
  if self._cap ~= 0 then
    self:_settle()
    self._cap, self._stop = 0, self._size
  end
  return self._stop - self._pos
end

function MemoryFile:_take(to, count)
  local available = self._cap == 0 and self._stop - self._pos or self:_fill()
  local got = math.min(count, available)
  ffi.copy(to, self._ptr + self._pos, got)
  self._pos = self._pos + got
  return got
end

function MemoryFile:_room(need)
  if self._cap ~= 0 and self._pos > self._size then self._size = self._pos end
  self._stop = 0
  local wanted = self._pos + need
  local capacity = self._storage:size() - 1
  if wanted > capacity then
    capacity = math.max(wanted, 2 * capacity, LEAST_ROOM)
    self._storage:resize(capacity + 1)
    self._ptr = ffi.cast(bytes_pointer, self._storage:data())
  end
  self._cap = capacity
end

function MemoryFile:_give(from, count)
  if self._cap - self._pos < count then self:_room(count) end
  ffi.copy(self._ptr + self._pos, from, count)
  self._pos = self._pos + count
  return count
end

function MemoryFile:_remaining() return self:_fill() end

function MemoryFile:_flush() return self:_settle() end

function MemoryFile:_shut()
  self:storage()
  self._storage, self._ptr = nil, nil
  self._pos, self._stop, self._cap = 0, 0, 0
  return true
end

function MemoryFile:_tell() return self._pos end

function MemoryFile:_seek(offset)
  self:_fill()
  if offset > self._size then
    self:_fail('unable to seek at position %d', offset)
    return
  end
  self._pos = offset
end

function MemoryFile:_seek_end() self._pos = self:_fill() + self._pos end

--- The storage with all data and the NUL behind it (not a copy).
function MemoryFile:storage()
  self:_check_open('storage')
  self:_fill()
  local storage = self._storage
  if storage:size() ~= self._size + 1 then storage:resize(self._size + 1) end
  self._ptr = ffi.cast(bytes_pointer, storage:data())
  self._ptr[self._size] = 0
  return storage
end

--- Sets how many bytes a long has in binary mode: 4, 8, or 0 for this machine's.
function MemoryFile:longSize(size) return self:_set_long_size(size) end

function MemoryFile:__tostring__()
  return ('torch.MemoryFile [status: %s -- mode: %s%s]'):format(self._storage and 'open' or 'closed',
    self._readable and 'r' or ' ', self._writable and 'w' or ' ')
end

return MemoryFile
