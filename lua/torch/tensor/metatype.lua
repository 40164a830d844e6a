--- Tensor classes: constructors, the FFI metatype of each class, life of a handle.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local storages = require 'torch.storage'
local shape = require 'torch.shape'

local C, memory, raise = bridge.C, bridge.memory, bridge.raise
local rawtype, is_tensor, is_storage = ctypes.rawtype, ctypes.is_tensor, ctypes.is_storage
local istype, tonumber, tostring, select = ffi.istype, tonumber, tostring, select

--- Per element type: C type and metatable of the CPU class.
local tensors = { ctype = {}, metatable = {} }

local element = ffi.new('double[1]')
local NOT_1D = C.FBL_NOT_1D
local FAR = 2 ^ 52

local pressure = C.fbl_memory()

-- Returns a handle that is new or whose storage may have grown, after a collection if memory is short or there are many.
local function charge(handle)
  if pressure.pressure ~= 0 then memory.collect() end
  return handle
end
tensors.charge = charge

-- A new tensor of n dimensions that stand in shape.sizes.
local function allocate(code, n)
  local handle = tensors.ctype[code]()
  local status = C.fbl_tensor_new(handle, code, -1, n, shape.sizes)
  if status ~= 0 then bridge.allocate(C.fbl_tensor_new, handle, code, -1, n, shape.sizes) end
  return charge(handle)
end
tensors.allocate = allocate

local function empty(code) return allocate(code, 0) end
tensors.empty = empty

local function same_class(code, source)
  if not istype(tensors.ctype[code], source) then
    raise('torch.%sTensor expected, got %s', ctypes.names[code], torch.typename(source))
  end
end

-- Sizes of nested tables; every level must be regular.
local function measure(values)
  local n, level = 0, values
  while rawtype(level) == 'table' do
    if #level == 0 then break end
    shape.sizes[n] = #level
    n, level = n + 1, level[1]
  end
  return n
end

