--- tds.Hash([table]): a hash table. h[key] = value, nil removes; #h counts the entries; pairs(h) visits them.
-- Slots lie in one piece of memory and are probed one after the other; removed entries leave a mark until the next growth.
local ffi = require 'ffi'
local bit = require 'bit'
local convert = require 'tds.convert'
local elements = require 'tds.elements'
local memory = require 'tds.memory'
local objects = require 'tds.objects'
local text = require 'tds.text'

ffi.cdef [[
  struct tds_slot { struct tds_element key, value; int32_t hash; int32_t state; };
  struct tds_hash_memory { struct tds_header header; double count, used, capacity; struct tds_slot *slots; };
]]

local FREE, TAKEN, REMOVED = 0, 1, 2
local SMALLEST = 8
local FULL = 0.7

local memory_type = ffi.typeof('struct tds_hash_memory *')
local slots_type = ffi.typeof('struct tds_slot *')
local new_element = ffi.typeof('struct tds_element')
local slot_size = ffi.sizeof('struct tds_slot')
local band = bit.band
local matches, prepare = elements.matches, elements.prepare

local Hash = {}

local function memory_of(hash) return objects.pointer(hash, memory_type) end

-- Loops of one or two rounds keep LuaJIT from compiling what is around them, so the rare further steps are calls.
local function find_from(slots, mask, place, kind, compared, hash)
  local slot = slots + place
  local state = slot.state
  if state == FREE then return nil end
  if state == TAKEN and slot.hash == hash and matches(slot.key, kind, compared) then return slot end
  return find_from(slots, mask, band(place + 1, mask), kind, compared, hash)
end

local function find(table_memory, kind, compared, hash)
  local capacity = table_memory.capacity
  if capacity == 0 then return nil end
  return find_from(table_memory.slots, capacity - 1, band(hash, capacity - 1), kind, compared, hash)
end

-- The first slot from a place on that is not taken.
local function open_slot(slots, mask, place)
  local slot = slots + place
  if slot.state ~= TAKEN then return slot end
  return open_slot(slots, mask, band(place + 1, mask))
end

-- Moves the entries to new slots.
local function rebuild(table_memory, capacity)
  local old, old_capacity = table_memory.slots, table_memory.capacity
  local slots = ffi.cast(slots_type, memory.zeros(capacity * slot_size))
  for i = 0, old_capacity - 1 do
    if old[i].state == TAKEN then
      ffi.copy(open_slot(slots, capacity - 1, band(old[i].hash, capacity - 1)), old + i, slot_size)
    end
  end
  table_memory.slots, table_memory.capacity, table_memory.used = slots, capacity, table_memory.count
  if old_capacity > 0 then memory.free(old) end
end

local function free_slot(table_memory, hash)
  if table_memory.used + 1 > FULL * table_memory.capacity then
    local capacity = SMALLEST
    while (table_memory.count + 1) * 2 > capacity * FULL do capacity = capacity * 2 end
    rebuild(table_memory, capacity)
  end
  local mask = table_memory.capacity - 1
  return open_slot(table_memory.slots, mask, band(hash, mask))
end

local function remove(table_memory, slot)
  elements.clear(slot.key)
  elements.clear(slot.value)
  slot.state = REMOVED
  table_memory.count = table_memory.count - 1
end

function Hash.__new(...)
  local given = ...
  if select('#', ...) > 1 or (given ~= nil and (type(given) ~= 'table' or torch.typename(given))) then
    error('lua table or nothing expected', 2)
  end
  local hash = Hash._wrap(memory.object(memory.HASH, ffi.sizeof('struct tds_hash_memory')))
  if given then convert.fill(hash, given) end
  return hash
end

local empty = new_element()

function Hash:__newindex(key, value)
  if key == nil then error('hash index is nil', 2) end
  local kind, compared, hash = prepare(key)
  local table_memory = memory_of(self)
  local slot = find(table_memory, kind, compared, hash)
  if value == nil then
    if slot then remove(table_memory, slot) end
    return
  end
  -- The new value is made before the old one is given up: it may be a part of it.
  local element = new_element()
  elements.set(element, value)
  if slot then
    local old = new_element(slot.value)
    slot.value = element
    elements.clear(old)
    return
  end
  slot = free_slot(table_memory, hash)
  if slot.state == FREE then table_memory.used = table_memory.used + 1 end
  slot.key = empty
  elements.set(slot.key, key)
  slot.value, slot.hash, slot.state = element, hash, TAKEN
  table_memory.count = table_memory.count + 1
end

function Hash:__index(key)
  if key == nil then error('hash index is nil', 2) end
  local slot = find(memory_of(self), prepare(key))
  if slot then return elements.get(slot.value) end
end

function Hash:__len() return memory_of(self).count end

-- The next place that is taken, or nil.
local function taken_from(slots, capacity, place)
  if place >= capacity then return nil end
  if slots[place].state == TAKEN then return place end
  return taken_from(slots, capacity, place + 1)
end

function Hash:__pairs()
  local table_memory, place = memory_of(self), -1
  return function()
    place = taken_from(table_memory.slots, table_memory.capacity, place + 1)
    if not place then return nil end
    local slot = table_memory.slots + place
    return elements.get(slot.key), elements.get(slot.value)
  end, self
end

Hash.__ipairs = Hash.__pairs

function Hash:__write(file)
  file:writeLong(#self)
  for key, value in pairs(self) do
    file:writeObject(key)
    file:writeObject(value)
  end
end

function Hash:__read(file)
  for _ = 1, file:readLong() do
    local key = file:readObject()
    self[key] = file:readObject()
  end
end

local function key_text(key)
  local kind = type(key)
  return (kind == 'string' or kind == 'number' or kind == 'boolean') and tostring(key) or torch.type(key)
end

function Hash:__tostring() return text('tds.Hash', self, pairs, key_text) end

memory.on_destroy(memory.HASH, function(pointer)
  local table_memory = ffi.cast(memory_type, pointer)
  for i = 0, table_memory.capacity - 1 do
    local slot = table_memory.slots + i
    if slot.state == TAKEN then
      elements.clear(slot.key)
      elements.clear(slot.value)
    end
  end
  if table_memory.capacity > 0 then memory.free(table_memory.slots) end
end)

local constructor
constructor, Hash._wrap = objects.define(memory.HASH, 'tds.Hash', 'tds_hash', Hash)

-- Files of the first versions name the class so.
torch.metatype('tds_hash', { __factory = Hash.__factory, __version = 0 })

return constructor
