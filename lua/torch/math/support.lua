--- What the tables of mathematical functions share: shapes of results, operands, numbers of an element type.
local ffi = require 'ffi'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise

local support = {}

local integers = {
  [0] = ffi.typeof('uint8_t'), ffi.typeof('int8_t'), ffi.typeof('int16_t'), ffi.typeof('int32_t'), ffi.typeof('int64_t'),
}

--- A Lua number as the element type holds it: truncated and wrapped for whole-number types.
function support.number(tensor, value)
  local integer = integers[tensor.__code]
  if integer then return tonumber(ffi.cast(integer, ffi.cast('int64_t', value))) end
  return value
end

--- Whether a tensor's elements are whole numbers.
function support.is_integer(tensor) return integers[tensor.__code] ~= nil end

--- Gives the result the source's sizes (unless it is the source).
function support.match(result, source)
  if C.fbl_same_size(result, source) == 0 then result:resizeAs(source) end
  return result
end

--- `b` in the shape of `a`; Torch7 only asks for as many elements.
function support.like(b, a)
  if C.fbl_same_size(a, b) ~= 0 then return b end
  if C.fbl_numel(a) ~= C.fbl_numel(b) then
    raise('inconsistent tensor size, expected tensor [%s] and src [%s] to have the same number of elements, '
      .. 'but got %d and %d elements respectively',
      a:size() and table.concat(a:size():totable(), ' x '), table.concat(b:size():totable(), ' x '), a:nElement(), b:nElement())
  end
  return b:contiguous():view(a:size())
end

--- Checks a 1-based dimension and returns the 0-based one.
function support.dim(tensor, dim)
  local n = C.fbl_dim(tensor)
  if dim < 1 or dim > n or dim % 1 ~= 0 then raise('dimension %d out of range of %dD tensor', dim, n) end
  return dim - 1
end

--- The sizes of a tensor as a Lua table, with one dimension replaced.
function support.sizes_with(tensor, dim, size)
  local sizes = {}
  for d = 1, C.fbl_dim(tensor) do sizes[d] = tonumber(C.fbl_size(tensor, d - 1)) end
  sizes[dim] = size
  return sizes
end

--- Refuses an empty tensor where the original did.
function support.non_empty(tensor, name)
  if C.fbl_numel(tensor) == 0 then raise("bad argument #1 to '%s' (tensor must have one dimension)", name) end
end

support.tensors, support.ctypes = tensors, ctypes

return support
