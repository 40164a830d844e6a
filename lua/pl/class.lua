--- Classes: `class(base)`, `class.Name(base)` which also sets a variable of that name, and `class{methods}`.
--
-- A class is the metatable of its instances. It takes over the fields of its base when it is made, metamethods included;
-- what a base gets later is still found through the class's own metatable.
local RESERVED = {
  _class = true, _base = true, _name = true, _init = true, _create = true, _handler = true, _class_body = true,
  __index = true, is_a = true, class_of = true, cast = true, catch = true,
}

local function is_class(value) return type(value) == 'table' and rawget(value, '_class') == value end

-- Nearest class, from `class` on, that has its own constructor.
local function owner_of_init(class)
  while class do
    local init = rawget(class, '_init')
    if init then return class, init end
    class = rawget(class, '_base')
  end
end

-- While a constructor runs its object has a field `super` that calls the constructor of the nearest base. Each call nests,
-- so the field is put back to what it was.
local function initialise(object, class, ...)
  local owner, init = owner_of_init(class)
  if not owner then return nil end
  local outer = rawget(object, 'super')
  local base = rawget(owner, '_base')
  rawset(object, 'super', function(self, ...)
    if not owner_of_init(base) then error('there is no constructor to call with super()', 2) end
    return initialise(self, base, ...)
  end)
  local result = init(object, ...)
  rawset(object, 'super', outer)
  return result
end

local function construct(class, ...)
  local create = class._create
  local object
  if create then
    object = create(...)
    if object == nil then object = {} end
  else
    object = {}
  end
  setmetatable(object, class)
  local replacement = initialise(object, class, ...)
  if replacement ~= nil then
    object = replacement
    setmetatable(object, class)
  end
  local finish = class._post_init
  if finish then finish(object) end
  return object
end

local function is_a(object, class)
  if class == nil then return getmetatable(object) end
  local own = getmetatable(object)
  while own do
    if rawequal(own, class) then return true end
    own = type(own) == 'table' and rawget(own, '_base') or nil
  end
  return false
end

local function class_of(class, value)
  if type(value) ~= 'table' or not rawget(getmetatable(value) or {}, '_class') then return false end
  return is_a(value, class)
end

local function cast(class, object) return setmetatable(object, class) end

-- Makes reads of unknown fields of instances call `handler(object, key)`.
local function set_handler(class, handler)
  if type(handler) == 'function' then
    class._handler = handler
    class.__index = function(object, key)
      local value = class[key]
      if value ~= nil then return value end
      return handler(object, key)
    end
  else
    class.__index = handler or class
  end
end

local function default_text(class)
  return function(object)
    local metatable = getmetatable(object)
    local text = tostring(setmetatable(object, nil)):gsub('^table', class._name or 'object')
    setmetatable(object, metatable)
    return text
  end
end

local properties

local function make(base, constructor_argument, class)
  local plain = base
  class = class or {}
  if type(base) == 'table' and not is_class(base) then -- a table of methods, which may name its base
    class = plain
    base = rawget(plain, '_base')
  end
  if base ~= nil and not is_class(base) then error('must derive from a class: the base is a ' .. type(base), 3) end

  if base then
    for name, value in pairs(base) do
      if not RESERVED[name] and rawget(class, name) == nil then class[name] = value end
    end
  end
  class._base, class._class = base, class
  class.is_a, class.class_of, class.cast, class.catch = is_a, class_of, cast, set_handler
  local create = base and base._create
  if rawget(class, '_create') == nil then class._create = create end
  set_handler(class, base and base._handler)

  setmetatable(class, {
    __call = function(self, ...) return construct(self, ...) end,
    __index = base,
  })
  if base and base._class_init then base._class_init(class, constructor_argument) end
  return class
end

-- The environment of the function that wrote `class.Name(...)`, which is where the name goes.
local function named(environment, name)
  return function(...)
    local class = make(...)
    class._name = name
    if rawget(class, '__tostring') == nil then class.__tostring = default_text(class) end
    rawset(environment, name, class)
    return class
  end
end

local class = setmetatable({}, {
  __call = function(_, ...) return make(...) end,
  __index = function(_, name)
    if name == 'class' then
      error('class: the name has to be given, as in class.Name(base)', 2)
    elseif name == 'properties' then
      return properties
    end
    return named(getfenv(2), name)
  end,
})

--- Base of classes whose fields are served by methods: `get_x(self)` reads x, `set_x(self, value)` writes it; a field
-- without them is kept in `_x`.
properties = make()

function properties._class_init(derived)
  -- Looked up at each access: methods are defined after the class is.
  derived.__index = function(object, key)
    local value = derived[key]
    if value ~= nil then return value end
    local getter = derived['get_' .. tostring(key)]
    if getter then return getter(object) end
    return rawget(object, '_' .. tostring(key))
  end
  derived.__newindex = function(object, key, value)
    local setter = derived['set_' .. tostring(key)]
    if setter then
      setter(object, value)
    else
      rawset(object, key, value)
    end
  end
end

return class