local function fill_nested(handle, code, values, n, depth, sizes, index)
  if #values ~= sizes[depth] then
    raise('inconsistent size: table at depth %d has %d elements, the first one has %d', depth, #values, sizes[depth])
  end
  for i = 1, sizes[depth] do
    index[depth - 1] = i - 1
    if depth < n then
      if rawtype(values[i]) ~= 'table' then
        raise('inconsistent table: a table expected at depth %d, got %s', depth + 1, type(values[i]))
      end
      fill_nested(handle, code, values[i], n, depth + 1, sizes, index)
    else
      local number = tonumber(values[i])
      if not number then raise('invalid element at depth %d, index %d: number expected, got %s', depth, i, type(values[i])) end
      C.fbl_set_at(handle, n, index, number)
    end
  end
end

local function from_table(code, values)
  local n = measure(values)
  if n == 0 then return empty(code) end
  local sizes = {}
  for d = 1, n do sizes[d] = tonumber(shape.sizes[d - 1]) end
  local handle = allocate(code, n)
  fill_nested(handle, code, values, n, 1, sizes, ffi.new('int64_t[?]', n))
  return handle
end

--- `set(storage[, offset[, sizes[, strides]]])`: sizes and strides as LongStorages, or size, stride pairs of numbers.
local function set_storage(handle, storage, offset, ...)
  local n, strides, sizes = 0, nil, nil
  local first, second = ...
  if shape.is_sizes(first) then
    n, sizes = shape.from_storage(shape.sizes, first), shape.sizes
    if shape.is_sizes(second) then
      shape.from_storage(shape.strides, second)
      strides = shape.strides
    end
  elseif first ~= nil then
    sizes, strides = shape.sizes, shape.strides
    for i = 1, select('#', ...), 2 do
      shape.sizes[n] = (select(i, ...))
      shape.strides[n] = select(i + 1, ...) or -1
      n = n + 1
    end
  end
  if C.fbl_tensor_set_storage(handle, storage, (offset or 1) - 1, n, sizes, strides) ~= 0 then bridge.fail() end
  return charge(handle)
end
tensors.set_storage = set_storage

local function construct(code, first, ...)
  if first == nil then return empty(code) end
  local kind = rawtype(first)
  if kind == 'number' then return allocate(code, shape.read(first, ...)) end
  -- to a LongTensor a LongStorage is its elements, as another storage is to a tensor of its type
  if shape.is_sizes(first) and code ~= ctypes.codes.Long then
    local n = shape.from_storage(shape.sizes, first)
    local strides = ...
    if strides == nil then return allocate(code, n) end
    if not shape.is_sizes(strides) then
      raise("bad argument #2 to 'new' (torch.LongStorage of strides expected, got %s)", torch.type(strides))
    end
    return set_storage(empty(code), nil, 1, first, strides)
  end
  if kind == 'table' then return from_table(code, first) end
  if is_tensor(first) then
    same_class(code, first)
    local handle = tensors.ctype[code]()
    if C.fbl_tensor_alias(handle, first) ~= 0 then bridge.fail() end
    return charge(handle)
  end
  if is_storage(first) then
    if not istype(storages.ctype[code], first) then
      raise('torch.%sStorage expected, got %s', ctypes.names[code], torch.typename(first))
    end
    return set_storage(empty(code), first, ...)
  end
  if kind == 'string' and tonumber(first) then return allocate(code, shape.read(first, ...)) end
  raise("bad argument #1 to 'new' (number, table, torch.LongStorage, tensor or storage expected, got %s)", torch.type(first))
end
tensors.construct = construct

local function out_of_range(self, key)
  raise("bad argument #2 to '?' (index out of range: %s in a tensor of size %s)", tostring(key), shape.describe(self))
end

-- A whole-number key, 1-based or counted from the end, to the bridge's index; 0 goes out of range.
local function position(key)
  if key > 0 then return key - 1 end
  return key < 0 and key or FAR
end
tensors.position = position

local function metatype(ctype, metatable)
  -- [{…}], masks and other selectors: torch.tensor.indexing fills these in.
  local indexing = tensors.indexing

  local function select_first(self, key)
    local dims = C.fbl_dim(self)
    if dims == 0 then raise("bad argument #1 to '?' (empty tensor)") end
    local index = key < 0 and tonumber(C.fbl_size(self, 0)) + key or key - 1
    local view = ctype()
    if C.fbl_select(view, self, 0, index) ~= 0 then out_of_range(self, key) end
    return charge(view)
  end

  return {
    __index = function(self, key)
      local kind = rawtype(key)
      if kind == 'number' then
        local status = C.fbl_get1(self, position(key), element)
        if status == 0 then return element[0] end
        if status == NOT_1D then return select_first(self, key) end
        out_of_range(self, key)
      elseif kind == 'string' then
        local value = metatable[key]
        if value == nil and tonumber(key) then return self[tonumber(key)] end
        return value
      end
      return indexing.read(self, key)
    end,
    __newindex = function(self, key, value)
      if rawtype(key) == 'number' and rawtype(value) == 'number' then
        local status = C.fbl_set1(self, position(key), value)
        if status == 0 then return end
        if status ~= NOT_1D then out_of_range(self, key) end
      end
      indexing.write(self, key, value)
    end,
    __len = function(self) return metatable.__len__(self) end,
    __tostring = function(self) return metatable.__tostring__(self) end,
    __add = function(a, b) return metatable.__add__(a, b) end,
    __sub = function(a, b) return metatable.__sub__(a, b) end,
    __mul = function(a, b) return metatable.__mul__(a, b) end,
    __div = function(a, b) return metatable.__div__(a, b) end,
    __mod = function(a, b) return metatable.__mod__(a, b) end,
    __unm = function(a) return metatable.__unm__(a) end,
    __eq = function(a, b) return istype(ctype, a) and istype(ctype, b) and a.impl == b.impl end,
    __gc = C.fbl_tensor_release,
  }
end

tensors.indexing = {}

local function define(code)
  local name = ctypes.names[code]
  local metatable = torch.newmetatable('torch.' .. name .. 'Tensor', nil, function(...) return construct(code, ...) end, nil,
    function() return empty(code) end, torch)
  local ctype = ctypes.register('', name, 'Tensor', metatable)
  tensors.ctype[code], tensors.metatable[code] = ctype, metatable
  metatable.__code = code
  metatable.__view = function() return ctype() end
  metatable.__code_aten = ctypes.aten_codes[code]
  ffi.metatype(ctype, metatype(ctype, metatable))
end

for code = 0, #ctypes.names do define(code) end

--- Calls `install(metatable, code, ctype)` for each tensor class.
function tensors.each(install)
  for code = 0, #ctypes.names do install(tensors.metatable[code], code, tensors.ctype[code]) end
end

return tensors
