--- tds.Vec([table | values…]): a vector with places 1 to #v, which grows when a place beyond is set. Places may be nil.
local ffi = require 'ffi'
local convert = require 'tds.convert'
local elements = require 'tds.elements'
local memory = require 'tds.memory'
local objects = require 'tds.objects'
local text = require 'tds.text'

ffi.cdef [[
  struct tds_vec_memory { struct tds_header header; double count, capacity; struct tds_element *elements; };
]]

local memory_type = ffi.typeof('struct tds_vec_memory *')
local new_element = ffi.typeof('struct tds_element')
local elements_type = ffi.typeof('struct tds_element *')
local size = elements.size
local SMALLEST = 8

local Vec = {}
local methods = {}

local function memory_of(vec) return objects.pointer(vec, memory_type) end

local function reserve(vector, count)
  if count <= vector.capacity then return end
  local capacity = math.max(count, vector.capacity * 2, SMALLEST)
  vector.elements = ffi.cast(elements_type, memory.resize(vector.elements, capacity * size))
  vector.capacity = capacity
end

local function resize(vector, count)
  for i = count, vector.count - 1 do elements.clear(vector.elements[i]) end
  if count > vector.count then
    reserve(vector, count)
    ffi.fill(vector.elements + vector.count, (count - vector.count) * size)
  end
  vector.count = count
end

local function check_place(place, level)
  if type(place) ~= 'number' or place < 1 or place % 1 ~= 0 then error('positive number expected as key', level + 1) end
  return place
end

function Vec.__new(...)
  local given = ...
  if select('#', ...) ~= 1 or type(given) ~= 'table' or torch.typename(given) then given = { ... } end
  if not convert.has_only_numbers(given) then error('lua table with number keys expected', 2) end
  local vec = Vec._wrap(memory.object(memory.VEC, ffi.sizeof('struct tds_vec_memory')))
  convert.fill(vec, given)
  return vec
end

function Vec:__newindex(place, value)
  check_place(place, 2)
  local element = new_element()
  elements.set(element, value)
  local vector = memory_of(self)
  if place > vector.count then resize(vector, place) end
  local old = new_element(vector.elements[place - 1])
  vector.elements[place - 1] = element
  elements.clear(old)
end

function Vec:__index(place)
  if type(place) ~= 'number' then
    local method = methods[place]
    if method then return method end
    error('invalid key (number) or method name', 2)
  end
  check_place(place, 2)
  local vector = memory_of(self)
  if place <= vector.count then return elements.get(vector.elements[place - 1]) end
end

function Vec:__len() return memory_of(self).count end

local function next_place(vec, place)
  place = place + 1
  if place <= #vec then return place, vec[place] end
end

function Vec:__ipairs() return next_place, self, 0 end

Vec.__pairs = Vec.__ipairs

--- v:insert([place,] value): the values from that place on move up; without a place the value goes to the end.
function methods:insert(...)
  local place, value = ...
  local vector = memory_of(self)
  if select('#', ...) < 2 then place, value = vector.count + 1, place end
  if select('#', ...) == 0 then error('[key] value expected', 2) end
  check_place(place, 2)
  local element = new_element()
  elements.set(element, value)
  local old_count = vector.count
  resize(vector, math.max(old_count + 1, place))
  local list = vector.elements
  for i = old_count, place, -1 do list[i] = list[i - 1] end
  list[place - 1] = element
end

--- v:remove([place]): the values behind it move down; without a place the last one goes.
function methods:remove(place)
  local vector = memory_of(self)
  place = check_place(place or math.max(vector.count, 1), 2)
  if place > vector.count then return end
  local list = vector.elements
  local removed = new_element(list[place - 1])
  for i = place - 1, vector.count - 2 do list[i] = list[i + 1] end
  vector.count = vector.count - 1
  elements.clear(removed)
end

--- v:resize(count): new places are nil.
function methods:resize(count)
  if type(count) ~= 'number' or count < 0 then error('size must be a positive number', 2) end
  resize(memory_of(self), math.floor(count))
end

--- v:concatstorage([separator, first, last]): the texts of the values in a CharStorage.
function methods:concatstorage(separator, first, last)
  return torch.CharStorage():string(self:concat(separator, first, last))
end

--- v:concat([separator, first, last]): the texts of the values.
function methods:concat(separator, first, last)
  local words = {}
  for i = first or 1, last or #self do words[#words + 1] = tostring(self[i]) end
  return table.concat(words, separator or '')
end

--- v:sort(less): less(a, b) is true where a comes before b; numbers or strings need none.
function methods:sort(less)
  if less == nil then
    less = function(a, b) return a < b end
  elseif type(less) ~= 'function' then
    error('v:sort takes a Lua function; C functions that compare the original library\'s elements cannot be used', 2)
  end
  local vector = memory_of(self)
  local count = vector.count
  local values, order = {}, {}
  for i = 1, count do values[i], order[i] = elements.get(vector.elements[i - 1]), i end
  table.sort(order, function(i, j) return less(values[i], values[j]) end)
  local sorted = ffi.new('struct tds_element[?]', math.max(count, 1))
  for i = 1, count do sorted[i - 1] = vector.elements[order[i] - 1] end
  ffi.copy(vector.elements, sorted, count * size)
end

function Vec:__write(file)
  file:writeLong(#self)
  for i = 1, #self do file:writeObject(self[i]) end
end

function Vec:__read(file)
  local count = file:readLong()
  for i = 1, count do self[i] = file:readObject() end
end

function Vec:__tostring() return text('tds.Vec', self, ipairs) end

memory.on_destroy(memory.VEC, function(pointer)
  local vector = ffi.cast(memory_type, pointer)
  resize(vector, 0)
  memory.free(vector.elements)
end)

local constructor
constructor, Vec._wrap = objects.define(memory.VEC, 'tds.Vec', 'tds_vec', Vec)

return constructor
