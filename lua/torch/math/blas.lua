--- Products of vectors and matrices. A destination that is given must have the right size; a new one is sized here.
local ffi = require 'ffi'
local bridge = require 'bridge'
local overload = require 'torch.overload'
local shape = require 'torch.shape'

local C, aten, fail, raise = bridge.C, bridge.aten, bridge.fail, bridge.raise
local define, all = overload.define, overload.all
local charge = require('torch.tensor.metatype').charge

local number = ffi.new('double[1]')

local function size(t, d) return tonumber(C.fbl_size(t, d - 1)) end

local function mismatch(name, a, b)
  raise('size mismatch in %s: %s and %s', name, shape.describe(a), shape.describe(b))
end

-- A new destination has no elements: give it the sizes; any other must have them.
local function fit(name, r, ...)
  if C.fbl_numel(r) == 0 then return r:resize(...) end
  local dims = select('#', ...)
  local good = C.fbl_dim(r) == dims
  for d = 1, dims do good = good and size(r, d) == (select(d, ...)) end
  if not good then
    raise('%s: the destination must have size %s, got %s', name, table.concat({ ... }, 'x'), shape.describe(r))
  end
  return r
end

define('dot', { types = all, both = { { 'T, T', function(a, b)
  if C.fbl_dot(a, b, number) ~= 0 then fail() end
  return number[0]
end } } })

--------------------------------------------------------------------------------------------------
-- Plain products

-- An operand that is also the destination is read while it is written.
local function apart(r, operand)
  if C.fbl_same_storage(r, operand) ~= 0 then return operand:clone() end
  return operand
end

-- r = beta * m + alpha * (a x b) of matrices, or of a matrix and a vector.
local function product(r, beta, m, alpha, a, b)
  if C.fbl_product(r, beta, m, alpha, a, b) ~= 0 then fail() end
  return charge(r)
end

local function plain(r, a, b) return product(r, 0, nil, 1, a, b) end
define('mv', { types = all, func = { { 'E?, T~2, T~1', plain } }, method = { { 'T!, T~2, T~1', plain } } })
define('mm', { types = all, func = { { 'E?, T~2, T~2', plain } }, method = { { 'T!, T~2, T~2', plain } } })

local function bmm(r, a, b)
  if size(a, 1) ~= size(b, 1) or size(a, 3) ~= size(b, 2) then mismatch('bmm', a, b) end
  fit('bmm', r, size(a, 1), size(a, 2), size(b, 3))
  if C.fbl_batch_product(r, a, b) ~= 0 then fail() end
  return r
end
define('bmm', { types = all, func = { { 'T?, T~3, T~3', bmm } }, method = { { 'T!, T~3, T~3', bmm } } })

local function ger(r, a, b)
  fit('ger', r, size(a, 1), size(b, 1))
  aten['outer.out'](apart(r, a), apart(r, b), r)
  return r
end
define('ger', { types = all, func = { { 'T?, T~1, T~1', ger } }, method = { { 'T!, T~1, T~1', ger } } })

--------------------------------------------------------------------------------------------------
-- r = beta * m + alpha * product(a, b)

local function accumulate(name, check)
  local op = name .. '.out'
  return function(r, beta, m, alpha, a, b)
    check(m, a, b)
    if r ~= m then r:resizeAs(m) end
    aten[op](m, apart(r, a), apart(r, b), beta, alpha, r)
    return r
  end
end

local function require_size(name, m, ...)
  for d = 1, select('#', ...) do
    if size(m, d) ~= (select(d, ...)) then
      raise('size mismatch in %s: the matrix added must have size %s, got %s', name, table.concat({ ... }, 'x'), shape.describe(m))
    end
  end
end

local families = {
  addmv = { '~1', '~2', '~1', function(m, a, b)
    if size(a, 2) ~= size(b, 1) then mismatch('addmv', a, b) end
    require_size('addmv', m, size(a, 1))
  end },
  addmm = { '~2', '~2', '~2', function(m, a, b)
    if size(a, 2) ~= size(b, 1) then mismatch('addmm', a, b) end
    require_size('addmm', m, size(a, 1), size(b, 2))
  end },
  addr = { '~2', '~1', '~1', function(m, a, b) require_size('addr', m, size(a, 1), size(b, 1)) end },
  addbmm = { '~2', '~3', '~3', function(m, a, b)
    if size(a, 1) ~= size(b, 1) or size(a, 3) ~= size(b, 2) then mismatch('addbmm', a, b) end
    require_size('addbmm', m, size(a, 2), size(b, 3))
  end },
  baddbmm = { '~3', '~3', '~3', function(m, a, b)
    if size(a, 1) ~= size(b, 1) or size(a, 3) ~= size(b, 2) then mismatch('baddbmm', a, b) end
    require_size('baddbmm', m, size(a, 1), size(a, 2), size(b, 3))
  end },
}

for name, family in pairs(families) do
  local of_result, of_a, of_b, check = unpack(family)
  local implementation = accumulate(name, check)
  if name == 'addmv' or name == 'addmm' then
    function implementation(r, beta, m, alpha, a, b)
      check(m, a, b)
      if r ~= m then r:resizeAs(m) end
      return product(r, beta, m, alpha, a, b)
    end
  end
  define(name, {
    types = all,
    func = { { ('T?, num=1, T%s, num=1, T%s, T%s'):format(of_result, of_a, of_b), implementation } },
    method = {
      { ('T!%s, T%s=1, num=1, T%s, T%s'):format(of_result, of_result, of_a, of_b),
        function(r, m, alpha, a, b) return implementation(r, 1, m, alpha, a, b) end },
      { ('T!%s, num, T%s=1, num, T%s, T%s'):format(of_result, of_result, of_a, of_b), implementation },
    },
  })
end

-- Squared Euclidean distance of every row of a to every row of b, times a gain.
define('match', {
  types = all,
  func = { { 'T?, T, T, num=1', function(r, a, b, gain)
    local rows_a, rows_b = a:nElement() / a:size(1), b:nElement() / b:size(1)
    if rows_a ~= rows_b then mismatch('match', a, b) end
    local x, y = a:contiguous():view(a:size(1), rows_a), b:contiguous():view(b:size(1), rows_b)
    local differences = aten['sub.Tensor'](aten.unsqueeze(x, 1), aten.unsqueeze(y, 0))
    local distances = aten['sum.dim_IntList'](aten['pow.Tensor_Scalar'](differences, 2), { 2 })
    r:resize(a:size(1), b:size(1)):copy(distances)
    return r:mul(gain)
  end } },
})
