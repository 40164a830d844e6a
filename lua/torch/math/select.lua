--- Picking and placing elements by index tensors and masks. Indices are 1-based LongTensors.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local overload = require 'torch.overload'
local support = require 'torch.math.support'
local tensors = require 'torch.tensor.metatype'

local C, aten, raise = bridge.C, bridge.aten, bridge.raise
local define, all = overload.define, overload.all
local number = support.number
local LONG, BYTE = 'torch.LongTensor', 'torch.ByteTensor'

-- A 0-based copy of indices, checked against the size they index.
local function zero_based(indices, size, what)
  if torch.typename(indices) ~= LONG then
    raise("bad argument to '%s' (torch.LongTensor of indices expected, got %s)", what, torch.type(indices))
  end
  if C.fbl_numel(indices) > 0 then
    local low, high = indices:min(), indices:max()
    if low < 1 or high > size then
      raise("bad argument to '%s' (index out of range: indices from %d to %d, size %d)", what, low, high, size)
    end
  end
  return aten['sub.Scalar'](indices, 1)
end

local function vector(indices, what)
  if ctypes.is_tensor(indices) and C.fbl_dim(indices) > 1 then raise("bad argument to '%s' (Index is supposed to be a vector)", what) end
  return indices
end

local function byte_mask(mask, what)
  if torch.typename(mask) ~= BYTE then raise("bad argument to '%s' (torch.ByteTensor mask expected, got %s)", what, torch.type(mask)) end
  if C.fbl_numel(mask) > 0 and mask:max() > 1 then raise('Mask tensor can take 0 and 1 values only') end
  return mask
end

-- ATen's masks are bool tensors, which Torch7 has no class for: one operator makes and uses them.
local function masked_positions(mask, like)
  if mask:nElement() ~= like:nElement() then
    raise('mask and tensor must have the same number of elements, got %d and %d', mask:nElement(), like:nElement())
  end
  return aten.nonzero(mask:contiguous():view(-1)):view(-1)
end

local function gather(r, a, dim, indices)
  local d = support.dim(a, dim)
  if C.fbl_dim(indices) ~= C.fbl_dim(a) then raise('Index tensor must have same dimensions as input tensor') end
  local positions = zero_based(indices, a:size(dim), 'gather')
  r:resizeAs(positions)
  aten['gather.out'](a, d, positions, false, r)
  return r
end
define('gather', { types = all, both = { { 'T?, T, dim, L', gather } } })

local function scatter(r, dim, indices, source)
  local d = support.dim(r, dim)
  if C.fbl_dim(indices) ~= C.fbl_dim(r) then raise('Index tensor must have same dimensions as output tensor') end
  local positions = zero_based(indices, r:size(dim), 'scatter')
  if ctypes.is_tensor(source) then
    if C.fbl_dim(source) ~= C.fbl_dim(r) then raise('Input tensor must have same dimensions as output tensor') end
    aten['scatter_.src'](r, d, positions, source)
  else
    aten['scatter_.value'](r, d, positions, number(r, source))
  end
  return r
end
define('scatter', { types = all, both = { { 'T!, dim, L, T', scatter }, { 'T!, dim, L, num', scatter } } })

local function scatter_add(r, dim, indices, source)
  local d = support.dim(r, dim)
  aten.scatter_add_(r, d, zero_based(indices, r:size(dim), 'scatterAdd'), source)
  return r
end
define('scatterAdd', { types = all, both = { { 'T!, dim, L, T', scatter_add } } })

local function nonzero(r, a)
  local found = aten.nonzero(a)
  if found:nElement() == 0 then return r:resize(0) end
  r:resizeAs(found):copy(found)
  return r:add(1)
end
define('nonzero', { types = all, both = { { 'L?, T', nonzero } } })

local LongTensor = tensors.ctype[ctypes.codes.Long]

local function install(metatable, _, ctype)
  --- `index(dim, indices)` gives a new tensor; `dst:index(src, dim, indices)` fills dst and returns the indices.
  function metatable.index(a, b, c, d)
    local target, source, dim, indices = ctype(), a, b, c
    if ctypes.is_tensor(b) then target, source, dim, indices = a, b, c, d end
    if not ffi.istype(LongTensor, indices) then
      raise("bad argument to 'index' (torch.LongTensor of indices expected, got %s)", torch.type(indices))
    end
    if C.fbl_index(target, source, support.dim(source, dim), vector(indices, 'index')) ~= 0 then bridge.fail() end
    tensors.charge(target)
    if target == a then return d end
    return target
  end

  function metatable:indexCopy(dim, indices, source)
    local at = support.dim(self, dim)
    aten.index_copy_(self, at, zero_based(vector(indices, 'indexCopy'), self:size(dim), 'indexCopy'), source)
    return source
  end

  function metatable:indexAdd(dim, indices, source)
    local at = support.dim(self, dim)
    aten.index_add_(self, at, zero_based(vector(indices, 'indexAdd'), self:size(dim), 'indexAdd'), source)
    return source
  end

  function metatable:indexFill(dim, indices, value)
    local at = support.dim(self, dim)
    aten['index_fill_.int_Scalar'](self, at, zero_based(vector(indices, 'indexFill'), self:size(dim), 'indexFill'), number(self, value))
    return value
  end

  --- A vector of the elements under the ones of a mask; `dst:maskedSelect(src, mask)` fills dst and returns the mask.
  function metatable.maskedSelect(a, b, c)
    local source, mask, target = a, b, nil
    if c ~= nil then source, mask, target = b, c, a end
    local positions = masked_positions(byte_mask(mask, 'maskedSelect'), source)
    local picked = source.new()
    if positions:nElement() > 0 then
      picked = aten.index_select(source:contiguous():view(-1), 0, positions)
    end
    if not target then return picked end
    target:resizeAs(picked):copy(picked)
    return mask
  end

  function metatable:maskedFill(mask, value)
    local positions = masked_positions(byte_mask(mask, 'maskedFill'), self)
    if positions:nElement() > 0 then
      local flat = self:contiguous()
      aten['index_fill_.int_Scalar'](flat:view(-1), 0, positions, number(self, value))
      if flat ~= self then self:copy(flat) end
    end
    return value
  end

  function metatable:maskedCopy(mask, source)
    local positions = masked_positions(byte_mask(mask, 'maskedCopy'), self)
    local n = positions:nElement()
    if n > source:nElement() then raise('Number of elements of src < number of ones in mask') end
    if n > 0 then
      local flat = self:contiguous()
      aten.index_copy_(flat:view(-1), 0, positions, source:contiguous():view(-1):narrow(1, 1, n))
      if flat ~= self then self:copy(flat) end
    end
    return self
  end
end

tensors.each(install)

