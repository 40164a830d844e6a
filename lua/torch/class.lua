--- Torch's object system: classes made by `torch.class`, the registry that maps a class name to its
-- metatable and back, and the questions asked about any value (`torch.type`, `torch.isTypeOf` ...).
--
-- A class is a metatable. It is its own `__index`, and its own metatable is its parent's, so that
-- LuaJIT finds inherited methods without calling anything. What users call (`nn.Linear`) is a separate
-- constructor table: reading falls through to the metatable, writing goes into it.
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local errors = require 'torch.errors'
local operators = require 'torch.class_operators'

local debug_getmetatable, debug_setmetatable = debug.getmetatable, debug.setmetatable
local rawget, rawset, rawequal, select = rawget, rawset, rawequal, select
local rawtype, cdata_metatable = ctypes.rawtype, ctypes.metatable_of

-- The real Lua registry, as in the original: tests and notebooks redefine a class after
-- `debug.getregistry()['A'] = nil`.
local registry = debug.getregistry()

-- Class metatables of FFI types registered with `torch.metatype`, by C type number.
local metatable_of_ctype = {}
local ffi = require 'ffi'
local typeof = ffi.typeof

--- The metatable that makes `value` a Torch object, or nil. Unlike `getmetatable` it is not misled by
-- a `__metatable` field, so constructor tables do not pass for objects.
local function metatable_of(value)
  if rawtype(value) == 'cdata' then
    return cdata_metatable(value) or metatable_of_ctype[tonumber(typeof(value))]
  end
  return debug_getmetatable(value)
end

-- Packages that read their class files on demand, by package name: a class they have not read yet is looked for there.
local loaders = {}

--- Lets `loader(class)` define the class `package.class` the first time its name is looked up and not found.
function torch._autoload(package, loader)
  loaders[package] = loader
end

local function class_metatable(name)
  local metatable = registry[name]
  if metatable == nil then
    local package, class = name:match('^([^.]+)%.([^.]+)$')
    local loader = loaders[package]
    if loader then
      loader(class)
      metatable = registry[name]
    end
  end
  if rawtype(metatable) == 'table' and rawtype(registry[metatable]) == 'string' then return metatable end
end

--------------------------------------------------------------------------------------------------
-- Questions

--- The class name of a Torch object; nothing for any other value.
function torch.typename(...)
  if select('#', ...) == 0 then errors.argument(1, 'typename', 'value expected') end
  local metatable = metatable_of((...))
  local name = metatable and registry[metatable]
  if rawtype(name) == 'string' then return name end
end

--- The class name of a Torch object, else Lua's `type`.
function torch.type(value)
  local metatable = metatable_of(value)
  local name = metatable and registry[metatable]
  if rawtype(name) == 'string' then return name end
  return type(value)
end

-- Whether a class name satisfies a specification is asked millions of times by module code, and
-- string.match interrupts compiled code, so each answer is remembered.
local answers = {}

local function name_satisfies(name, spec)
  local known = answers[spec]
  if not known then
    known = {}
    answers[spec] = known
  end
  local answer = known[name]
  if answer == nil then
    local found = name:match(spec)
    -- A specification that matched itself held no magic characters: it must then be the whole name.
    answer = found ~= nil and (found ~= spec or name == spec)
    known[name] = answer
  end
  return answer
end

--- Whether `object` is an instance of a class or of one of its descendants.
-- @param spec a class name, a Lua pattern for one, or a constructor table such as `nn.Module`
function torch.isTypeOf(object, spec)
  if rawtype(spec) ~= 'string' then
    local metatable = rawtype(spec) == 'cdata' and cdata_metatable(spec) or getmetatable(spec)
    spec = rawtype(metatable) == 'table' and metatable.__typename
    if rawtype(spec) ~= 'string' then
      errors.raise('type must be provided as [regexp] string, or factory')
    end
  end
  local metatable
  if rawtype(object) == 'cdata' then metatable = metatable_of(object) else metatable = getmetatable(object) end
  while metatable do
    if rawtype(metatable) == 'table' then
      local name = metatable.__typename
      if name and name_satisfies(name, spec) then return true end
    end
    metatable = getmetatable(metatable)
  end
  return false
end

--- The metatable registered for a class name; nothing when there is none.
function torch.getmetatable(name)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'getmetatable', 'string', name) end
  local metatable = class_metatable(name)
  if metatable then return metatable end
end

