--- Writes Lua values and Torch objects to a File in the format of .t7 files.
--
-- Every value is its type code followed by its content. Tables, Torch objects and functions carry a
-- number by which later occurrences refer to the first. Tables nest as deep as memory allows: the
-- writer keeps its own stack of the tables it is inside of, and only custom `write` methods recurse.
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
local closures = require 'torch.closures'
local errors = require 'torch.errors'
local rawtype = ctypes.rawtype
local next, rawget = next, rawget
local debug_getmetatable = debug.getmetatable

local writer = {}

local NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = 0, 1, 2, 3, 4, 5

-- What the fields of a stack entry are for: naming a value in an error message.
local PLAIN, UPVALUES, UPVALUE = 1, 2, 3
-- Marks a stack entry whose next step is a key, not the value of the key just written.
local NO_VALUE = {}

local function new_state()
  return {
    count = 0,              -- objects numbered so far
    numbers = {},           -- object -> number; tensors and storages by address, as handles come and go
    kept = {},              -- what must stay alive so that its address is not used again
    variables = {},         -- upvalue -> number
    variable_count = 0,
    open = {},              -- without references: the objects now being written, to find cycles
    depth = 0,              -- stack of tables being written
    tables = {}, keys = {}, values = {}, kinds = {}, names = {}, owners = {},
    calls = 0,              -- nested calls of writeObject: their names, and the depth at which they began
    call_names = {}, call_depths = {},
  }
end

