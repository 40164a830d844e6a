--- Tensors made from sizes, ranges and other tensors.
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local overload = require 'torch.overload'
local support = require 'torch.math.support'

local C, aten, fail, raise = bridge.C, bridge.aten, bridge.fail, bridge.raise
local define, all, real = overload.define, overload.all, overload.real
local number = support.number

for name, value in pairs { zeros = 0, ones = 1 } do
  local function implementation(r, ...)
    r:resize(...)
    if C.fbl_fill(r, value) ~= 0 then fail() end
    return r
  end
  define(name, { types = all, func = { { 'T?, dims', implementation } }, method = { { 'T!, dims', implementation } } })
end

define('reshape', { types = all, both = { { 'T?, T, dims', function(r, a, ...)
  local like = a.new()
  like:resize(...)
  if like:nElement() ~= a:nElement() then
    raise("reshape: a tensor of %d elements cannot take %d", a:nElement(), like:nElement())
  end
  r:resize(...)
  return r:copy(a)
end } } })

local function whole(x) return x >= 0 and math.floor(x) or math.ceil(x) end

local function eye(r, n, m)
  if m <= 0 then m = n end
  r:resize(n, m):zero()
  for i = 1, math.min(n, m) do r[{ i, i }] = 1 end
  return r
end
define('eye', { types = all, func = { { 'T?, long, long=0', eye } }, method = { { 'T!, long, long=0', eye } } })

local function sequence(r, spacing, n, first, step)
  -- A tensor of as many elements keeps its shape.
  if C.fbl_numel(r) ~= n then r:resize(n) end
  if C.fbl_sequence(r, spacing, first, step) ~= 0 then fail() end
  return r
end

local function range(r, first, last, step)
  if support.is_integer(r) then first, last, step = whole(first), whole(last), whole(step) end
  if step == 0 then raise("bad argument #4 to 'range' (step must be a non-null number)") end
  if (last - first) / step < 0 then raise("bad argument #3 to 'range' (upper bound and larger bound incoherent with step sign)") end
  return sequence(r, C.FBL_RANGE, math.floor((last - first) / step) + 1, first, step)
end
define('range', { types = all, func = { { 'T?, num, num, num=1', range } }, method = { { 'T!, num, num, num=1', range } } })

for name, spacing in pairs { linspace = C.FBL_LINEAR, logspace = C.FBL_LOGARITHMIC } do
  local function implementation(r, first, last, n)
    if n < 1 or (n == 1 and first ~= last) then raise("bad argument #4 to '%s' (invalid number of points: %s)", name, tostring(n)) end
    return sequence(r, spacing, n, first, n > 1 and (last - first) / (n - 1) or 0)
  end
  define(name, {
    types = real,
    func = { { 'T?, num, num, long=100', implementation } },
    method = { { 'T!, num, num, long=100', implementation } },
  })
end

-- The tensor without dimensions of size 1 (or without the one named), as a view; a single element comes back as a number.
local function squeeze(r, a, dim)
  if dim then support.dim(a, dim) end
  local sizes, strides, kept = {}, {}, 0
  local n = C.fbl_dim(a)
  for d = 1, n do
    if a:size(d) ~= 1 or (dim and d ~= dim) then
      kept = kept + 1
      sizes[kept], strides[kept] = a:size(d), a:stride(d)
    end
  end
  if kept == 0 and n > 0 then sizes[1], strides[1] = 1, 1 end
  local single = n > 0 and kept == 0 and (not dim or n == 1)
  if n > 0 then
    r:set(a:storage(), a:storageOffset(), torch.LongStorage(sizes), torch.LongStorage(strides))
  else
    r:set(a)
  end
  return single and r:storage()[r:storageOffset()] or r
end
define('squeeze', { types = all, both = { { 'T?, T', squeeze }, { 'T?, T, dim', squeeze } } })

-- Of a matrix its k-th diagonal, of a vector the matrix that has it there.
define('diag', { types = all, both = { { 'T?, T, long=0', function(r, a, k)
  if C.fbl_dim(a) > 2 then raise("bad argument #1 to 'diag' (matrix or a vector expected)") end
  local result = aten.diag(a, k)
  return r:resizeAs(result):copy(result)
end } } })

