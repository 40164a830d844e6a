--- Copies and conversions between types, to tables, and element-wise callbacks.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise
local is_tensor, rawtype = ctypes.is_tensor, ctypes.rawtype
local tonumber = tonumber

-- Calls visit(pointer) on the address of each element of the tensors, in row-major order of the first.
local function install_callbacks(metatable, code)
  local pointer = ctypes.pointers[code]
  local half = ctypes.names[code] == 'Half'

  local function contiguous_data(tensor)
    local source = tensor:contiguous()
    return source, ffi.cast(pointer, C.fbl_data(source))
  end

  local function check(value)
    raise('given function should return a number or nil, got %s', type(value))
  end

  -- Writes back what was computed on a contiguous copy.
  local function finish(self, work)
    if work ~= self then self:copy(work) end
    return self
  end

  local function refuse(name)
    return function() raise("%s on torch.HalfTensor not supported; convert it with :float() first", name) end
  end

  --- `self[i] = f(self[i])` for each element; nil keeps the value.
  function metatable:apply(f)
    local n = tonumber(C.fbl_numel(self))
    if n == 0 then return self end
    local work, data = contiguous_data(self)
    for i = 0, n - 1 do
      local value = f(tonumber(data[i]))
      if value then
        if rawtype(value) ~= 'number' then check(value) end
        data[i] = value
      end
    end
    return finish(self, work)
  end

  local function same_count(self, other)
    if C.fbl_numel(self) ~= C.fbl_numel(other) then
      raise('inconsistent tensor size: %d and %d elements', tonumber(C.fbl_numel(self)), tonumber(C.fbl_numel(other)))
    end
  end

  --- `self[i] = f(self[i], other[i])`.
  function metatable:map(other, f)
    same_count(self, other)
    if C.fbl_numel(self) == 0 then return self end
    local work, data = contiguous_data(self)
    local kept = other:contiguous()
    local second = kept:data()
    for i = 0, tonumber(C.fbl_numel(work)) - 1 do
      local value = f(tonumber(data[i]), tonumber(second[i]))
      if value then
        if rawtype(value) ~= 'number' then check(value) end
        data[i] = value
      end
    end
    return finish(self, work)
  end

  --- `self[i] = f(self[i], b[i], c[i])`.
  function metatable:map2(b, c, f)
    same_count(self, b)
    same_count(self, c)
    if C.fbl_numel(self) == 0 then return self end
    local work, data = contiguous_data(self)
    local kept_b, kept_c = b:contiguous(), c:contiguous()
    local second, third = kept_b:data(), kept_c:data()
    for i = 0, tonumber(C.fbl_numel(work)) - 1 do
      local value = f(tonumber(data[i]), tonumber(second[i]), tonumber(third[i]))
      if value then
        if rawtype(value) ~= 'number' then check(value) end
        data[i] = value
      end
    end
    return finish(self, work)
  end

  if half then
    metatable.apply, metatable.map, metatable.map2 = refuse('apply'), refuse('map'), refuse('map2')
  end
end

local function to_table(tensor, data, dim, offset)
  local n, step, values = tonumber(C.fbl_size(tensor, dim)), tonumber(C.fbl_stride(tensor, dim)), {}
  local last = dim == C.fbl_dim(tensor) - 1
  for i = 1, n do
    local position = offset + (i - 1) * step
    values[i] = last and tonumber(data[position]) or to_table(tensor, data, dim + 1, position)
  end
  return values
end

local function install(metatable, code, ctype)
  local typename = 'torch.' .. ctypes.names[code] .. 'Tensor'

  install_callbacks(metatable, code)

  function metatable:copy(source)
    if not is_tensor(source) then raise("bad argument #2 to 'copy' (tensor expected, got %s)", torch.type(source)) end
    if C.fbl_copy(self, source) ~= 0 then bridge.fail() end
    return self
  end

  function metatable:clone()
    local handle = ctype()
    local status = C.fbl_tensor_clone(handle, self)
    if status ~= 0 then bridge.allocate(C.fbl_tensor_clone, handle, self) end
    return tensors.charge(handle)
  end

  --- The tensor itself where its elements already lie in order, else a copy in which they do.
  function metatable:contiguous()
    if C.fbl_is_contiguous(self) ~= 0 then return self end
    return self:clone()
  end

  --- The class name; with a class name, the tensor converted to it (itself when it already is).
  function metatable:type(wanted)
    if not wanted then return typename end
    if rawtype(wanted) ~= 'string' then raise("bad argument #2 to 'type' (string expected, got %s)", type(wanted)) end
    if wanted == typename then return self end
    local class = torch.getmetatable(wanted)
    if not class or not class.__code then raise("unknown tensor type %s", wanted) end
    return class.__convert(self)
  end

  function metatable:typeAs(other) return self:type(other:type()) end

  --- Converts a tensor of any class to this one.
  function metatable.__convert(source)
    local handle = ctype()
    local status = C.fbl_tensor_cast(handle, source, code, -1)
    if status ~= 0 then bridge.allocate(C.fbl_tensor_cast, handle, source, code, -1) end
    return tensors.charge(handle)
  end

  for _, name in pairs(ctypes.names) do
    local target = 'torch.' .. name .. 'Tensor'
    metatable[name:lower()] = function(self) return self:type(target) end
  end

  --- `Tensor.real`: the default type.
  function metatable:real() return self:type(torch.getdefaulttensortype()) end

  --- Nested tables of numbers.
  function metatable:totable()
    if C.fbl_dim(self) == 0 then return {} end
    if ctypes.names[code] == 'Half' then return self:float():totable() end
    return to_table(self, self:data(), 0, 0)
  end
  metatable.toTable = metatable.totable
end

tensors.each(install)


