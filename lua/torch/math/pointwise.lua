--- Element-by-element functions.
local bridge = require 'bridge'
local overload = require 'torch.overload'
local torch = require 'torch.namespace'
local support = require 'torch.math.support'

local C, aten, fail, raise = bridge.C, bridge.aten, bridge.fail, bridge.raise
local define, all, real, signed = overload.define, overload.all, overload.real, overload.signed
local match, like, number, is_integer = support.match, support.like, support.number, support.is_integer
local ADD, SUB, MUL, DIV = C.FBL_ADD, C.FBL_SUB, C.FBL_MUL, C.FBL_DIV

-- The only functions that half precision has.
local storable = { 'Half', unpack(all) }

define('fill', { types = storable, both = { { 'T!, num', function(t, value)
  if C.fbl_fill(t, value) ~= 0 then fail() end
  return t
end } } })

define('zero', { types = storable, both = { { 'T!', function(t)
  if C.fbl_fill(t, 0) ~= 0 then fail() end
  return t
end } } })

--------------------------------------------------------------------------------------------------
-- Arithmetic

local charge = support.tensors.charge

local function with_scalar(op)
  return function(r, a, value)
    if C.fbl_with_scalar(op, r, a, value) ~= 0 then fail() end
    return charge(r)
  end
end

local function with_tensor(op)
  return function(r, a, scale, b)
    if C.fbl_with_tensor(op, r, a, scale, b) ~= 0 then fail() end
    return charge(r)
  end
end

local function plain(op)
  local compute = with_tensor(op)
  return function(r, a, b) return compute(r, a, 1, b) end
end

local function scaled(names, op)
  define(names, {
    types = all,
    func = { { 'E?, T, num', with_scalar(op) }, { 'E?, T, num=1, T', with_tensor(op) } },
    method = { { 'T!, T=1, num', with_scalar(op) }, { 'T!, T=1, num=1, T', with_tensor(op) } },
  })
end
scaled('add', ADD)
scaled('csub', SUB)

--- Functions of a tensor and a number.
local function with_number(names, implementation, result)
  define(names, {
    types = all,
    func = { { (result or 'T?') .. ', T, num', implementation } },
    method = { { 'T!, T=1, num', implementation } },
  })
end

--- Functions of two tensors, element by element.
local function pairwise(names, implementation, result)
  define(names, {
    types = all,
    func = { { (result or 'T?') .. ', T, T', implementation } },
    method = { { 'T!, T=1, T', implementation } },
  })
end

with_number('mul', with_scalar(MUL), 'E?')
with_number('div', with_scalar(DIV), 'E?')
pairwise('cmul', plain(MUL), 'E?')
pairwise('cdiv', plain(DIV), 'E?')

-- An ATen function with an out variant, of a tensor and a number.
local function aten_with_number(name)
  local op = name .. '.Scalar_out'
  return function(r, a, value)
    local n = number(a, value)
    match(r, a)
    aten[op](a, n, r)
    return r
  end
end

local function aten_pairwise(name)
  local op = name .. '.Tensor_out'
  return function(r, a, b)
    match(r, a)
    aten[op](a, like(b, a), r)
    return r
  end
end

-- Of whole numbers: by zero there is none, and the processor traps on that of the smallest number by -1; by 1 it is 0 too.
local function safe_divisor(name, a, b)
  if type(b) == 'number' then
    local divisor = number(a, b)
    if divisor == 0 then raise('%s: division by zero of an integer tensor', name) end
    return divisor == -1 and 1 or b
  end
  if C.fbl_numel(b) == 0 then return b end
  if b:eq(0):max() == 1 then raise('%s: division by zero of an integer tensor', name) end
  local negating = b:eq(-1)
  if negating:max() == 0 then return b end
  local copy = b:clone()
  copy:maskedFill(negating, 1)
  return copy
end

local function remainder_of(name, implementation)
  return function(r, a, b) return implementation(r, a, is_integer(a) and safe_divisor(name, a, b) or b) end
end

