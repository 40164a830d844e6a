--- Copies and conversions between types and to tables.
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise
local is_tensor, rawtype = ctypes.is_tensor, ctypes.rawtype
local tonumber = tonumber

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
    local source = self:contiguous()
    local data = source:data()
    C.fbl_replace_nans(code, data, C.fbl_numel(source))
    return to_table(source, data, 0, 0)
  end
  metatable.toTable = metatable.totable
end

tensors.each(install)


