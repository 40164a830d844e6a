--- Views: tensors over the same storage with other sizes and strides.
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local shape = require 'torch.shape'
local tensors = require 'torch.tensor.metatype'

local C, raise = bridge.C, bridge.raise
local is_tensor, charge = ctypes.is_tensor, tensors.charge
local tonumber, select, math_ceil = tonumber, select, math.ceil
local sizes, strides = shape.sizes, shape.strides

local element = require('ffi').new('double[1]')

local function check_dim(self, dim, what)
  local n = C.fbl_dim(self)
  if rawequal(dim, nil) or not tonumber(dim) or dim < 1 or dim > n then
    raise("bad argument #2 to '%s' (out of range: dimension %s of a %dD tensor)", what, tostring(dim), n)
  end
  return dim - 1
end

-- Product of the sizes given, resolving one -1 from the tensor's number of elements.
local function resolve(self, n)
  local unknown, known = nil, 1
  for d = 0, n - 1 do
    if sizes[d] == -1 then
      if unknown then raise("bad argument to 'view' (only one dimension can be inferred)") end
      unknown = d
    else
      known = known * tonumber(sizes[d])
    end
  end
  local total = tonumber(C.fbl_numel(self))
  if unknown then
    if known == 0 or total % known ~= 0 then known = -1 else sizes[unknown] = total / known end
  end
  if (unknown and known == -1) or (not unknown and known ~= total) then
    local wanted = {}
    for d = 0, n - 1 do wanted[d + 1] = tostring(tonumber(sizes[d])) end
    raise('Wrong size for view. Input size: %s. Output size: %s', shape.describe(self), table.concat(wanted, 'x'))
  end
end

local function contiguous_strides(n)
  local step = 1
  for d = n - 1, 0, -1 do
    strides[d] = step
    step = step * tonumber(sizes[d])
  end
end

