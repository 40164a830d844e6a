--- Sizes as Torch7 programs give them (numbers, or a LongStorage) and as the bridge takes them (int64_t arrays).
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local storages = require 'torch.storage'

local C = bridge.C
local rawtype = ctypes.rawtype
local select, tonumber = select, tonumber
local istype = ffi.istype
local LONG = ctypes.codes.Long
local LongStorage = storages.ctype[LONG]
local int64_pointer = ffi.typeof('int64_t *')

local MAX_DIMS = 64
local shape = { MAX_DIMS = MAX_DIMS, LongStorage = LongStorage }

-- Filled and handed to the bridge with nothing in between that could run other code.
shape.sizes = ffi.new('int64_t[?]', MAX_DIMS)
shape.strides = ffi.new('int64_t[?]', MAX_DIMS)

--- Whether a value is a torch.LongStorage.
function shape.is_sizes(value) return istype(LongStorage, value) end

--- Reads a LongStorage into a buffer; returns the count.
local function from_storage(buffer, storage)
  local n = tonumber(C.fbl_storage_nbytes(storage)) / 8
  if n > MAX_DIMS then bridge.raise('at most %d dimensions are supported, got %d', MAX_DIMS, n) end
  local data = ffi.cast(int64_pointer, C.fbl_storage_data(storage))
  for i = 0, n - 1 do buffer[i] = data[i] end
  return n
end
shape.from_storage = from_storage

--- Reads sizes given as numbers (up to the first nil) or as one LongStorage into `shape.sizes`; returns the count.
function shape.read(...)
  local first, second = ...
  if second == nil and istype(LongStorage, first) then return from_storage(shape.sizes, first) end
  local n = 0
  for i = 1, select('#', ...) do
    local given = select(i, ...)
    if given == nil then break end
    local size = tonumber(given)
    if not size then bridge.raise("bad argument #%d to '?' (number or torch.LongStorage expected, got %s)", i, type(given)) end
    if n == MAX_DIMS then bridge.raise('at most %d dimensions are supported', MAX_DIMS) end
    shape.sizes[n] = size
    n = n + 1
  end
  return n
end

--- A LongStorage of n numbers from a buffer.
function shape.to_storage(buffer, n)
  local storage = storages.new(LONG, n)
  local data = ffi.cast(int64_pointer, C.fbl_storage_data(storage))
  for i = 0, n - 1 do data[i] = buffer[i] end
  return storage
end

--- `2 x 3` for messages.
function shape.describe(tensor)
  local parts = {}
  for d = 0, C.fbl_dim(tensor) - 1 do parts[d + 1] = tostring(tonumber(C.fbl_size(tensor, d))) end
  return table.concat(parts, 'x')
end

return shape
