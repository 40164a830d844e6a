--- Sizes, strides, storages: queries, and `resize`/`set`, which change a tensor in place.
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local shape = require 'torch.shape'
local storages = require 'torch.storage'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise
local tonumber = tonumber
local is_tensor, is_storage = ctypes.is_tensor, ctypes.is_storage

local function dimension(self, dim)
  local n = C.fbl_dim(self)
  if dim < 1 or dim > n then raise('dimension %d out of range of %dD tensor', dim, n) end
  return dim - 1
end

local function install(metatable, code, ctype)
  local typename = 'torch.' .. ctypes.names[code] .. 'Tensor'

  function metatable:dim() return C.fbl_dim(self) end
  metatable.nDimension = metatable.dim

  function metatable:nElement() return tonumber(C.fbl_numel(self)) end
  metatable.numel = metatable.nElement

  function metatable:size(dim)
    if dim then return tonumber(C.fbl_size(self, dimension(self, dim))) end
    C.fbl_sizes(self, shape.sizes)
    return shape.to_storage(shape.sizes, C.fbl_dim(self))
  end
  metatable.__len__ = metatable.size

  function metatable:stride(dim)
    if dim then return tonumber(C.fbl_stride(self, dimension(self, dim))) end
    C.fbl_strides(self, shape.strides)
    return shape.to_storage(shape.strides, C.fbl_dim(self))
  end

  function metatable:storageOffset() return tonumber(C.fbl_offset(self)) + 1 end

  --- The storage under the tensor; nil for a tensor that never had one.
  function metatable:storage()
    if C.fbl_has_storage(self) == 0 then return nil end
    local handle = storages.ctype[code]()
    if C.fbl_tensor_storage(handle, self) ~= 0 then bridge.fail() end
    return tensors.charge(handle)
  end

  function metatable:elementSize() return ctypes.sizes[code] end

  function metatable:isContiguous() return C.fbl_is_contiguous(self) ~= 0 end

  function metatable:isSameSizeAs(other) return C.fbl_same_size(self, other) ~= 0 end

  function metatable:isSetTo(other)
    if C.fbl_same_storage(self, other) == 0 or C.fbl_offset(self) ~= C.fbl_offset(other)
      or C.fbl_same_size(self, other) == 0 then return false end
    for d = 0, C.fbl_dim(self) - 1 do
      if C.fbl_stride(self, d) ~= C.fbl_stride(other, d) then return false end
    end
    return true
  end

  function metatable:isSize(sizes)
    local n = C.fbl_dim(self)
    if sizes:size() ~= n then return false end
    for d = 1, n do
      if sizes[d] ~= tonumber(C.fbl_size(self, d - 1)) then return false end
    end
    return true
  end

  function metatable:resize(...)
    local first = ...
    if is_tensor(first) then raise("bad argument #2 to 'resize' (numbers or torch.LongStorage expected; resizeAs takes a tensor)") end
    local n = shape.read(...)
    if C.fbl_tensor_resize(self, n, shape.sizes) ~= 0 then
      bridge.allocate(C.fbl_tensor_resize, self, shape.read(...), shape.sizes)
    end
    return tensors.charge(self)
  end

  function metatable:resizeAs(other)
    if not is_tensor(other) then raise("bad argument #2 to 'resizeAs' (tensor expected, got %s)", type(other)) end
    local status = C.fbl_tensor_resize_as(self, other)
    if status ~= 0 then bridge.allocate(C.fbl_tensor_resize_as, self, other) end
    return tensors.charge(self)
  end

  --- `set()`, `set(tensor)`, `set(storage[, offset[, sizes[, strides]]])`.
  function metatable:set(source, ...)
    if source == nil then return tensors.set_storage(self, nil, 1, 0) end
    if is_tensor(source) then
      if not ffi.istype(ctype, source) then raise('%s expected, got %s', typename, source:type()) end
      if C.fbl_tensor_set(self, source) ~= 0 then bridge.fail() end
      return self
    end
    if shape.is_sizes(source) and (code ~= ctypes.codes.Long or shape.is_sizes((...))) then
      return tensors.set_storage(self, nil, 1, source, ...)
    end
    if not is_storage(source) then raise("bad argument #2 to 'set' (tensor or storage expected, got %s)", type(source)) end
    if not ffi.istype(storages.ctype[code], source) then
      raise('torch.%sStorage expected, got %s', ctypes.names[code], source:type())
    end
    return tensors.set_storage(self, source, ...)
  end

  --- Address of the first element; valid until the storage is resized or collected.
  function metatable:data() return ffi.cast(ctypes.pointers[code], C.fbl_data(self)) end

  --- Function tables (`input.THNN`) take handles where the original's C functions took struct pointers.
  function metatable:cdata() return self end

  -- Reference counts are the collector's business.
  function metatable:retain() return self end
  function metatable:free() end

  function metatable:getDevice()
    raise('getDevice is for CUDA tensors; this is a %s', typename)
  end

  metatable.__tostring__ = function(self) return require('torch.tostring').tensor(self) end
end

tensors.each(install)