for name in ('tril triu'):gmatch('%a+') do
  define(name, { types = all, both = { { 'T?, T, long=0', function(r, a, k)
    if C.fbl_dim(a) ~= 2 then raise("bad argument #1 to '%s' (expected a matrix)", name) end
    support.match(r, a)
    aten[name .. '.out'](a, k, r)
    return r
  end } } })
end

--------------------------------------------------------------------------------------------------
-- cat: of two tensors or a table of them, along the last dimension when not told; empty ones are skipped

local function concatenate(r, list, dim)
  local parts, dims = {}, 0
  for i, part in ipairs(list) do
    if not ctypes.is_tensor(part) or part:type() ~= r:type() then
      raise("bad argument to 'cat' (%s expected at index %d, got %s)", r:type(), i, torch.type(part))
    end
    if part:nElement() > 0 then
      parts[#parts + 1] = part
      dims = math.max(dims, part:dim())
    end
  end
  if #list == 0 then raise("bad argument #1 to 'cat' (invalid number of inputs 0)") end
  if #parts == 0 then return r:resize(0) end
  if dim == -1 then dim = dims end
  if dim < 1 then raise("bad argument to 'cat' (invalid dimension %s)", tostring(dim)) end
  -- Vectors may be joined along a dimension they do not have.
  for i, part in ipairs(parts) do
    while part:dim() < dim do part = aten.unsqueeze(part, part:dim()) end
    parts[i] = part
  end
  for i = 2, #parts do
    for d = 1, math.max(parts[1]:dim(), parts[i]:dim()) do
      if d ~= dim and (parts[i]:dim() ~= parts[1]:dim() or parts[i]:size(d) ~= parts[1]:size(d)) then
        raise('inconsistent tensor sizes in cat: %s and %s along dimension %d', torch.describe(parts[1]), torch.describe(parts[i]), dim)
      end
    end
  end
  local total = 0
  for _, part in ipairs(parts) do total = total + part:size(dim) end
  local aliased = false
  for _, part in ipairs(parts) do aliased = aliased or C.fbl_same_storage(r, part) ~= 0 end
  if aliased then
    local joined = aten.cat(parts, dim - 1)
    return r:resizeAs(joined):copy(joined)
  end
  r:resize(unpack(support.sizes_with(parts[1], dim, total)))
  aten['cat.out'](parts, dim - 1, r)
  return r
end

local cat_pair = { 'T?, T, T, dim=-1', function(r, a, b, dim) return concatenate(r, { a, b }, dim) end }
local cat_table = { 'T?, table, dim=-1', concatenate }
define('cat', { types = all, both = { cat_pair, cat_table } })

define('cross', { types = all, both = { { 'T?, T, T, dim=0', function(r, a, b, dim)
  support.like(b, a)
  if dim == 0 then
    for d = C.fbl_dim(a), 1, -1 do
      if a:size(d) == 3 then dim = d end
    end
    if dim == 0 then raise("cross: no dimension of size 3") end
  end
  local d = support.dim(a, dim)
  if a:size(dim) ~= 3 then raise("cross: dimension %d has size %d, not 3", dim, a:size(dim)) end
  support.match(r, a)
  aten['cross.out'](a, b, d, r)
  return r
end } } })

for name in ('histc bhistc'):gmatch('%a+') do
  define(name, { types = real, both = { { 'T?, T, int=100, num=0, num=0', function(r, a, bins, low, high)
    if name == 'bhistc' and C.fbl_dim(a) > 1 then
      local rows = a:contiguous():view(a:size(1), -1)
      r:resize(a:size(1), bins)
      if low == high then low, high = a:min(), a:max() end
      for i = 1, a:size(1) do r[i]:copy(aten.histc(rows[i], bins, low, high)) end
      return r
    end
    local counts = aten.histc(a, bins, number(a, low), number(a, high))
    r:resize(bins):copy(counts)
    return name == 'bhistc' and r:resize(1, bins) or r
  end } } })
end