--- The function that makes an uninitialised instance of a class, or nil.
function torch.factory(name)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'factory', 'string', name) end
  local metatable = class_metatable(name)
  return metatable and rawget(metatable, '__factory')
end

--- The callable table of a class (`nn.Linear`); nothing when the class is unknown.
function torch.getconstructortable(name)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'getconstructortable', 'string', name) end
  local metatable = class_metatable(name)
  if metatable then return rawget(metatable, '__constructor') end
end

--- The `__version` of the class of `object`; nothing for a value without a metatable.
function torch.version(object)
  local metatable = metatable_of(object)
  if metatable then return rawget(metatable, '__version') end
end

--- Whether two values are the same object: the same table, or handles on the same tensor or storage.
function torch.isequal(a, b)
  local kind = rawtype(a)
  if kind ~= rawtype(b) then return false end
  if kind == 'table' then return rawequal(a, b) end
  if kind == 'userdata' then return rawequal(a, b) end
  if kind == 'cdata' then
    for position, value in ipairs { a, b } do
      if not torch.typename(value) then errors.argument(position, 'isequal', 'Torch object expected') end
    end
    return torch.pointer(a) == torch.pointer(b)
  end
  return false
end

--------------------------------------------------------------------------------------------------
-- Instances

local function hooked_index(object, key)
  local metatable = metatable_of(object)
  local hook = metatable.__index__
  if hook ~= nil then
    if rawtype(hook) ~= 'function' then
      errors.raise('critical internal indexing error: __index__ is not a function')
    end
    local value, handled = hook(object, key)
    if handled then return value end
  end
  return metatable[key]
end

local function hooked_newindex(object, key, value)
  local hook = metatable_of(object).__newindex__
  if hook ~= nil then
    if rawtype(hook) ~= 'function' then
      errors.raise('critical internal indexing error: __newindex__ is not a function')
    end
    if hook(object, key, value) then return end
  end
  if rawtype(object) ~= 'table' then
    errors.raise('the class %s cannot be indexed', tostring(torch.typename(object)))
  end
  rawset(object, key, value)
end

local function inherits(metatable, key)
  repeat
    if rawget(metatable, key) ~= nil then return true end
    metatable = debug_getmetatable(metatable)
  until not metatable
  return false
end

-- Classes rarely define `__index__`/`__newindex__`. Those that do are found here, when an instance is
-- made, so that all others keep the native lookup.
local function instantiate(object, metatable)
  if rawget(metatable, '__index') == metatable and inherits(metatable, '__index__') then
    rawset(metatable, '__index', hooked_index)
  end
  if rawget(metatable, '__newindex') == nil and inherits(metatable, '__newindex__') then
    rawset(metatable, '__newindex', hooked_newindex)
  end
  return setmetatable(object, metatable)
end

--- Makes a table an instance of a class and returns it.
function torch.setmetatable(object, name)
  if rawtype(object) ~= 'table' then errors.argument_type(1, 'setmetatable', 'table', object) end
  if rawtype(name) ~= 'string' then errors.argument_type(2, 'setmetatable', 'string', name) end
  local metatable = class_metatable(name)
  if not metatable then errors.raise('unknown typename %s\n', name) end
  -- The table may be an object of another class already, and those protect their metatables.
  debug_setmetatable(object, nil)
  return instantiate(object, metatable)
end

--------------------------------------------------------------------------------------------------
-- Classes

--- The table in which a class is published: `module` if given, else what the dotted name says.
local function home_of(name, module)
  if module then return module end
  local parent = name:match('^(.*)%.[^.]*$')
  local home = _G
  if parent then
    local walked
    for part in (parent .. '.'):gmatch('([^.]*)%.') do
      walked = walked and walked .. '.' .. part or part
      home = home[part]
      if rawtype(home) ~= 'table' then
        errors.raise('while creating metatable %s: bad argument #1 (%s is an invalid module name)', name, walked)
      end
    end
  end
  return home
end

local function write_through(constructor_table, key, value)
  rawset(getmetatable(constructor_table), key, value)
end

local function construct(constructor_table, ...)
  local new = debug_getmetatable(constructor_table).__new
  if new == nil then errors.raise('no constructor available') end
  return new(...)
end

local function make_constructor_table(metatable)
  return setmetatable({}, {
    __index = metatable,
    __newindex = write_through,
    __call = construct,
    __metatable = metatable,
  })
end