--- Adds what an error calls the step at a level of the stack.
local function add_step(parts, state, level)
  local kind, key = state.kinds[level], state.keys[level]
  if state.names[level] then parts[#parts + 1] = state.names[level] end
  if kind == UPVALUE then
    if key == 'value' then parts[#parts + 1] = tostring(state.tables[level].name) end
  elseif kind == PLAIN and key ~= nil then
    local shown = state.values[level] == NO_VALUE and (type(key) == 'string' or type(key) == 'number')
    parts[#parts + 1] = shown and tostring(key) or '<?>'
  end
end

--- Where in the object the writer is, as in `<?>.model.modules.3`: every `writeObject` (the script's, and
-- those of `write` methods) begins with a name of its own.
local function path(state)
  local parts, level = {}, 1
  for call = 1, state.calls do
    while level <= state.call_depths[call] do
      add_step(parts, state, level)
      level = level + 1
    end
    parts[#parts + 1] = state.call_names[call]
  end
  for rest = level, state.depth do add_step(parts, state, rest) end
  return table.concat(parts, '.')
end

local function push(state, tbl, owner, kind, name)
  local depth = state.depth + 1
  state.depth = depth
  state.owners[depth] = owner
  state.open[owner] = true
  state.tables[depth], state.keys[depth], state.values[depth] = tbl, nil, NO_VALUE
  state.kinds[depth], state.names[depth] = kind, name
end

--- Writes the number of entries of `tbl` and leaves them, as part of `owner`, on the stack.
local function write_table(file, state, codec, tbl, owner, kind, name)
  local count = 0
  local metatable = debug_getmetatable(tbl)
  if metatable and rawget(metatable, '__pairs') then
    -- Such a table decides what it contains: its answer is written in its place.
    local content = {}
    for key, value in pairs(tbl) do content[key] = value end
    tbl = content
  end
  for _ in next, tbl do count = count + 1 end
  codec.write_int(file, count)
  if count > 0 then push(state, tbl, owner, kind, name) end
end

local function number_of_variable(state)
  return function(token)
    local number = state.variables[token]
    if not number then
      number = state.variable_count + 1
      state.variable_count = number
      state.variables[token] = number
    end
    return number
  end
end

--- Numbers a new object; returns nil after writing a reference to one that was written before.
local function enter(file, state, codec, object)
  local key = object
  if rawtype(object) == 'cdata' then key = torch.pointer(object) end
  if file._referenced ~= false then
    local number = state.numbers[key]
    if number then
      codec.write_int(file, number)
      return false
    end
  elseif state.open[key] then
    errors.raise('cannot write an object that contains itself while references are off (file:referenced(false))')
  end
  local number = state.count + 1
  state.count = number
  if file._referenced ~= false then
    state.numbers[key] = number
    state.kept[number] = object
  end
  codec.write_int(file, number)
  return true
end

--- A method of the class of an object that may be spelled `name` or `__name`.
function writer.method(object, name)
  local class = torch.typename(object)
  local metatable = class and torch.getmetatable(class)
  local method = metatable and (metatable['__' .. name] or metatable[name])
  if rawtype(method) == 'function' then return method end
end

--- Whether a value has a place in the format: a table, number, string, boolean, nil, Lua function, or
-- any Torch object.
function writer.writable(value)
  local kind = rawtype(value)
  if kind == 'function' then return closures.writable(value) end
  return kind == 'nil' or kind == 'boolean' or kind == 'number' or kind == 'string' or kind == 'table'
    or torch.typename(value) ~= nil
end

local function write_string(file, codec, text)
  codec.write_int(file, #text)
  codec.write_chars(file, text)
end

local function write_torch_object(file, state, codec, object)
  local class = torch.typename(object)
  write_string(file, codec, 'V ' .. tostring(torch.version(object)))
  write_string(file, codec, class)
  local write = writer.method(object, 'write')
  if write then
    local depth, calls = state.depth, state.calls
    write(object, file)
    -- A method may have caught an error of a call of its own.
    state.depth, state.calls = depth, calls
  elseif rawtype(object) == 'table' then
    local fields = {}
    for key, value in pairs(object) do
      if writer.writable(value) then
        fields[key] = value
      else
        print(('$ Warning: cannot write object field <%s> of <%s> %s')
          :format(tostring(key), class, path(state)))
      end
    end
    codec.write_int(file, TABLE)
    enter(file, state, codec, fields)
    write_table(file, state, codec, fields, object, PLAIN, class)
  else
    errors.raise('<%s> is a non-serializable Torch object %s', class, path(state))
  end
end

local function write_function(file, state, codec, func, original)
  local record = closures.record_of(func)
  local tag = record and record.tag or closures.CURRENT
  codec.write_int(file, tag)
  if tag ~= closures.OLDEST and not enter(file, state, codec, original) then return end
  local number_of = number_of_variable(state)
  write_string(file, codec, record and record.bytes or string.dump(func))
  local upvalues = record and closures.record_upvalues(record, number_of) or closures.upvalues(func, number_of)
  codec.write_int(file, TABLE)
  enter(file, state, codec, upvalues)
  write_table(file, state, codec, upvalues, original, tag == closures.CURRENT and UPVALUES or PLAIN)
end

--- Writes one value; of a table only the head, its content is left on the stack.
local function write_value(file, state, codec, value, hook)
  local kind = rawtype(value)
  if kind == 'number' then
    codec.write_int(file, NUMBER)
    codec.write_double(file, value)
  elseif kind == 'string' then
    codec.write_int(file, STRING)
    codec.write_int(file, #value)
    codec.write_chars(file, value)
  elseif kind == 'table' and not torch.typename(value) then
    codec.write_int(file, TABLE)
    if enter(file, state, codec, value) then
      local inside = state.depth > 0 and state.kinds[state.depth] == UPVALUES and UPVALUE or PLAIN
      write_table(file, state, codec, hook and hook(value) or value, value, inside)
    end
  elseif kind == 'boolean' then
    codec.write_int(file, BOOLEAN)
    codec.write_int(file, value and 1 or 0)
  elseif kind == 'nil' then
    codec.write_int(file, NIL)
  elseif kind == 'function' and closures.writable(value) then
    write_function(file, state, codec, hook and hook(value) or value, value)
  elseif torch.typename(value) then
    codec.write_int(file, TORCH)
    if enter(file, state, codec, value) then
      write_torch_object(file, state, codec, hook and hook(value) or value)
    end
  else
    errors.raise('Unwritable object <%s> at %s', type(value), path(state))
  end
end

--- Writes the tables on the stack down to `base`.
local function drain(file, state, base, hook)
  local codec = file._codec
  local tables, keys, values = state.tables, state.keys, state.values
  while state.depth > base do
    local depth = state.depth
    local value = values[depth]
    if value == NO_VALUE then
      local tbl = tables[depth]
      local key
      key, value = next(tbl, keys[depth])
      if key == nil then
        state.open[state.owners[depth]] = nil
        tables[depth], state.owners[depth] = nil, nil
        state.depth = depth - 1
      else
        keys[depth], values[depth] = key, value
        write_value(file, state, codec, key, hook)
      end
    else
      values[depth] = NO_VALUE
      write_value(file, state, codec, value, hook)
    end
  end
end

local function write_all(file, state, value, name, hook)
  local base, call = state.depth, state.calls + 1
  state.calls = call
  state.call_names[call], state.call_depths[call] = name or '<?>', base
  write_value(file, state, file._codec, value, hook)
  drain(file, state, base, hook)
  state.calls = call - 1
end

--- Writes a value to a file.
-- @param name what errors call the value; '<?>' when left out
-- @param hook function(object) that returns what is written in the place of a table, Torch object or function
function writer.write(file, value, name, hook)
  local state = file._writer
  if not state then
    state = new_state()
    file._writer = state
  end
  -- Within the `write` method of another object.
  if file._depth > 0 then return write_all(file, state, value, name, hook) end

  state.calls, state.depth, state.open = 0, 0, {}
  file._depth = 1
  local done, message = pcall(write_all, file, state, value, name, hook)
  file._depth = 0
  file:_end_write(file:_settle() and 1 or 0, 1)
  if done then return end
  if tostring(message):find('stack overflow', 1, true) then
    message = message .. ' (objects with write methods of their own are nested too deeply)'
  end
  error(message, 0)
end

return writer
