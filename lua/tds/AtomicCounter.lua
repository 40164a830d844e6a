--- tds.AtomicCounter([start]): a number that several threads count with.
local ffi = require 'ffi'
local memory = require 'tds.memory'
local objects = require 'tds.objects'

ffi.cdef [[
  struct tds_counter_memory { struct tds_header header; double value; };
]]

local memory_type = ffi.typeof('struct tds_counter_memory *')

local AtomicCounter = {}
local methods = {}

local function value_of(counter)
  return ffi.cast('double *', objects.pointer(counter, memory_type)) + 2
end

function AtomicCounter.__new(start)
  local counter = AtomicCounter._wrap(memory.object(memory.COUNTER, ffi.sizeof('struct tds_counter_memory')))
  if start then counter:set(start) end
  return counter
end

--- c:inc(): adds one; answers the number before.
function methods:inc() return memory.add(value_of(self), 1) - 1 end

--- c:get()
function methods:get() return memory.exchange(value_of(self)) end

--- c:set(number)
function methods:set(value) memory.exchange(value_of(self), value) end

function AtomicCounter:__index(name)
  local method = methods[name]
  if not method then error(('no such method: %s (there are inc, get, set)'):format(tostring(name)), 2) end
  return method
end

function AtomicCounter:__write(file) file:writeLong(self:get()) end

function AtomicCounter:__read(file) self:set(file:readLong()) end

function AtomicCounter:__tostring() return 'tds.AtomicCounter=' .. self:get() end

memory.on_destroy(memory.COUNTER, function() end)

local constructor
constructor, AtomicCounter._wrap = objects.define(memory.COUNTER, 'tds.AtomicCounter', 'tds_atomic_counter', AtomicCounter)

return constructor
