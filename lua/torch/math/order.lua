--- Sorting and order statistics. Indices are 1-based LongTensors.
local bridge = require 'bridge'
local overload = require 'torch.overload'
local support = require 'torch.math.support'

local C, aten, fail, raise = bridge.C, bridge.aten, bridge.fail, bridge.raise
local define, all = overload.define, overload.all
local sizes_with = support.sizes_with

local function one_based(indices)
  if C.fbl_with_scalar(C.FBL_ADD, indices, indices, 1) ~= 0 then fail() end
  return indices
end

-- 0 stands for the last dimension.
local function dim_of(a, dim)
  if C.fbl_dim(a) == 0 then raise('an empty tensor has no order') end
  return support.dim(a, dim == 0 and C.fbl_dim(a) or dim)
end

local function sized(r, a, d, n)
  return r:resize(unpack(sizes_with(a, d + 1, n)))
end

local function sort(r, indices, a, dim, descending)
  if C.fbl_sort(r, indices, a, dim_of(a, dim), descending and 1 or 0) ~= 0 then fail() end
  return support.tensors.charge(r), indices
end
define('sort', { types = all, both = { { 'E?, K?, T, dim=0, bool=false', sort } } })

local function topk(r, indices, a, k, dim, largest, sorted)
  local d = dim_of(a, dim)
  if k < 1 or k > a:size(d + 1) then
    raise("bad argument to 'topk' (k = %s not in range for dimension of size %d)", tostring(k), a:size(d + 1))
  end
  sized(r, a, d, k)
  sized(indices, a, d, k)
  if C.fbl_device(a) < 0 then
    if C.fbl_topk(r, indices, a, d, k, largest and 1 or 0, sorted and 1 or 0) ~= 0 then fail() end
    return r, indices
  end
  aten['topk.values'](a, k, d, largest, sorted, r, indices)
  return r, one_based(indices)
end
define('topk', { types = all, both = { { 'T?, L?, T, long=1, dim=0, bool=false, bool=false', topk } } })

local function ranked(r, indices, a, d, k)
  if C.fbl_device(a) < 0 then
    if C.fbl_kth(r, indices, a, d, k) ~= 0 then fail() end
    return r, indices
  end
  aten['kthvalue.values'](a, k, d, true, r, indices)
  return r, one_based(indices)
end

local function kthvalue(r, indices, a, k, dim)
  local d = dim_of(a, dim)
  if k < 1 or k > a:size(d + 1) then
    raise("bad argument to 'kthvalue' (selected index %s out of range 1 to %d)", tostring(k), a:size(d + 1))
  end
  sized(r, a, d, 1)
  sized(indices, a, d, 1)
  return ranked(r, indices, a, d, k)
end
define('kthvalue', { types = all, both = { { 'T?, L?, T, long, dim=0', kthvalue } } })

local function median(r, indices, a, dim)
  local d = dim_of(a, dim)
  sized(r, a, d, 1)
  sized(indices, a, d, 1)
  -- the lower of the two middles
  return ranked(r, indices, a, d, math.floor((a:size(d + 1) + 1) / 2))
end
define('median', { types = all, both = { { 'T?, L?, T, dim=0', median } } })

local function mode(r, indices, a, dim)
  local d = dim_of(a, dim)
  sized(r, a, d, 1)
  sized(indices, a, d, 1)
  if C.fbl_mode(r, indices, a, d) ~= 0 then fail() end
  return r, indices
end
define('mode', { types = all, both = { { 'T?, L?, T, dim=0', mode } } })
