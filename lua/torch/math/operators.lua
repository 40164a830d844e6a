--- `+ - * / %` and unary minus.
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local tensors = require 'torch.tensor.metatype'
local torch = require 'torch.namespace'

local C, raise = bridge.C, bridge.raise
local is_tensor, rawtype = ctypes.is_tensor, ctypes.rawtype
local ADD, MUL, DIV = C.FBL_ADD, C.FBL_MUL, C.FBL_DIV

local function install(metatable, _, ctype)
  local function scalar(op, a, value)
    local r = ctype()
    if C.fbl_with_scalar(op, r, a, value) ~= 0 then bridge.fail() end
    return tensors.charge(r)
  end

  local function wrong(name, a, b)
    raise('%s of %s and %s is not supported', name, torch.type(a), torch.type(b))
  end

  local function add(a, b, scale, name)
    if rawtype(b) == 'number' then return scalar(ADD, a, scale * b) end
    if not is_tensor(b) then wrong(name, a, b) end
    local r = ctype()
    if C.fbl_with_tensor(ADD, r, a, scale, b) ~= 0 then bridge.fail() end
    return tensors.charge(r)
  end

  function metatable.__add__(a, b)
    if rawtype(a) == 'number' then a, b = b, a end
    return add(a, b, 1, 'addition')
  end

  function metatable.__sub__(a, b)
    if rawtype(a) == 'number' then return scalar(ADD, scalar(MUL, b, -1), a) end
    return add(a, b, -1, 'subtraction')
  end

  function metatable.__unm__(a) return scalar(MUL, a, -1) end

  function metatable.__mul__(a, b)
    if rawtype(a) == 'number' then return scalar(MUL, b, a) end
    if rawtype(b) == 'number' then return scalar(MUL, a, b) end
    if not is_tensor(a) or not is_tensor(b) then wrong('multiplication', a, b) end
    local da, db = C.fbl_dim(a), C.fbl_dim(b)
    if da == 1 and db == 1 then return a:dot(b) end
    if da == 2 and db == 1 then return metatable.torch.mv(a, b) end
    if da == 2 and db == 2 then return metatable.torch.mm(a, b) end
    raise('multiplication between %dD and %dD tensors not yet supported', da, db)
  end

  function metatable.__div__(a, b)
    if rawtype(b) ~= 'number' then wrong('division', a, b) end
    return scalar(DIV, a, b)
  end

  function metatable.__mod__(a, b)
    if rawtype(b) ~= 'number' then wrong('remainder', a, b) end
    return metatable.torch.remainder(a, b)
  end
end

tensors.each(install)
