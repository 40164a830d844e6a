--- Values go from one thread to another with their tensors, storages and tds objects shared, not copied: what is written
-- is an address, and the message owns a share of the object until it is read.
local ffi = require 'ffi'
require 'torch'
require 'tds'
local elements = require 'tds.elements'
local memory = require 'tds.memory'
local plain = require 'threads.serialize'

local cast = ffi.cast

local shared = {}

local function write_address(file, pointer) file:writeLong(tonumber(cast('intptr_t', pointer))) end
local function read_address(file) return cast('void *', file:readLong()) end

local function already_read() end

-- Methods of each class while a message is written or read.
local methods = {}

for _, class in ipairs(elements.torch_classes) do
  methods[class] = {
    __write = function(object, file) write_address(file, (elements.share_torch(object))) end,
    __read = already_read,
    __factory = function(file) return elements.adopt_torch(read_address(file), elements.number_of_class(class)) end,
  }
end

for _, class in ipairs { 'tds.Hash', 'tds.Vec', 'tds.AtomicCounter' } do
  methods[class] = {
    __write = function(object, file) write_address(file, memory.retain(cast('void *', object))) end,
    __read = already_read,
    __factory = function(file) return elements.wrap(read_address(file)) end,
  }
end

-- Runs f(value) with these methods in the place of the classes' own.
local function exchanged(f, value)
  elements.know_classes()
  local saved = {}
  for class, replacements in pairs(methods) do
    local metatable = torch.getmetatable(class)
    if metatable then
      local own = {}
      saved[metatable] = own
      for name, method in pairs(replacements) do
        own[name] = rawget(metatable, name)
        rawset(metatable, name, method)
      end
    end
  end
  local done, result = pcall(f, value)
  for metatable, own in pairs(saved) do
    for _, name in ipairs { '__write', '__read', '__factory' } do rawset(metatable, name, own[name]) end
  end
  if not done then error(result, 0) end
  return result
end

--- A CharStorage that stands for a value; it must be loaded once.
function shared.save(value) return exchanged(plain.save, value) end

--- The value that a CharStorage stands for.
function shared.load(storage) return exchanged(plain.load, storage) end

return shared
