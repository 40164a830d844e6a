--- Operators of Torch classes: `a + b` calls the method `__add__`, which (unlike Lua's own `__add`)
-- is inherited and may be defined after the class was made.
local errors = require 'torch.errors'
local ctypes = require 'torch.ctypes'
local debug_getmetatable, rawtype = debug.getmetatable, ctypes.rawtype

local operators = {}

local function metatable_of(value)
  if rawtype(value) == 'cdata' then return ctypes.metatable_of(value) end
  return debug_getmetatable(value)
end

local function class_name(value)
  local metatable = metatable_of(value)
  local name = metatable and debug.getregistry()[metatable]
  return rawtype(name) == 'string' and name or type(value)
end

local function binary(method, absent)
  return function(a, b)
    local metatable = metatable_of(a) or metatable_of(b)
    local handler = metatable[method]
    if handler == nil then return absent(a, b) end
    if rawtype(handler) == 'function' then return handler(a, b) end
  end
end

local function unary(method, absent)
  return function(object, ...)
    local handler = metatable_of(object)[method]
    if handler == nil then return absent(object) end
    if rawtype(handler) == 'function' then return handler(object, ...) end
  end
end

local function lacks_binary(what)
  return function(a, b)
    errors.raise('both %s and %s have no %s operator', class_name(a), class_name(b), what)
  end
end

local function lacks(what)
  return function(object) errors.raise('%s has no %s operator', class_name(object), what) end
end

-- One function per operator, shared by all classes: Lua only consults `__eq`, `__lt` and `__le` when
-- both operands have the same one.
local forwarders = {
  __tostring = unary('__tostring__', class_name),
  __call = unary('__call__', lacks('call')),
  __unm = unary('__unm__', lacks('negation')),
  __len = unary('__len__', lacks('length')),
  __eq = binary('__eq__', function(a, b) return require('torch.namespace').isequal(a, b) end),
}
for name, what in pairs {
  add = 'addition', sub = 'substraction', mul = 'multiplication', div = 'division', mod = 'modulo',
  pow = 'power', concat = 'concat', lt = 'less-than', le = 'less-equal',
} do
  forwarders['__' .. name] = binary('__' .. name .. '__', lacks_binary(what))
end

--- Gives a class metatable every operator.
function operators.install(metatable)
  for name, forwarder in pairs(forwarders) do metatable[name] = forwarder end
end

return operators
