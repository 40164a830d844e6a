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
  raise("bad argument #2 to '?' (index out of bound: %s in dimension %d of a tensor of size %s)", tostring(index), dim,
    shape.describe(self))
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
  local a, b, c = list[1], list[2], list[3]
  if rawtype(a) ~= 'number' or list[n + 1] ~= nil then return false end
  at[0] = resolve(self, 1, a) - 1
  if n == 1 then return true end
  if rawtype(b) ~= 'number' then return false end
  at[1] = resolve(self, 2, b) - 1
  if n == 2 then return true end
  if rawtype(c) ~= 'number' then return false end
  at[2] = resolve(self, 3, c) - 1
  for d = 4, n do
    if rawtype(list[d]) ~= 'number' then return false end
    at[d - 1] = resolve(self, d, list[d]) - 1
  end
  return n > 0
end

-- The selectors of `t[{...}]`, as the bridge takes them.
local selectors = ffi.new('fbl_selector[?]', shape.MAX_DIMS)
local ALL, INDEX, SPAN = C.FBL_ALL, C.FBL_INDEX, C.FBL_SPAN

-- Reads one selector; false for what, as in the original, ends the list.
local function put(d, selector)
  local slot, kind = selectors[d], rawtype(selector)
  if kind == 'number' then
    slot.kind, slot.first = INDEX, selector
  elseif kind == 'table' then
    local first = selector[1]
    if first then
      slot.kind, slot.first, slot.last = SPAN, first, selector[2] or first
    else
      slot.kind = ALL
    end
  else
    return false
  end
  return true
end

local function put_more(list, n)
  for d = n + 1, math.min(#list, shape.MAX_DIMS) do
    if not put(d - 1, list[d]) then return d - 1 end
  end
  return math.min(#list, shape.MAX_DIMS)
end

-- The number of selectors, spelled out for the usual counts: LuaJIT gives up on loops of few rounds.
local function read_selectors(list)
  local a, b, c, d = list[1], list[2], list[3], list[4]
  if not put(0, a) then return 0 end
  if b == nil or not put(1, b) then return 1 end
  if c == nil or not put(2, c) then return 2 end
  if d == nil or not put(3, d) then return 3 end
  return put_more(list, 4)
end

local function check(self, status, list)
  if status == 0 then return end
  local dims = C.fbl_dim(self)
  if dims == 0 then raise("bad argument #1 to '?' (empty tensor)") end
  if status == C.FBL_TOO_MANY then raise("bad argument #2 to '?' (too many indices provided: %d for a %dD tensor)", #list, dims) end
  if status ~= C.FBL_OUT_OF_RANGE and status ~= C.FBL_END_BEFORE_START then bridge.fail() end
  for d = 1, #list do
    local selector = list[d]
    if rawtype(selector) == 'number' then
      resolve(self, d, selector)
    elseif selector[1] then
      local first, last = resolve(self, d, selector[1]), resolve(self, d, selector[2] or selector[1])
      if last < first then
        raise("bad argument #2 to '?' (end index must be greater or equal to start index: {%d, %d} in dimension %d)", first, last, d)
      end
    end
  end
end

local function by_storage(self, indices)
  local n = indices:size()
  if n ~= C.fbl_dim(self) then raise("bad argument #2 to '?' (invalid size: %d indices for a %dD tensor)", n, C.fbl_dim(self)) end
  for d = 1, n do at[d - 1] = resolve(self, d, indices[d]) - 1 end
  return n
end

function indexing.read(self, key)
  if rawtype(key) == 'table' then
    if is_element(self, key) then
      C.fbl_get_at(self, #key, at, element)
      return element[0]
    end
    local view = self.__view()
    check(self, C.fbl_slice(view, self, read_selectors(key), selectors), key)
    return tensors.charge(view)
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
    if value:nElement() ~= 1 then
      raise("bad argument #3 to '?' (a number or a tensor of one element expected, got %d elements)", value:nElement())
    end
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

-- An element whose indices are in `at`.
local function write_element(self, n, value)
  if is_tensor(value) then
    if value:nElement() ~= 1 then
      raise("bad argument #3 to '?' (a number or a tensor of one element expected, got %d elements)", value:nElement())
    end
    value = value:storage()[value:storageOffset()]
  end
  local number = tonumber(value)
  if not number then raise("bad argument #3 to '?' (number expected, got %s)", type(value)) end
  C.fbl_set_at(self, n, at, number)
end

function indexing.write(self, key, value)
  local kind = rawtype(key)
  if kind == 'number' then return write_number(self, key, value) end
  if kind == 'table' then
    if is_element(self, key) then return write_element(self, #key, value) end
    local n = read_selectors(key)
    if is_tensor(value) then return check(self, C.fbl_slice_copy(self, n, selectors, value), key) end
    local number = tonumber(value)
    if not number then raise("bad argument #3 to '?' (number or tensor expected, got %s)", type(value)) end
    return check(self, C.fbl_slice_fill(self, n, selectors, number), key)
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
