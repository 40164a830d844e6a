--- Named classes with single inheritance: `class('B', 'A')`, or `class.new('B', 'A')`.
--
-- A class is a metatable, found by its name. Its own metatable is its parent's, so that methods are inherited without a
-- function call. What `class` answers is a constructor table: calling it makes an instance, its fields are the metatable's.
local ffi = require 'ffi'

local class = {}

local metatables = {}
-- Metatables of the classes whose instances are objects of an FFI type, by C type number.
local metatable_of_ctype = {}

local function metatable_of(value)
  if type(value) == 'table' then return getmetatable(value) end
  if pcall(ffi.typeof, value) then return metatable_of_ctype[tonumber(ffi.typeof(value))] end
end

local function class_name(metatable)
  local name = type(metatable) == 'table' and rawget(metatable, '__typename')
  if name and metatables[name] == metatable then return name end
end

local function need_name(position, value, fn)
  if type(value) ~= 'string' then
    error(("bad argument #%d to '%s' (a class name is expected, got %s)"):format(position, fn, type(value)), 3)
  end
end

local function make_constructor(metatable)
  return setmetatable({}, {
    __index = metatable,
    __newindex = metatable,
    __call = function(_, ...) return metatable.new(...) end,
    __metatable = metatable,
  })
end

--- Creates a class; answers its constructor table and the parent's metatable.
-- @param parent name of the class it inherits from, or nil
-- @param ctype FFI type whose objects are the instances, instead of tables
function class.new(name, parent, ctype)
  need_name(1, name, 'new')
  if parent ~= nil and type(parent) ~= 'string' and ctype == nil then parent, ctype = nil, parent end
  if parent ~= nil then need_name(2, parent, 'new') end
  if metatables[name] then error(('class <%s> already exists'):format(name), 2) end
  local parent_metatable = parent and metatables[parent]
  if parent and not parent_metatable then error(('parent class <%s> does not exist'):format(parent), 2) end

  local metatable = { __typename = name }
  metatable.__index = metatable
  if parent_metatable then setmetatable(metatable, parent_metatable) end
  metatables[name] = metatable

  local ctype_constructor
  if ctype ~= nil then
    local declared = ffi.typeof(ctype)
    metatable_of_ctype[tonumber(declared)] = metatable
    ctype_constructor = ffi.metatype(declared, metatable)
  end
  function metatable.__factory()
    if ctype_constructor then return ctype_constructor() end
    return setmetatable({}, metatable)
  end
  function metatable.new(...)
    local object = metatable.__factory()
    local init = metatable.__init
    if init then init(object, ...) end
    return object
  end
  return make_constructor(metatable), parent_metatable
end

--- A new instance whose `__init` has not been called.
function class.factory(name)
  need_name(1, name, 'factory')
  local metatable = metatables[name]
  if not metatable then error(('unknown class <%s>'):format(name), 2) end
  return metatable.__factory()
end

--- The metatable of a class, which holds its methods; nil for an unknown name.
function class.metatable(name)
  need_name(1, name, 'metatable')
  return metatables[name]
end

--- The class name of an instance, else the Lua type.
function class.type(value) return class_name(metatable_of(value)) or type(value) end

--- Whether a value is an instance of a class or of one that inherits from it, or of a Lua type.
function class.istype(value, name)
  local metatable = metatable_of(value)
  if not class_name(metatable) then return type(value) == name end
  while metatable do
    if rawget(metatable, '__typename') == name then return true end
    metatable = getmetatable(metatable)
  end
  return false
end

return setmetatable(class, { __call = function(_, ...) return class.new(...) end })