with_number('fmod', remainder_of('fmod', aten_with_number('fmod')))
with_number('remainder mod', remainder_of('remainder', aten_with_number('remainder')))
pairwise('cfmod', remainder_of('cfmod', aten_pairwise('fmod')))
pairwise('cremainder cmod', remainder_of('cremainder', aten_pairwise('remainder')))

-- Shifts of float and double tensors scale by powers of two.
local function shift_number(direction)
  local op = direction > 0 and 'bitwise_left_shift.Tensor_Scalar_out' or 'bitwise_right_shift.Tensor_Scalar_out'
  return function(r, a, value)
    if not is_integer(a) then return with_scalar(MUL)(r, a, 2 ^ (direction * value)) end
    match(r, a)
    aten[op](a, number(a, value), r)
    return r
  end
end

local function shift_pairwise(direction)
  local op = direction > 0 and 'bitwise_left_shift.Tensor_out' or 'bitwise_right_shift.Tensor_out'
  return function(r, a, b)
    match(r, a)
    b = like(b, a)
    if is_integer(a) then
      aten[op](a, b, r)
    else
      local factors = aten.exp2(direction > 0 and b or aten.neg(b))
      with_tensor(MUL)(r, a, 1, factors)
    end
    return r
  end
end

with_number('lshift', shift_number(1))
with_number('rshift', shift_number(-1))
pairwise('clshift', shift_pairwise(1))
pairwise('crshift', shift_pairwise(-1))

local function whole_numbers_only(name, implementation)
  return function(r, a, b)
    if not is_integer(a) then raise('%s is only supported for integer type tensors', name) end
    return implementation(r, a, b)
  end
end

for _, name in ipairs { 'and', 'or', 'xor' } do
  with_number('bit' .. name, whole_numbers_only('bit' .. name, aten_with_number('bitwise_' .. name)))
  pairwise('cbit' .. name, whole_numbers_only('cbit' .. name, aten_pairwise('bitwise_' .. name)))
end

pairwise('cpow', function(r, a, b)
  match(r, a)
  aten['pow.Tensor_Tensor_out'](a, like(b, a), r)
  return r
end)

local function addcmul(r, a, scale, b, c)
  if not is_integer(a) and C.fbl_device(a) < 0 then
    if C.fbl_add_product(r, a, scale, b, c) ~= 0 then fail() end
    return r
  end
  match(r, a)
  aten['addcmul.out'](a, like(b, a), like(c, a), number(a, scale), r)
  return r
end
define('addcmul', {
  types = all,
  func = { { 'T?, T, num=1, T, T', addcmul } },
  method = { { 'T!, T=1, num=1, T, T', addcmul } },
})

local function addcdiv(r, a, scale, b, c)
  b, c = like(b, a), like(c, a)
  match(r, a)
  if not is_integer(a) then
    aten['addcdiv.out'](a, b, c, scale, r)
  else
    aten['add.out'](a, torch.cdiv(aten['mul.Scalar'](b, number(a, scale)), c), 1, r)
  end
  return r
end
define('addcdiv', {
  types = all,
  func = { { 'T?, T, num=1, T, T', addcdiv } },
  method = { { 'T!, T=1, num=1, T, T', addcdiv } },
})

--------------------------------------------------------------------------------------------------
-- Limits and signs

local function clamp(r, a, low, high)
  match(r, a)
  aten['clamp.out'](a, number(a, low), number(a, high), r)
  return r
end
define('clamp', { types = all, func = { { 'T?, T, num, num', clamp } }, method = { { 'T!, T=1, num, num', clamp } } })

for name, op in pairs { cmax = 'maximum', cmin = 'minimum' } do
  local function of_tensor(r, a, b)
    match(r, a)
    aten[op .. '.out'](a, like(b, a), r)
    return r
  end
  local bound = name == 'cmax' and 'clamp_min.out' or 'clamp_max.out'
  local function of_number(r, a, value)
    match(r, a)
    aten[bound](a, number(a, value), r)
    return r
  end
  define(name, {
    types = all,
    func = { { 'T?, T, T', of_tensor }, { 'T?, T, num', of_number } },
    method = { { 'T?, T=1, T', of_tensor }, { 'T?, T=1, num', of_number } },
  })
end

local function unary(op)
  return function(r, a)
    if C.fbl_unary(op, r, a) ~= 0 then fail() end
    return charge(r)
  end
