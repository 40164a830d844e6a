--- How argcheck tells types. Replace `istype` for a class system of your own; functions made before keep the old one.
--
-- These functions travel with the checked functions that Torch writes into files, so they use global names only.
local env = {}

--- Name of the Torch class of a value, or of the class that its metatable names, else its Lua type.
function env.type(value)
  local torch = package.loaded['torch']
  local name = torch and torch.typename(value)
  if name then return name end
  local metatable = getmetatable(value)
  if type(value) == 'table' and type(metatable) == 'table' and type(metatable.__typename) == 'string' then
    return metatable.__typename
  end
  return type(value)
end

--- Whether a value is of a type: a Lua type, or a class or one that it inherits from; `torch.*Tensor` is a pattern.
function env.istype(value, name)
  local torch = package.loaded['torch']
  local class = torch and torch.typename(value)
  -- what is no table, such as a tds.Hash, has a class but no metatable to follow
  if class then return class == name or torch.isTypeOf(value, name) end
  local kind = type(value)
  if kind == name then return true end
  if kind ~= 'table' then return false end
  local metatable = getmetatable(value)
  while type(metatable) == 'table' do
    if rawget(metatable, '__typename') == name then return true end
    metatable = getmetatable(metatable)
  end
  return false
end

return env
