--- Storage classes: runs of elements with identity, counted from 1, resizable, mappable from files.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
require 'torch.class'

local C, memory, raise = bridge.C, bridge.memory, bridge.raise
local rawtype, is_storage, is_tensor = ctypes.rawtype, ctypes.is_storage, ctypes.is_tensor
local istype, cast = ffi.istype, ffi.cast
local tonumber, tostring = tonumber, tostring

local element = ffi.new('double[1]')

-- Handles of every storage class, by element type: the C types of the classes.
local storages = { ctype = {}, metatable = {} }

local function charge(handle)
  memory.check()
  return handle
end

local function new_storage(code, count)
  local handle = storages.ctype[code]()
  bridge.allocate(C.fbl_storage_new, handle, count * ctypes.sizes[code], -1)
  return charge(handle)
end

local function write(self, code, index, value)
  if C.fbl_storage_set(self, code, index - 1, value) ~= 0 then
    raise('bad argument #2 to \'?\' (index out of bounds: %s of a storage of %d elements)', tostring(index), self:size())
  end
end

local function from_table(code, values)
  local handle = new_storage(code, #values)
  for i = 1, #values do
    local value = tonumber(values[i])
    if not value then raise('bad argument #1 to \'new\' (number expected at index %d of the table, got %s)', i, type(values[i])) end
    write(handle, code, i, value)
  end
  return handle
end

-- A view of the elements from `first` (1-based): its own storage object over the same memory.
local function from_storage(code, source, first, count)
  local name = ctypes.names[code]
  if not istype(storages.ctype[code], source) then raise('torch.%sStorage expected, got %s', name, torch.typename(source)) end
  if not first then
    local handle = storages.ctype[code]()
    C.fbl_storage_retain(handle, source)
    return handle
  end
  local total = source:size()
  count = count or total - first + 1
  if first < 1 or count < 0 or first + count - 1 > total then
    raise("bad argument #2 to 'new' (offset %s and size %s reach out of a storage of %d elements)", tostring(first), tostring(count), total)
  end
  local handle, size = storages.ctype[code](), ctypes.sizes[code]
  bridge.allocate(C.fbl_storage_view, handle, source, (first - 1) * size, count * size)
  return handle
end

-- Named shared memory lives as long as the storage.
local function from_shared_memory(code, name, count)
  if not count then raise("bad argument #3 to 'new' (shared memory needs a size)") end
  local handle = storages.ctype[code]()
  bridge.allocate(C.fbl_storage_map, handle, name, count * ctypes.sizes[code], 2)
  return handle
end

local function from_file(code, path, shared, count, shared_memory)
  if rawtype(shared) == 'number' then shared, count = nil, shared end
  if shared_memory then return from_shared_memory(code, path, count) end
  local file = io.open(path, 'rb')
  local have = 0
  if file then
    have = file:seek('end')
    file:close()
  elseif not shared then
    raise('unable to open file <%s> in read-only mode', path)
  end
  local nbytes = count and count * ctypes.sizes[code] or have
  if nbytes == 0 then raise('file <%s> is empty: nothing to map', path) end
  if not shared and nbytes > have then raise('file <%s> size is smaller than the required mapping size <%d>', path, nbytes) end
  local handle = storages.ctype[code]()
  bridge.allocate(C.fbl_storage_map, handle, path, nbytes, shared and 1 or 0)
  return charge(handle)
end

local function construct(code, first, ...)
  local kind = rawtype(first)
  if first == nil then return new_storage(code, 0) end
  if kind == 'number' then
    if first < 0 then raise('bad argument #1 to \'new\' (invalid size %s)', tostring(first)) end
    return new_storage(code, math.floor(first))
  end
  if kind == 'table' then return from_table(code, first) end
  if kind == 'string' then return from_file(code, first, ...) end
  if is_storage(first) then return from_storage(code, first, ...) end
  raise('bad argument #1 to \'new\' (number, table, file name or storage expected, got %s)', torch.type(first))
end

local function install_methods(code, metatable)
  local size_of = ctypes.sizes[code]
  local pointer = ctypes.pointers[code]

  function metatable:size() return tonumber(C.fbl_storage_nbytes(self)) / size_of end

  metatable.__len__ = metatable.size

  function metatable:elementSize() return size_of end

  function metatable:resize(count)
    bridge.allocate(C.fbl_storage_resize, self, count * size_of)
    return charge(self)
  end

  function metatable:fill(value)
    for i = 0, self:size() - 1 do C.fbl_storage_set(self, code, i, value) end
    return self
  end

  function metatable:copy(source)
    local n = self:size()
    if is_tensor(source) then source = source:storage() end
    if not is_storage(source) then raise('bad argument #2 to \'copy\' (storage expected, got %s)', torch.type(source)) end
    if source:size() ~= n then raise('size mismatch: copying a storage of %d elements into one of %d', source:size(), n) end
    if source:type() == self:type() then
      ffi.copy(C.fbl_storage_data(self), C.fbl_storage_data(source), n * size_of)
    else
      local other = ctypes.codes[source:type():match('torch%.(%a+)Storage')]
      for i = 0, n - 1 do
        C.fbl_storage_get(source, other, i, element)
        C.fbl_storage_set(self, code, i, element[0])
      end
    end
    return self
  end

  function metatable:data() return cast(pointer, C.fbl_storage_data(self)) end

  function metatable:cdata() return self end

  function metatable:totable()
    local values = {}
    for i = 1, self:size() do
      C.fbl_storage_get(self, code, i - 1, element)
      values[i] = element[0]
    end
    return values
  end

  function metatable:type(wanted)
    if not wanted then return 'torch.' .. ctypes.names[code] .. 'Storage' end
    if wanted == self:type() then return self end
    local class = torch.getmetatable(wanted)
    if not class then raise('unknown storage type %s', tostring(wanted)) end
    return class.new(self:size()):copy(self)
  end

  for _, name in pairs(ctypes.names) do
    metatable[name:lower()] = function(self) return self:type('torch.' .. name .. 'Storage') end
  end

  -- Reference counts are the collector's business; kept because programs that share storages between threads call them.
  function metatable:retain() return self end
  function metatable:free() return self end

  metatable.__tostring__ = function(self) return require('torch.tostring').storage(self) end

  if ctypes.names[code] == 'Char' then
    --- The bytes as a string, or replaced by those of a string.
    function metatable:string(text)
      if not text then return ffi.string(C.fbl_storage_data(self), self:size()) end
      self:resize(#text)
      ffi.copy(C.fbl_storage_data(self), text, #text)
      return self
    end
  end
end

local function define(code)
  local name = ctypes.names[code]
  local typename = 'torch.' .. name .. 'Storage'
  local metatable = torch.newmetatable(typename, nil, function(...) return construct(code, ...) end, nil,
    function() return new_storage(code, 0) end, torch)
  local ctype = ctypes.register('', name, 'Storage', metatable)
  storages.ctype[code], storages.metatable[code] = ctype, metatable
  install_methods(code, metatable)

  ffi.metatype(ctype, {
    __index = function(self, key)
      if rawtype(key) == 'number' then
        if C.fbl_storage_get(self, code, key - 1, element) == 0 then return element[0] end
        raise('bad argument #2 to \'?\' (index out of bounds: %s of a storage of %d elements)', tostring(key), self:size())
      end
      local method = metatable[key]
      if method == nil and tonumber(key) then return self[tonumber(key)] end
      return method
    end,
    __newindex = function(self, key, value)
      local index = tonumber(key)
      if not index then raise('bad argument #2 to \'?\' (number expected, got %s)', type(key)) end
      if not tonumber(value) then raise('bad argument #3 to \'?\' (number expected, got %s)', type(value)) end
      write(self, code, index, tonumber(value))
    end,
    __len = function(self) return metatable.__len__(self) end,
    __tostring = function(self) return metatable.__tostring__(self) end,
    __eq = function(a, b) return istype(ctype, a) and istype(ctype, b) and a.impl == b.impl end,
    __gc = C.fbl_storage_release,
  })
end

for code = 0, #ctypes.names do define(code) end

--- A new storage of an element type.
storages.new = new_storage
return storages
