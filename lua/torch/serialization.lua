--- Objects in files and strings: `torch.save`, `torch.load`, `torch.serialize` ... and the object methods
-- of `torch.File`. The format itself is in object_writer.lua and object_reader.lua.
local ffi = require 'ffi'
local torch = require 'torch.namespace'
local errors = require 'torch.errors'
local File = require 'torch.File'
local reader = require 'torch.object_reader'
local replace_file = require 'torch.replace_file'
local sniff = require 'torch.sniff'
local writer = require 'torch.object_writer'

--------------------------------------------------------------------------------------------------
-- Methods of files

--- Writes a value. Objects that were written to this file before become references to that copy.
-- @param name what an error calls the value
-- @param hook function(object) returning what is written in the place of a table, Torch object or function
function File:writeObject(object, name, hook)
  self:_begin_write('writeObject')
  writer.write(self, object, name, hook)
end

--- Reads the value that `writeObject` wrote.
function File:readObject()
  self:_begin_read('readObject')
  return reader.read(self)
end

--- Whether a value has a place in the file format.
function File.isWritableObject(_, object) return writer.writable(object) end

--- Chooses whether objects that occur twice are written (and read) as one, which is the default.
function File:referenced(referenced)
  self._referenced = referenced and true or false
  return referenced
end

--- Whether objects that occur twice are kept as one.
function File:isReferenced() return self._referenced ~= false end

--------------------------------------------------------------------------------------------------
-- Files by name

local function check_modes(mode, referenced, allowed, wording)
  if mode ~= nil and not allowed[mode] then errors.raise('%s (or nil) expected for mode', wording) end
  if referenced ~= nil and type(referenced) ~= 'boolean' then
    errors.raise('true or false (or nil) expected for referenced')
  end
end

local writing_modes = { binary = true, ascii = true }
local reading_modes = { binary = true, ascii = true, b32 = true, b64 = true }

local function set_mode(file, mode, referenced)
  mode = mode or 'binary'
  if mode == 'b32' or mode == 'b64' then
    file:longSize(mode == 'b32' and 4 or 8)
    mode = 'binary'
  end
  file[mode](file)
  if referenced ~= nil then file:referenced(referenced) end
end

--- Saves a value to a file. The file appears complete or not at all.
-- @param mode 'binary' (default) or 'ascii'
-- @param referenced false writes an object anew each time it occurs
function torch.save(filename, object, mode, referenced)
  check_modes(mode, referenced, writing_modes, '"binary" or "ascii"')
  if type(filename) ~= 'string' then errors.argument_type(1, 'save', 'string', filename) end
  replace_file(filename, function(path)
    local file = torch.DiskFile(path, 'w')
    set_mode(file, mode, referenced)
    local done, message = pcall(file.writeObject, file, object)
    if not done then
      file:quiet():close()
      error(message, 0)
    end
    file:close()
  end)
end

--- Loads a value from a file.
-- @param mode 'binary' (default), 'ascii', or 'b32' / 'b64' for binary files with longs of 4 / 8 bytes
-- @param referenced false for a file that was written so
function torch.load(filename, mode, referenced)
  check_modes(mode, referenced, reading_modes, '"binary", "b32", "b64" or "ascii"')
  if type(filename) ~= 'string' then errors.argument_type(1, 'load', 'string', filename) end
  local file = torch.DiskFile(filename, 'r')
  set_mode(file, mode, referenced)
  local done, result = pcall(file.readObject, file)
  file:close()
  if done then return result end
  local hint = sniff(filename, mode or 'binary')
  error(hint and ('%s\n%s'):format(tostring(result), hint) or result, 0)
end

torch.saveobj, torch.loadobj = torch.save, torch.load

--------------------------------------------------------------------------------------------------
-- Memory

local function to_memory(object, mode)
  local file = torch.MemoryFile()
  set_mode(file, mode)
  file:writeObject(object)
  return file:storage()
end

local function from_memory(storage, mode)
  local file = torch.MemoryFile(storage, 'r')
  set_mode(file, mode)
  return file:readObject()
end

--- The bytes that `torch.save` would write, as a string.
function torch.serialize(object, mode)
  local storage = to_memory(object, mode)
  return ffi.string(storage:data(), storage:size() - 1)
end

--- The bytes that `torch.save` would write, as a CharStorage.
function torch.serializeToStorage(object, mode)
  local storage = to_memory(object, mode)
  return storage:resize(storage:size() - 1)
end

--- A CharStorage of some bytes and the NUL that a MemoryFile needs.
local function terminated(bytes, count)
  local storage = torch.CharStorage(count + 1)
  local data = storage:data()
  ffi.copy(data, bytes, count)
  data[count] = 0
  return storage
end

--- The value in a string made by `torch.serialize`.
function torch.deserialize(text, mode)
  if type(text) ~= 'string' then errors.argument_type(1, 'deserialize', 'string', text) end
  return from_memory(terminated(text, #text), mode)
end

--- The value in a CharStorage made by `torch.serializeToStorage`, or in a CharTensor of its elements.
function torch.deserializeFromStorage(storage, mode)
  -- a copy's storage holds nothing else
  if torch.typename(storage) == 'torch.CharTensor' then storage = storage:clone():storage() end
  if torch.typename(storage) ~= 'torch.CharStorage' then
    errors.argument_type(1, 'deserializeFromStorage', 'torch.CharStorage', storage)
  end
  return from_memory(terminated(storage:data(), storage:size()), mode)
end

return torch
