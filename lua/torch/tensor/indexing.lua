--- `t[{…}]`, `t[LongStorage]`, `t[mask]`, reading and writing.
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local shape = require 'torch.shape'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise
local rawtype, is_tensor, istype = ctypes.rawtype, ctypes.is_tensor, ffi.istype
local tonumber, tostring = tonumber, tostring
local indexing = tensors.indexing

local BYTE = ctypes.codes.Byte
local element = ffi.new('double[1]')
local at = ffi.new('int64_t[?]', shape.MAX_DIMS)

local function out_of_bounds(self, dim, index)
  raise("bad argument #2 to '?' (index out of bound: %s in dimension %d of a tensor of size %s)", tostring(index), dim, shape.describe(self))
end

local function resolve(self, dim, index)
  local size = tonumber(C.fbl_size(self, dim - 1))
  local resolved = index < 0 and size + index + 1 or index
  if resolved < 1 or resolved > size then out_of_bounds(self, dim, index) end
  return resolved
end

-- All indices numbers, one per dimension: the bridge's indices are in `at`.
local function is_element(self, list)
  local n = C.fbl_dim(self)
  if #list ~= n then return false end
  for d = 1, n do
    local index = list[d]
    if rawtype(index) ~= 'number' then return false end
    at[d - 1] = resolve(self, d, index) - 1
  end
  return true
end

-- The view that a table of selectors names. Returns view, number: exactly one of them.
local function select_by_table(self, list)
  local n = C.fbl_dim(self)
  if n == 0 then raise("bad argument #1 to '?' (empty tensor)") end
  if #list > n then raise("bad argument #2 to '?' (too many indices provided: %d for a %dD tensor)", #list, n) end
  if is_element(self, list) then
    C.fbl_get_at(self, n, at, element)
    return nil, element[0]
  end
  local view, dim = self, 1
  for d = 1, #list do
    local selector = list[d]
    if rawtype(selector) == 'number' then
      view = view:select(dim, resolve(self, d, selector))
    elseif rawtype(selector) == 'table' then
      local first, last = selector[1], selector[2]
      if first then
        first = resolve(self, d, first)
        last = last and resolve(self, d, last) or first
        if last < first then
          raise("bad argument #2 to '?' (end index must be greater or equal to start index: {%d, %d} in dimension %d)", first, last, d)
        end
        view = view:narrow(dim, first, last - first + 1)
      elseif view == self then
        view = self.new(self)
      end
      dim = dim + 1
    else
      -- As in the original, anything else ends the list.
      break
    end
  end
  return view
end

local function by_storage(self, indices)
  local n = indices:size()
  if n ~= C.fbl_dim(self) then raise("bad argument #2 to '?' (invalid size: %d indices for a %dD tensor)", n, C.fbl_dim(self)) end
  for d = 1, n do at[d - 1] = resolve(self, d, indices[d]) - 1 end
  return n
end

function indexing.read(self, key)
  if rawtype(key) == 'table' then
    local view, number = select_by_table(self, key)
    if view then return view end
    return number
  elseif shape.is_sizes(key) then
    local n = by_storage(self, key)
    C.fbl_get_at(self, n, at, element)
    return element[0]
  elseif istype(tensors.ctype[BYTE], key) then
    return self:maskedSelect(key)
  end
  return nil
end

local function assign(view, value)
  if rawtype(value) == 'number' then
    if C.fbl_fill(view, value) ~= 0 then bridge.fail() end
  elseif is_tensor(value) then
    if C.fbl_copy(view, value) ~= 0 then bridge.fail() end
  elseif tonumber(value) then
    if C.fbl_fill(view, tonumber(value)) ~= 0 then bridge.fail() end
  else
    raise("bad argument #3 to '?' (number or tensor expected, got %s)", type(value))
  end
end

local function write_number(self, key, value)
  local n = C.fbl_dim(self)
  if n == 0 then raise("bad argument #1 to '?' (empty tensor)") end
  if n > 1 then return assign(self:select(1, resolve(self, 1, key)), value) end
  resolve(self, 1, key)
  if is_tensor(value) then
    if value:nElement() ~= 1 then raise("bad argument #3 to '?' (a number or a tensor of one element expected, got %d elements)", value:nElement()) end
    return assign(self:narrow(1, resolve(self, 1, key), 1), value)
  end
  local number = tonumber(value)
  if not number then raise("bad argument #3 to '?' (number expected, got %s)", type(value)) end
  C.fbl_set1(self, tensors.position(key), number)
end

local function write_masked(self, mask, value)
  if rawtype(value) == 'number' then return self:maskedFill(mask, value) end
  if not is_tensor(value) or value:type() ~= self:type() then
    raise("bad argument #3 to '?' (number or %s expected, got %s)", self:type(), is_tensor(value) and value:type() or type(value))
  end
  return self:maskedCopy(mask, value)
end

function indexing.write(self, key, value)
  local kind = rawtype(key)
  if kind == 'number' then return write_number(self, key, value) end
  if kind == 'table' then
    if rawtype(value) == 'number' and is_element(self, key) then
      C.fbl_set_at(self, C.fbl_dim(self), at, value)
      return
    end
    local view, number = select_by_table(self, key)
    if number then
      is_element(self, key)
      if is_tensor(value) then
        if value:nElement() ~= 1 then raise("bad argument #3 to '?' (a number or a tensor of one element expected, got %d elements)", value:nElement()) end
        value = value:storage()[value:storageOffset()]
      end
      if not tonumber(value) then raise("bad argument #3 to '?' (number expected, got %s)", type(value)) end
      C.fbl_set_at(self, C.fbl_dim(self), at, tonumber(value))
      return
    end
    return assign(view, value)
  end
  if shape.is_sizes(key) then
    local n = by_storage(self, key)
    if not tonumber(value) then raise("bad argument #3 to '?' (number expected, got %s)", type(value)) end
    C.fbl_set_at(self, n, at, tonumber(value))
    return
  end
  if istype(tensors.ctype[BYTE], key) then return write_masked(self, key, value) end
  if kind == 'string' and tonumber(key) then return write_number(self, tonumber(key), value) end
  raise("bad argument #2 to '?' (a tensor has no field %s that could be set)", tostring(key))
end