end

local function sign(r, a)
  match(r, a)
  aten['sign.out'](a, r)
  -- The sign of NaN was 0.
  if not is_integer(a) then aten.nan_to_num_(r, 0) end
  return r
end
define('sign', { types = all, func = { { 'T?, T', sign } }, method = { { 'T!, T=1', sign } } })

local abs = unary(C.FBL_ABS)
define('abs', {
  types = signed,
  func = { { 'E?, T', abs }, { 'num', math.abs } },
  method = { { 'T!, T=1', abs }, { 'num', math.abs } },
})

--------------------------------------------------------------------------------------------------
-- Functions of real numbers; each is also a function of a plain number

local function round(x) return x >= 0 and math.floor(x + 0.5) or math.ceil(x - 0.5) end
local function trunc(x) return x >= 0 and math.floor(x) or math.ceil(x) end
require('ffi').cdef('double log1p(double);')

local reals = {
  log = { C.FBL_LOG, math.log }, log1p = { C.FBL_LOG1P, function(x) return require('ffi').C.log1p(x) end }, exp = { C.FBL_EXP, math.exp },
  cos = { C.FBL_COS, math.cos }, acos = { C.FBL_ACOS, math.acos }, cosh = { C.FBL_COSH, math.cosh },
  sin = { C.FBL_SIN, math.sin }, asin = { C.FBL_ASIN, math.asin }, sinh = { C.FBL_SINH, math.sinh },
  tan = { C.FBL_TAN, math.tan }, atan = { C.FBL_ATAN, math.atan }, tanh = { C.FBL_TANH, math.tanh },
  sqrt = { C.FBL_SQRT, math.sqrt }, rsqrt = { C.FBL_RSQRT, function(x) return 1 / math.sqrt(x) end },
  ceil = { C.FBL_CEIL, math.ceil }, floor = { C.FBL_FLOOR, math.floor }, trunc = { C.FBL_TRUNC, trunc },
  round = { C.FBL_ROUND, round }, frac = { C.FBL_FRAC, function(x) return x - trunc(x) end },
  sigmoid = { C.FBL_SIGMOID, function(x) return 1 / (1 + math.exp(-x)) end },
}

for name, row in pairs(reals) do
  local implementation, of_number = unary(row[1]), row[2]
  define(name, {
    types = real,
    func = { { 'E?, T', implementation }, { 'num', of_number } },
    method = { { 'T!, T=1', implementation }, { 'num', of_number } },
  })
end

for name, op in pairs { neg = C.FBL_NEG, cinv = C.FBL_RECIPROCAL } do
  define(name, { types = real, func = { { 'E?, T', unary(op) } }, method = { { 'T!, T=1', unary(op) } } })
end

local function lerp(r, a, b, weight)
  match(r, a)
  aten['lerp.Scalar_out'](a, like(b, a), weight, r)
  return r
end
local function lerp_numbers(a, b, weight) return a + weight * (b - a) end
define('lerp', {
  types = real,
  func = { { 'T?, T, T, num', lerp }, { 'num, num, num', lerp_numbers } },
  method = { { 'T!, T=1, T, num', lerp }, { 'num, num, num', lerp_numbers } },
})

local function atan2(r, a, b)
  match(r, a)
  aten['atan2.out'](a, like(b, a), r)
  return r
end
define('atan2', {
  types = real,
  func = { { 'T?, T, T', atan2 }, { 'num, num', math.atan2 } },
  method = { { 'T!, T=1, T', atan2 }, { 'num, num', math.atan2 } },
})

local function pow(r, a, exponent)
  match(r, a)
  aten['pow.Tensor_Scalar_out'](a, exponent, r)
  return r
end
local function pow_of_number(r, base, a)
  match(r, a)
  aten['pow.Scalar_out'](base, a, r)
  return r
end
define('pow', {
  types = real,
  func = { { 'T?, T, num', pow }, { 'T?, num, T', pow_of_number }, { 'num, num', math.pow } },
  method = { { 'T!, T=1, num', pow }, { 'T!, num, T=1', pow_of_number }, { 'num, num', math.pow } },
})
