--- Reductions: of all elements to a number, or along one dimension, which stays with size 1.
local ffi = require 'ffi'
local bridge = require 'bridge'
local overload = require 'torch.overload'
local support = require 'torch.math.support'

local C, aten, fail = bridge.C, bridge.aten, bridge.fail
local define, all, real = overload.define, overload.all, overload.real
local dim0, sizes_with, like, non_empty, is_integer = support.dim, support.sizes_with, support.like, support.non_empty, support.is_integer

local charge = support.tensors.charge
local number = ffi.new('double[1]')

-- Sizes the result of reducing `dim` of `a`.
local function reduced(r, a, dim)
  return r:resize(unpack(sizes_with(a, dim, 1)))
end

define('sum', {
  types = all,
  both = {
    { 'T', function(t)
      if C.fbl_sum(t, number) ~= 0 then fail() end
      return number[0]
    end },
    { 'E?, T, dim', function(r, a, dim)
      if C.fbl_sum_along(r, a, dim - 1, 0) ~= 0 then fail() end
      return charge(r)
    end },
  },
})

define('prod', {
  types = all,
  both = {
    { 'T', function(t)
      if C.fbl_numel(t) == 0 then return 1 end
      return aten.prod(is_integer(t) and t:long() or t:double())[1]
    end },
    { 'T?, T, dim', function(r, a, dim)
      local d = dim0(a, dim)
      reduced(r, a, dim)
      aten['prod.int_out'](a, d, true, a.__code_aten, r)
      return r
    end },
  },
})

for name, op in pairs { cumsum = 'cumsum.out', cumprod = 'cumprod.out' } do
  define(name, { types = all, both = { { 'T?, T, dim=1', function(r, a, dim)
    local d = dim0(a, dim)
    support.match(r, a)
    aten[op](a, d, a.__code_aten, r)
    return r
  end } } })
end

for name, direction in pairs { max = 1, min = -1 } do
  define(name, {
    types = all,
    both = {
      { 'T', function(t)
        if C.fbl_extreme(direction, t, number) ~= 0 then fail() end
        return number[0]
      end },
      { 'E?, K?, T, dim', function(r, indices, a, dim)
        if C.fbl_extreme_along(direction, r, indices, a, dim - 1) ~= 0 then fail() end
        return charge(r), indices
      end },
    },
  })
end

define('mean', {
  types = real,
  both = {
    { 'T', function(t)
      non_empty(t, 'mean')
      if C.fbl_sum(t, number) ~= 0 then fail() end
      return number[0] / tonumber(C.fbl_numel(t))
    end },
    { 'E?, T, dim', function(r, a, dim)
      if C.fbl_sum_along(r, a, dim - 1, 1) ~= 0 then fail() end
      return charge(r)
    end },
  },
})

-- true asks for division by n instead of n - 1. On the CPU the bridge rounds as Torch7 did.
for name, op in pairs { var = 'var.correction', std = 'std.correction' } do
  local root = name == 'std' and 1 or 0
  define(name, {
    types = real,
    both = {
      { 'T, bool=false', function(t, biased)
        non_empty(t, name)
        if C.fbl_device(t) >= 0 then return aten[op](t:double(), nil, biased and 0 or 1)[1] end
        if C.fbl_variance(t, biased and 1 or 0, number) ~= 0 then fail() end
        return root == 1 and math.sqrt(number[0]) or number[0]
      end },
      { 'E?, T, dim, bool=false', function(r, a, dim, biased)
        if C.fbl_device(a) >= 0 then
          local computed = aten[op](a, { dim0(a, dim) }, biased and 0 or 1, true)
          return r.impl == nil and computed or r:resizeAs(computed):copy(computed)
        end
        if C.fbl_variance_along(r, a, dim - 1, biased and 1 or 0, root) ~= 0 then fail() end
        return charge(r)
      end },
    },
  })
end

define('norm', {
  types = real,
  both = {
    { 'T, num=2', function(t, p)
      if C.fbl_numel(t) == 0 then return 0 end
      return aten['norm.Scalar'](t:double(), p)[1]
    end },
    { 'T?, T, num, dim', function(r, a, p, dim)
      local d = dim0(a, dim)
      reduced(r, a, dim)
      aten['norm.out'](a, p, { d }, true, r)
      return r
    end },
  },
})

define('dist', { types = real, both = { { 'T, T, num=2', function(a, b, p)
  return aten['norm.Scalar'](aten['sub.Tensor'](a:double(), like(b, a):double()), p)[1]
end } } })

local function renorm(r, a, p, dim, limit)
  local d = dim0(a, dim)
  support.match(r, a)
  aten['renorm.out'](a, p, d, limit, r)
  return r
end
define('renorm', {
  types = real,
  func = { { 'T?, T, num, dim, num', renorm } },
  method = { { 'T!, T=1, num, dim, num', renorm } },
})

define('trace', { types = all, both = { { 'T', function(t)
  if C.fbl_dim(t) ~= 2 then bridge.raise("bad argument #1 to 'trace' (expected a matrix)") end
  return aten.trace(t)[1]
end } } })

define('numel', { types = all, both = { { 'T', function(t) return tonumber(C.fbl_numel(t)) end } } })
