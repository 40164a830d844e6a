--- Sizes as Torch7 programs give them (numbers, or a LongStorage) and as the bridge takes them (int64_t arrays).
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local storages = require 'torch.storage'

local C = bridge.C

local select, tonumber = select, tonumber
local istype = ffi.istype
local LONG = ctypes.codes.Long
local LongStorage = storages.ctype[LONG]

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
  ffi.copy(buffer, C.fbl_storage_data(storage), n * 8)
  return n
end
shape.from_storage = from_storage

local function put(given, position)
  local size = tonumber(given)
  if not size then bridge.raise("bad argument #%d to '?' (number or torch.LongStorage expected, got %s)", position, type(given)) end
  shape.sizes[position - 1] = size
end

local function read_many(...)
  for i = 1, select('#', ...) do
    local given = select(i, ...)
    if given == nil then return i - 1 end
    if i > MAX_DIMS then bridge.raise('at most %d dimensions are supported', MAX_DIMS) end
    put(given, i)
  end
  return select('#', ...)
end

--- Reads sizes given as numbers (up to the first nil) or as one LongStorage into `shape.sizes`; returns the count.
function shape.read(a, b, c, d, e, ...)
  -- Spelled out for the usual counts: a loop of few rounds stops LuaJIT from compiling the loops around it.
  if a == nil then return 0 end
  if b == nil and istype(LongStorage, a) then return from_storage(shape.sizes, a) end
  put(a, 1)
  if b == nil then return 1 end
  put(b, 2)
  if c == nil then return 2 end
  put(c, 3)
  if d == nil then return 3 end
  put(d, 4)
  if e == nil then return 4 end
  return read_many(a, b, c, d, e, ...)
end

--- A LongStorage of n numbers from a buffer.
function shape.to_storage(buffer, n)
  local storage = storages.new(LONG, n)
  ffi.copy(C.fbl_storage_data(storage), buffer, n * 8)
  return storage
end

--- `2 x 3` for messages.
function shape.describe(tensor)
  local parts = {}
  for d = 0, C.fbl_dim(tensor) - 1 do parts[d + 1] = tostring(tonumber(C.fbl_size(tensor, d))) end
  return table.concat(parts, 'x')
end

return shape
