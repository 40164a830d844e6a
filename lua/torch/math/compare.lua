--- Comparisons, which give ByteTensors of 0 and 1 (or fill a tensor given first), and questions about all elements.
local bridge = require 'bridge'
local overload = require 'torch.overload'
local support = require 'torch.math.support'

local C, aten = bridge.C, bridge.aten
local match, like, charge = support.match, support.like, support.tensors.charge
local define, all = overload.define, overload.all

for _, name in ipairs { 'lt', 'gt', 'le', 'ge', 'eq', 'ne' } do
  local op, of_tensor = C['FBL_' .. name:upper()], name .. '.Tensor_out'

  local function with_number(r, a, value)
    if C.fbl_compare(op, r, a, value) ~= 0 then bridge.fail() end
    return charge(r)
  end

  local function with_tensor(r, a, b)
    match(r, a)
    aten[of_tensor](a, like(b, a), r)
    return r
  end

  define(name, {
    types = all,
    both = { { 'M?, T, num', with_number }, { 'T!, T, num', with_number }, { 'B?, T, T', with_tensor }, { 'T!, T, T', with_tensor } },
  })
end

define('equal', { types = all, both = { { 'T, T', function(a, b)
  if C.fbl_same_size(a, b) == 0 then return false end
  return C.fbl_numel(a) == 0 or aten.equal(a, b)
end } } })

define('all', { types = overload.byte, both = { { 'T', function(t) return C.fbl_numel(t) == 0 or aten.all(t)[1] ~= 0 end } } })
define('any', { types = overload.byte, both = { { 'T', function(t) return C.fbl_numel(t) > 0 and aten.any(t)[1] ~= 0 end } } })
