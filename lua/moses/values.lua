--- What one value is: its type, whether it equals another, its copy.
local M = {}

local floor, huge = math.floor, math.huge

local function is(name)
  return function(value) return type(value) == name end
end

M.isTable = is 'table'
M.isString = is 'string'
M.isFunction = is 'function'
M.isNumber = is 'number'
M.isBoolean = is 'boolean'
M.isNil = is 'nil'

--- Whether a value can be called: a function, or a table whose metatable has `__call`.
function M.isCallable(value)
  if type(value) == 'function' then return true end
  local meta = type(value) == 'table' and getmetatable(value)
  return type(meta) == 'table' and meta.__call ~= nil
end

--- Whether a value is a table whose keys are 1 to n, with none left out.
function M.isArray(value)
  if type(value) ~= 'table' then return false end
  local n = 0
  for _ in pairs(value) do
    n = n + 1
    if value[n] == nil then return false end
  end
  return true
end

--- Whether `pairs` accepts a value.
function M.isIterable(value)
  return (pcall(pairs, value))
end

--- Whether a string has no characters or a table no entries. Every other value counts as empty, nil and numbers too.
function M.isEmpty(value)
  if type(value) == 'string' then return value == '' end
  if type(value) == 'table' then return next(value) == nil end
  return true
end

function M.isNaN(value)
  return type(value) == 'number' and value ~= value
end

function M.isFinite(value)
  return type(value) == 'number' and value > -huge and value < huge
end

--- Whether a value is a whole number. Infinity counts as one, as it did in Moses 1.
function M.isInteger(value)
  return type(value) == 'number' and floor(value) == value
end

--- false for nil and false, true for everything else.
function M.toBoolean(value)
  return not not value
end

local function comparer(t)
  local meta = getmetatable(t)
  return type(meta) == 'table' and meta.__eq
end

--- Whether two values are equal, tables by their entries at any depth. Metatables play no part, except that with
-- `useMeta` two tables are equal when the `__eq` of either says so, where one of them has one.
function M.isEqual(a, b, useMeta)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  if useMeta then
    local ofA, ofB = comparer(a), comparer(b)
    if ofA or ofB then return ofA and ofA(a, b) or ofB and ofB(a, b) or false end
  end
  local left = 0
  for key, value in pairs(a) do
    local other = b[key]
    if other == nil or not M.isEqual(value, other, useMeta) then return false end
    left = left + 1
  end
  for _ in pairs(b) do left = left - 1 end
  return left == 0
end

--- A copy of a table without its metatable; the tables in it are copied too, or shared when `shallow`. Other values
-- are returned as they are. A table that contains itself cannot be copied.
function M.clone(value, shallow)
  if type(value) ~= 'table' then return value end
  local copy = {}
  for key, item in pairs(value) do
    if not shallow then item = M.clone(item) end
    copy[key] = item
  end
  return copy
end

--- Whether an object has something under a key, be it false, be it through its metatable.
function M.has(object, key)
  return object[key] ~= nil
end

return M
