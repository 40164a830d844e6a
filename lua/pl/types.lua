--- Questions about values: what they are and what can be done with them.
local raw_io_type = io.type

local types = {}

local function has(value, event)
  local metatable = debug.getmetatable(value)
  -- As Lua does: a metamethod that the metatable inherits does not count.
  return type(metatable) == 'table' and rawget(metatable, event) ~= nil
end

--- Whether a value can be called.
function types.is_callable(value) return type(value) == 'function' or has(value, '__call') end

--- Whether a value is of a type: the name of a Lua type, or its metatable.
function types.is_type(value, kind)
  if type(kind) == 'string' then return type(value) == kind end
  return getmetatable(value) == kind
end

--- Name of a type: `file` for files, the `_name` of a Penlight class, else what Lua's `type` says.
function types.type(value)
  local kind = type(value)
  if kind ~= 'table' and kind ~= 'userdata' then return kind end
  local metatable = getmetatable(value)
  if kind == 'userdata' and raw_io_type(value) then return 'file' end
  if metatable == nil then return kind end
  return type(metatable) == 'table' and metatable._name or 'unknown ' .. kind
end

--- Whether a number has no fraction.
function types.is_integer(x) return math.ceil(x) == x end

--- Whether a value is nil, an empty table or string (with `ignore_spaces`: only white space), or a file or the like.
function types.is_empty(value, ignore_spaces)
  local kind = type(value)
  if value == nil then return true end
  if kind == 'table' then return next(value) == nil end
  if kind == 'string' then return value == '' or (ignore_spaces ~= nil and ignore_spaces and not value:find '%S') end
  return true
end

local function is_table_or(value, event) return type(value) == 'table' or has(value, event) or nil end

--- Whether a value has a length and elements.
function types.is_indexable(value)
  return type(value) == 'table' or has(value, '__len') and has(value, '__index') or nil
end

--- Whether `pairs` can go over a value. Anything with its own metamethods is also taken to be a sequence.
function types.is_iterable(value) return is_table_or(value, '__pairs') end

--- Whether fields can be set.
function types.is_writeable(value) return is_table_or(value, '__newindex') end

local TRUE_WORDS = { yes = true, y = true, ['true'] = true, t = true, ['1'] = true }

--- A value as a boolean: the words yes, y, true, t, 1 and others in `words`, numbers other than 0.
-- @param objects whether other values are true too unless they are empty
function types.to_bool(value, words, objects)
  local kind = type(value)
  if kind == 'boolean' then return value end
  if kind == 'number' then return value ~= 0 end
  if kind == 'string' then
    local word = value:lower()
    if TRUE_WORDS[word] then return true end
    for _, other in ipairs(words or {}) do
      if word == other or value == other then return true end
    end
    return false
  end
  if objects then return kind ~= 'nil' and not (kind == 'table' and next(value) == nil) end
  return false
end

return types