local function install(metatable, _, ctype)
  local function strided(base, n, offset)
    local view = ctype()
    if C.fbl_as_strided(view, base, n, sizes, strides, offset or C.fbl_offset(base)) ~= 0 then bridge.fail() end
    return charge(view)
  end

  -- Loads the tensor's own sizes and strides into the buffers; returns the number of dimensions.
  local function load(self)
    C.fbl_sizes(self, sizes)
    C.fbl_strides(self, strides)
    return C.fbl_dim(self)
  end

  --- One index of a dimension: a view without that dimension; of a vector, the number.
  function metatable:select(dim, index)
    local n = C.fbl_dim(self)
    if n == 1 then
      -- Whatever the dimension: the original did not look at it here.
      if not index or C.fbl_get1(self, tensors.position(index), element) ~= 0 then
        raise("bad argument #3 to 'select' (out of range: index %s of %s)", tostring(index), shape.describe(self))
      end
      return element[0]
    end
    local view = ctype()
    local at = check_dim(self, dim, 'select')
    if index < 0 then index = tonumber(C.fbl_size(self, at)) + index + 1 end
    if C.fbl_select(view, self, at, index - 1) ~= 0 then bridge.fail() end
    return charge(view)
  end

  --- `length` indices of a dimension from `first`.
  function metatable:narrow(dim, first, length)
    local view = ctype()
    if C.fbl_narrow(view, self, check_dim(self, dim, 'narrow'), first - 1, length) ~= 0 then bridge.fail() end
    return charge(view)
  end

  --- First and last index of each dimension in turn; negative ones count from the end.
  function metatable:sub(...)
    local count = select('#', ...)
    if count < 2 or count % 2 ~= 0 or count / 2 > C.fbl_dim(self) then
      raise("bad argument to 'sub' (first and last index of at most %d dimensions expected, got %d numbers)", C.fbl_dim(self), count)
    end
    local view = self
    for d = 1, count / 2 do
      local first, last = select(2 * d - 1, ...), select(2 * d, ...)
      local size = tonumber(C.fbl_size(self, d - 1))
      if first < 0 then first = size + first + 1 end
      if last < 0 then last = size + last + 1 end
      view = view:narrow(d, first, last - first + 1)
    end
    return view
  end

  function metatable:transpose(dim0, dim1)
    local view = ctype()
    local a, b = check_dim(self, dim0, 'transpose'), check_dim(self, dim1, 'transpose')
    if C.fbl_transpose(view, self, a, b) ~= 0 then bridge.fail() end
    return charge(view)
  end

  --- A matrix transposed.
  function metatable:t()
    if C.fbl_dim(self) ~= 2 then raise('t() expects a 2D tensor, but self is %dD', C.fbl_dim(self)) end
    local view = ctype()
    if C.fbl_transpose(view, self, 0, 1) ~= 0 then bridge.fail() end
    return charge(view)
  end

  --- All dimensions in a new order.
  function metatable:permute(...)
    local n = C.fbl_dim(self)
    if select('#', ...) ~= n then raise('invalid permutation: %d dimensions expected, got %d', n, select('#', ...)) end
    local seen = {}
    for i = 1, n do
      local dim = check_dim(self, (select(i, ...)), 'permute')
      if seen[dim] then raise('invalid permutation: dimension %d appears twice', dim + 1) end
      seen[dim] = true
      sizes[i - 1], strides[i - 1] = C.fbl_size(self, dim), C.fbl_stride(self, dim)
    end
    return strided(self, n)
  end

  --- Windows of `size` elements every `step` along a dimension, as a new last dimension.
  function metatable:unfold(dim, size, step)
    local view = ctype()
    if C.fbl_unfold(view, self, check_dim(self, dim, 'unfold'), size, step) ~= 0 then bridge.fail() end
    return charge(view)
  end

  --- The same elements under other sizes, one of which may be -1.
  function metatable:view(first, ...)
    -- `result:view(source, sizes…)` makes result the view.
    if is_tensor(first) then return self:set(first:view(...)) end
    if C.fbl_is_contiguous(self) == 0 then raise('expecting a contiguous tensor') end
    local n = shape.read(first, ...)
    resolve(self, n)
    contiguous_strides(n)
    return strided(self, n)
  end

  function metatable:viewAs(first, second)
    if second then return self:set(first:viewAs(second)) end
    return self:view(first:size())
  end

  --- Dimensions of size 1 repeated without copying, by stride 0.
  function metatable:expand(first, ...)
    if is_tensor(first) then return self:set(first:expand(...)) end
    local n = shape.read(first, ...)
    if n ~= C.fbl_dim(self) then raise('the number of dimensions provided must equal tensor:dim()') end
    for d = 0, n - 1 do
      local size = C.fbl_size(self, d)
      strides[d] = C.fbl_stride(self, d)
      if size == 1 and sizes[d] ~= 1 then
        strides[d] = 0
      elseif size ~= sizes[d] then
        raise('incorrect size: only supporting singleton expansion (size=1)')
      end
    end
    return strided(self, n)
  end

  function metatable:expandAs(first, second)
    if second then return self:set(first:expandAs(second)) end
    return self:expand(first:size())
  end

  --- The tensor tiled by a count for each dimension; extra leading counts add dimensions. Copies.
  function metatable:repeatTensor(first, ...)
    local result, source, n = nil, self
    if is_tensor(first) then
      result, source = self, first
      n = shape.read(...)
    else
      n = shape.read(first, ...)
    end
    local have = C.fbl_dim(source)
    if n < have then raise('Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor') end
    local repeats = {}
    for d = 1, n do repeats[d] = tonumber(sizes[d - 1]) end
    result = result or metatable.new()
    -- Interleaves a stride-0 dimension before each real one, then copies once.
    source = source:contiguous()
    local spread, total = {}, {}
    for d = 1, n do
      local size = d > n - have and source:size(d - (n - have)) or 1
      spread[2 * d - 1], spread[2 * d] = repeats[d], size
      total[d] = repeats[d] * size
    end
    local step = 1
    for d = n, 1, -1 do
      sizes[2 * d - 2], sizes[2 * d - 1] = spread[2 * d - 1], spread[2 * d]
      strides[2 * d - 2], strides[2 * d - 1] = 0, step
      step = step * spread[2 * d]
    end
    local tiled = strided(source, 2 * n)
    return result:resize(unpack(total)):copy(tiled)
  end

  --- With a dimension of size 1 put in.
  function metatable:unsqueeze(first, second)
    local source, dim, target = self, first, nil
    if is_tensor(first) then source, dim, target = first, second, self end
    local n = load(source)
    if n == 0 then raise('cannot unsqueeze empty tensor') end
    if not dim or dim < 1 or dim > n + 1 then
      raise("bad argument #2 to 'unsqueeze' (dimension %s out of range of a %dD tensor)", tostring(dim), n)
    end
    for d = n, dim, -1 do sizes[d], strides[d] = sizes[d - 1], strides[d - 1] end
    local step = dim <= n and sizes[dim] * strides[dim] or 1
    sizes[dim - 1], strides[dim - 1] = 1, step
    local view = strided(source, n + 1)
    return target and target:set(view) or view
  end

  -- A table given first receives the pieces.
  local function pieces_of(list, source, length, dim)
    dim = dim or 1
    for i = #list, 1, -1 do list[i] = nil end
    local total = source:size(dim)
    for first = 1, total, length do
      list[#list + 1] = source:narrow(dim, first, math.min(length, total - first + 1))
    end
    return list
  end

  --- Pieces of `length` along a dimension (1 when not given); the last may be shorter.
  function metatable.split(a, b, c, d)
    if is_tensor(a) then return pieces_of({}, a, b, c) end
    return pieces_of(a, b, c, d)
  end

  --- At most `count` pieces of equal length along a dimension.
  function metatable.chunk(a, b, c, d)
    local list, source, count, dim = {}, a, b, c
    if not is_tensor(a) then list, source, count, dim = a, b, c, d end
    return pieces_of(list, source, math_ceil(source:size(dim or 1) / count), dim)
  end
end

tensors.each(install)
