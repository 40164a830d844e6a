--- How tensors and storages are written to and read from files.
--
-- A storage is its size (a long) and its elements. A tensor is its number of dimensions (an int), sizes and
-- strides (longs), 1-based storage offset (a long), and its storage as an object, or nil.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local elements = require 'torch.elements'
local errors = require 'torch.errors'
local reader = require 'torch.object_reader'
local writer = require 'torch.object_writer'

local C = bridge.C
local tonumber = tonumber

local storage_io = {}

local Long = elements.Long
local MAX_DIMS = 64
local sizes, strides = ffi.new('int64_t[?]', MAX_DIMS), ffi.new('int64_t[?]', MAX_DIMS)
local one = ffi.new('int64_t[1]')

local function broken(file, message, ...)
  message = message:format(...)
  if file._describe_place then message = message .. file:_describe_place() end
  errors.raise(message)
end

local function read_long(file)
  if file._codec.read_array(file, Long, one, 1) < 1 then return file:_came_short(0, 1) end
  return tonumber(one[0])
end

local function write_long(file, value)
  one[0] = value
  file._codec.write_array(file, Long, one, 1)
end

local function read_longs(file, into, count)
  if count == 0 then return end
  local got = file._codec.read_array(file, Long, into, count)
  if got < count then file:_came_short(got, count) end
end

--------------------------------------------------------------------------------------------------
-- Storages

local function write_storage(element)
  return function(storage, file)
    file:_begin_write('write')
    local count = storage:size()
    write_long(file, count)
    local written = count
    if count > 0 then written = file._codec.write_array(file, element, storage:data(), count) end
    file:_end_write(written, count)
  end
end

local function read_storage(element)
  return function(storage, file)
    file:_begin_read('read')
    local count = read_long(file)
    if count < 0 then broken(file, 'read error: a storage of %d elements', count) end
    file:_read_into(element, storage, count)
    return storage
  end
end

--------------------------------------------------------------------------------------------------
-- Tensors

local function write_tensor(tensor, file)
  file:_begin_write('write')
  local codec = file._codec
  local dims = C.fbl_dim(tensor)
  codec.write_int(file, dims)
  if dims > 0 then
    C.fbl_sizes(tensor, sizes)
    C.fbl_strides(tensor, strides)
    codec.write_array(file, Long, sizes, dims)
    codec.write_array(file, Long, strides, dims)
  end
  write_long(file, tensor:storageOffset())
  writer.write(file, tensor:storage())
end

local function text_of(array, dims)
  local parts = {}
  for d = 0, dims - 1 do parts[d + 1] = tostring(tonumber(array[d])) end
  return table.concat(parts, 'x')
end

--- How many elements a storage must have for a tensor; raises for sizes that no tensor can have.
local function extent(file, dims, offset, tensor_sizes, tensor_strides)
  if offset < 1 then broken(file, 'read error: storage offset %d', offset) end
  local last = offset
  for d = 0, dims - 1 do
    local size, stride = tonumber(tensor_sizes[d]), tonumber(tensor_strides[d])
    if size <= 0 or stride < 0 then
      broken(file, 'read error: a tensor of size %s and stride %s', text_of(tensor_sizes, dims),
        text_of(tensor_strides, dims))
    end
    last = last + (size - 1) * stride
  end
  return last
end

local function read_tensor(tensor, file)
  file:_begin_read('read')
  local dims = file._codec.read_int(file)
  if dims < 0 or dims > MAX_DIMS then broken(file, 'read error: a tensor of %d dimensions', dims) end
  -- The storage is read by the reader, which may read other tensors before it comes back.
  local my_sizes, my_strides = ffi.new('int64_t[?]', dims), ffi.new('int64_t[?]', dims)
  read_longs(file, my_sizes, dims)
  read_longs(file, my_strides, dims)
  local offset = read_long(file)
  local storage = reader.read(file)
  local expected = (torch.typename(tensor):gsub('Tensor$', 'Storage'))
  if storage == nil then
    if dims > 0 then broken(file, 'read error: a tensor of size %s without storage', text_of(my_sizes, dims)) end
    return tensor
  elseif torch.typename(storage) ~= expected then
    broken(file, 'read error: %s expected under a tensor, got %s', expected, torch.type(storage))
  end
  if dims > 0 then
    local needed = extent(file, dims, offset, my_sizes, my_strides)
    if needed > storage:size() then
      broken(file, 'read error: a tensor of size %s, stride %s and offset %d needs %d elements, its storage has %d',
        text_of(my_sizes, dims), text_of(my_strides, dims), offset, needed, storage:size())
    end
  end
  if C.fbl_tensor_set_storage(tensor, storage, math.max(offset, 1) - 1, dims, my_sizes, my_strides) ~= 0 then
    bridge.fail()
  end
  return tensor
end

--- Gives the classes of an element type their `write` and `read` methods.
-- @param prefix what stands between 'torch.' and the element's name: '' or 'Cuda'
function storage_io.install(element, prefix)
  local name = 'torch.' .. (prefix or '') .. element.name
  local storage, tensor = torch.getmetatable(name .. 'Storage'), torch.getmetatable(name .. 'Tensor')
  storage.write, storage.read = write_storage(element), read_storage(element)
  tensor.write, tensor.read = write_tensor, read_tensor
  for _, metatable in ipairs { storage, tensor } do
    if not rawget(metatable, '__factory') then
      metatable.__factory = function() return rawget(metatable, '__constructor')() end
    end
  end
end

for _, element in ipairs(elements) do storage_io.install(element) end

return storage_io