local function make_metatable(name)
  local metatable = { __typename = name, __version = 1 }
  metatable.__index = metatable
  metatable.__metatable = metatable
  operators.install(metatable)
  registry[name] = metatable
  registry[metatable] = name
  return metatable
end

local function optional(position, value, kind, what)
  if value ~= nil and rawtype(value) ~= kind then
    errors.argument(position, 'newmetatable', '%s or nil expected', what)
  end
end

--- Registers a class (or completes one that exists) and publishes its constructor table.
-- @param name class name; `package.Class` is published in the table `package`
-- @param parent name of the parent class, or nil
-- @param constructor function(...) that returns a new object, or nil
-- @param destructor function stored as `__gc`, or nil
-- @param factory function() that returns an uninitialised object, or nil
-- @param module table in which the class is published, instead of what the name says
-- @return the metatable
function torch.newmetatable(name, parent, constructor, destructor, factory, module)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'newmetatable', 'string', name) end
  optional(2, parent, 'string', 'parent class name')
  optional(3, constructor, 'function', 'constructor function')
  optional(4, destructor, 'function', 'destructor function')
  optional(5, factory, 'function', 'factory function')
  optional(6, module, 'table', 'module table')

  local home = home_of(name, module)
  local metatable = class_metatable(name) or make_metatable(name)

  if parent then
    if debug_getmetatable(metatable) then
      errors.raise('class %s has been already assigned a parent class\n', name)
    end
    local parent_metatable = class_metatable(parent)
    if not parent_metatable then errors.raise('bad argument #2 (invalid parent class name %s)', parent) end
    debug_setmetatable(metatable, parent_metatable)
  end
  if destructor then
    if rawget(metatable, '__gc') then errors.raise('%s has been already assigned a destructor', name) end
    rawset(metatable, '__gc', destructor)
  end
  if factory then
    if rawget(metatable, '__factory') then errors.raise('%s has been already assigned a factory', name) end
    rawset(metatable, '__factory', factory)
  end

  local constructor_table = rawget(metatable, '__constructor')
  if not constructor_table then
    constructor_table = make_constructor_table(metatable)
    rawset(metatable, '__constructor', constructor_table)
  end
  if constructor then
    local behaviour = debug_getmetatable(constructor_table)
    if behaviour.__new then errors.raise('%s has been already assigned a constructor', name) end
    behaviour.__new = constructor
    rawset(metatable, 'new', constructor)
  end
  home[name:match('[^.]*$')] = constructor_table
  return metatable
end

local usage = '<class name> [<parent class name>] [<module table>] expected'

--- Creates a class whose instances are tables.
-- Accepts `(name)`, `(name, parent)`, `(name, module)` and `(name, parent, module)`.
-- @return the class metatable, on which methods are defined, and the parent's metatable
function torch.class(...)
  local count = select('#', ...)
  local name, parent, module = ...
  if count == 2 and rawtype(parent) == 'table' then parent, module = nil, parent end
  local well_formed = count >= 1 and count <= 3 and rawtype(name) == 'string'
    and (count == 1 or rawtype(parent) == 'string' or (count == 2 and module ~= nil))
    and (count < 3 or rawtype(module) == 'table')
  if not well_formed then errors.raise(usage) end

  local metatable
  local function constructor(...)
    local object = instantiate({}, metatable)
    local init = object.__init
    if init then init(object, ...) end
    return object
  end
  local function factory() return instantiate({}, metatable) end

  metatable = torch.newmetatable(name, parent, constructor, nil, factory, module)
  return metatable, parent and class_metatable(parent)
end

--- Registers any metatable as a Torch class, optionally for the objects of an FFI type.
-- @param ctype C type (object or declaration) whose cdata are instances of the class
function torch.metatype(name, metatable, ctype)
  if rawtype(name) ~= 'string' then errors.argument_type(1, 'metatype', 'string', name) end
  if rawtype(metatable) ~= 'table' then errors.argument_type(2, 'metatype', 'table', metatable) end
  if ctype ~= nil then
    -- A struct and a reference to it are two C types to LuaJIT and one class to the user.
    local declared = typeof(ctype)
    local base = tostring(declared):match('^ctype<(.-)%s*&?>$')
    metatable_of_ctype[tonumber(declared)] = metatable
    metatable_of_ctype[tonumber(typeof(base))] = metatable
    metatable_of_ctype[tonumber(typeof(base .. ' &'))] = metatable
  end
  registry[name] = metatable
  registry[metatable] = name
end

return torch
