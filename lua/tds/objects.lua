--- What Hash, Vec and AtomicCounter have in common: a C type of unknown content whose references are the Lua objects, and
-- a class in Torch's sense.
local ffi = require 'ffi'
local compat = require 'compat'
local elements = require 'tds.elements'
local memory = require 'tds.memory'

local cast = ffi.cast

local objects = {}

local function release(reference) memory.release(cast('void *', reference)) end

--- Defines a class of objects of a kind.
-- @param name class name, such as 'tds.Hash'
-- @param struct name of the C struct that stands for it
-- @param metatable with __new(_, …) for the constructor
-- @return the constructor table, and a function that makes an object of a pointer
function objects.define(kind, name, struct, metatable)
  ffi.cdef(('struct %s;'):format(struct))
  local ctype = ffi.typeof(('struct %s'):format(struct))
  local reference = ffi.typeof(('struct %s &'):format(struct))
  local function wrap(pointer) return ffi.gc(cast(reference, pointer), release) end
  elements.define(kind, name, wrap)
  metatable.__factory = function() return metatable.__new() end
  metatable.__version = 0
  ffi.metatype(ctype, metatable)
  torch.metatype(name, metatable, ('struct %s &'):format(struct))
  if compat.iterable_cdata then compat.iterable_cdata(reference, metatable) end
  local constructor = setmetatable({}, {
    __index = metatable, __newindex = metatable, __call = function(_, ...) return metatable.__new(...) end,
  })
  return constructor, wrap
end

--- The memory of an object, as a pointer to a struct type.
function objects.pointer(reference, ctype) return cast(ctype, cast('void *', reference)) end

return objects
