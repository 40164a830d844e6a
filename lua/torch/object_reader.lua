--- Reads values from a File in the format of .t7 files: the counterpart of object_writer.lua.
--
-- Tables nest as deep as memory allows (the reader keeps its own stack); only custom `read` methods
-- recurse. Lengths are never trusted: nothing is allocated for bytes that have not come.
local torch = require 'torch.namespace'
local closures = require 'torch.closures'
local errors = require 'torch.errors'
local writer = require 'torch.object_writer'
local rawtype = require('torch.ctypes').rawtype

local reader = {}

local NIL, NUMBER, STRING, TABLE, TORCH, BOOLEAN = 0, 1, 2, 3, 4, 5
-- Marks a stack entry whose next step is a key, not the value of the key just read.
local NO_KEY = {}

local function new_state()
  return {
    objects = {},           -- number -> object
    variables = {},         -- number of a shared upvalue -> { func =, index = }
    number = 0,             -- the object being read
    depth = 0,              -- stack of tables being filled: what is filled, pairs left, key of the value
    targets = {}, left = {}, keys = {},
    waiting = {},           -- whether the next value is for that key
  }
end

--- Where the reader is, for errors: the byte, the object's number and the path of fields to it.
local function describe_place(file)
  local state = file._reader
  local parts = {}
  for level = 1, state.depth do parts[level] = tostring(state.keys[level]) end
  local name = file._name and file._name .. ' ' or ''
  return (' (%sat byte %d, object %d%s)'):format(name, file:_tell(), state.number,
    #parts > 0 and ', <?>.' .. table.concat(parts, '.') or '')
end

--- Raises, in quiet mode too: a broken object cannot be answered with a number and a flag.
local function fail(file, message, ...)
  file._has_error = true
  if select('#', ...) > 0 then message = message:format(...) end
  errors.raise(message .. describe_place(file))
end

local function push(state, target, count)
  if count <= 0 then return end
  local depth = state.depth + 1
  state.depth = depth
  state.targets[depth], state.left[depth], state.keys[depth] = target, count, NO_KEY
end

--- Reads an object's number; returns the object when it was read before.
local function read_number(file, state, codec)
  local number = codec.read_int(file)
  local known = state.objects[number]
  if known ~= nil and file._referenced ~= false then return number, known end
  state.number = number
  return number, nil
end

local function read_string(file, codec)
  local length = codec.read_int(file)
  if length < 0 then fail(file, 'read error: a string of %d bytes', length) end
  return codec.read_chars(file, length)
end

local function read_count(file, codec)
  local count = codec.read_int(file)
  if count < 0 then fail(file, 'read error: a table of %d entries', count) end
  return count
end

--- Fills a Torch object without a `read` method from the table of fields that follows.
local function read_fields(file, state, codec, object)
  local tag = codec.read_int(file)
  if tag ~= TABLE then fail(file, 'Cannot load object class <%s>: its fields are missing', torch.typename(object)) end
  local number, known = read_number(file, state, codec)
  if known ~= nil then
    for key, value in pairs(known) do object[key] = value end
    return
  end
  state.objects[number] = object
  push(state, object, read_count(file, codec))
end

--- What to do about a class that nobody has defined.
local function origin_of(class)
  if class:find('^torch%.Cuda') then
    return ": the file was saved with data on a GPU; require 'cutorch' first, or load it with Python"
  end
  local package_name = class == 'nn.gModule' and 'nngraph' or class:match('^([%w_]+)%.')
  if not package_name or package.loaded[package_name] then return ': define the class first' end
  return (": require '%s' first, or whatever defines it"):format(package_name)
end

local function read_torch_object(file, state, codec)
  local number, known = read_number(file, state, codec)
  if known ~= nil then return known end
  local class = read_string(file, codec)
  local version = class:match('^V (.*)$')
  if version then
    version = tonumber(version)
    class = read_string(file, codec)
  else
    -- Files older than the versions of classes start with the name.
    version = 0
  end
  local factory = torch.factory(class)
  if not factory then fail(file, 'unknown Torch class <%s>%s', class, origin_of(class)) end
  local object = factory(file)
  state.objects[number] = object
  local read = writer.method(object, 'read')
  if read then
    local depth = state.depth
    read(object, file, version)
    -- A method may have caught an error of a call of its own.
    state.depth = depth
  elseif rawtype(object) == 'table' then
    read_fields(file, state, codec, object)
  else
    fail(file, 'Cannot load object class <%s>', class)
  end
  return object
end

local function read_function(file, state, codec, tag)
  local number, known
  if tag ~= closures.OLDEST then
    number, known = read_number(file, state, codec)
    if known ~= nil then return known end
  end
  local func, refusal = closures.undump(tag, read_string(file, codec))
  if refusal and not state.warned then
    state.warned = true
    io.stderr:write('Warning: Failed to load function from bytecode: ', refusal, '\n')
  end
  if number then state.objects[number] = func end
  local upvalues = reader.read(file)
  if rawtype(upvalues) ~= 'table' then fail(file, 'read error: the upvalues of a function are not a table') end
  closures.set_upvalues(func, tag, upvalues, state.variables)
  return func
end

--- Reads one value; of a new table only the head, its content is left on the stack.
local function read_value(file, state, codec)
  local tag = codec.read_int(file)
  if tag == NUMBER then
    return codec.read_double(file)
  elseif tag == STRING then
    return read_string(file, codec)
  elseif tag == TABLE then
    local number, known = read_number(file, state, codec)
    if known ~= nil then return known end
    local tbl = {}
    state.objects[number] = tbl
    push(state, tbl, read_count(file, codec))
    return tbl
  elseif tag == TORCH then
    return read_torch_object(file, state, codec)
  elseif tag == BOOLEAN then
    return codec.read_int(file) == 1
  elseif tag == NIL then
    return nil
  elseif tag == closures.OLDEST or tag == closures.LEGACY or tag == closures.CURRENT then
    return read_function(file, state, codec, tag)
  end
  fail(file, 'unknown object: %d is no type code', tag)
end

--- Fills the tables on the stack down to `base`.
local function drain(file, state, base)
  local codec = file._codec
  local targets, left, keys = state.targets, state.left, state.keys
  while state.depth > base do
    local depth = state.depth
    local key = keys[depth]
    if key == NO_KEY then
      if left[depth] == 0 then
        targets[depth], keys[depth] = nil, nil
        state.depth = depth - 1
      else
        left[depth] = left[depth] - 1
        key = read_value(file, state, codec)
        if key == nil or key ~= key then fail(file, 'read error: a table key is %s', tostring(key)) end
        keys[depth] = key
      end
    else
      local value = read_value(file, state, codec)
      targets[depth][key] = value
      keys[depth] = NO_KEY
    end
  end
end

local function read_all(file, state)
  local base = state.depth
  local value = read_value(file, state, file._codec)
  drain(file, state, base)
  return value
end

--- Reads the next value of a file.
function reader.read(file)
  local state = file._reader
  if not state then
    state = new_state()
    file._reader = state
  end
  -- Within the `read` method of another object.
  if file._depth > 0 then return read_all(file, state) end

  state.depth = 0
  file._describe_place = describe_place
  file._depth = 1
  local done, result = pcall(read_all, file, state)
  file._depth = 0
  file._describe_place = nil
  if done then return result end
  if tostring(result):find('stack overflow', 1, true) then
    result = result .. ' (objects with read methods of their own are nested too deeply)'
  end
  error(result, 0)
end

return reader
