--- threads.queue: `Queue(size[, serialization])` makes a queue of messages between threads, `Queue(id)` opens the one with
-- that id in another thread. Messages are CharStorages made by a serialization module.
local ffi = require 'ffi'
local elements = require 'tds.elements'
local memory = require 'tds.memory'
local native = require 'threads.native'

ffi.cdef [[
  struct fbcunn_queue {
    int32_t owners; int32_t size; int32_t head; int32_t count; int32_t closed; int32_t padding;
    char serialization[256];
    int64_t mutex[16]; int64_t not_empty[16]; int64_t not_full[16];
    double *addresses; double *tags;
  };
]]

local cast = ffi.cast
local queue_pointer = ffi.typeof('struct fbcunn_queue *')
local doubles = ffi.typeof('double *')
local LONGEST_NAME = 255

-- Sizes are small numbers, addresses are not.
local LARGEST_SIZE = 65536

local Queue = {}

local function parts(pointer)
  local memory_of = cast(queue_pointer, pointer)
  return {
    _pointer = pointer, _memory = memory_of, mutex_place = cast('void *', memory_of.mutex),
    not_empty = cast('void *', memory_of.not_empty), not_full = cast('void *', memory_of.not_full),
  }
end

local function create(size, serialization)
  serialization = serialization or 'threads.serialize'
  if #serialization > LONGEST_NAME then error('the name of the serialization module is too long', 3) end
  local self = parts(memory.zeros(ffi.sizeof('struct fbcunn_queue')))
  local queue = self._memory
  queue.owners, queue.size = 1, size
  ffi.copy(queue.serialization, serialization)
  queue.addresses = cast(doubles, memory.zeros(size * 8))
  queue.tags = cast(doubles, memory.zeros(size * 8))
  native.init_mutex(self.mutex_place)
  native.init_condition(self.not_empty)
  native.init_condition(self.not_full)
  return self
end

local function new(_, size_or_id, serialization)
  if type(size_or_id) ~= 'number' or size_or_id < 1 then error('a size or the id of a queue expected', 2) end
  local self
  if size_or_id <= LARGEST_SIZE then
    self = create(size_or_id, serialization)
  else
    self = parts(cast('void *', size_or_id))
    memory.add(cast('int32_t *', self._pointer), 1)
  end
  self.serialize = ffi.string(self._memory.serialization)
  return setmetatable(self, Queue)
end

function Queue:__index(name)
  if name == 'isfull' then return self._memory.count == self._memory.size and 1 or 0 end
  if name == 'isempty' then return self._memory.count == 0 and 1 or 0 end
  return Queue[name]
end

function Queue:id() return native.address(self._pointer) end

--- Adds an owner; each one gives the queue up with free().
function Queue:retain() memory.add(cast('int32_t *', self._pointer), 1) end

function Queue:free()
  if memory.add(cast('int32_t *', self._pointer), -1) > 0 then return end
  local queue = self._memory
  while queue.count > 0 do self:_take() end
  native.destroy_mutex(self.mutex_place)
  native.destroy_condition(self.not_empty)
  native.destroy_condition(self.not_full)
  memory.free(queue.addresses)
  memory.free(queue.tags)
  memory.free(self._pointer)
end

local char_storage = elements.number_of_class 'torch.CharStorage'

-- The oldest message; there must be one, and the mutex be held (or no other thread know the queue).
function Queue:_take()
  local queue = self._memory
  local head = queue.head
  local address, tag = queue.addresses[head], queue.tags[head]
  queue.head, queue.count = (head + 1) % queue.size, queue.count - 1
  return elements.adopt_torch(cast('void *', address), char_storage), tag
end

--- Adds a message with a number; waits while the queue is full. A closed queue forgets it.
function Queue:push(storage, tag)
  local queue = self._memory
  local pointer = elements.share_torch(storage)
  local address = native.address(pointer)
  native.lock(self.mutex_place)
  while queue.count == queue.size and queue.closed == 0 and not native.closing() do
    native.wait_a_little(self.not_full, self.mutex_place)
  end
  local accepted = queue.closed == 0 and queue.count < queue.size
  if accepted then
    local place = (queue.head + queue.count) % queue.size
    queue.addresses[place], queue.tags[place] = address, tag
    queue.count = queue.count + 1
  end
  native.unlock(self.mutex_place)
  native.signal(self.not_empty)
  if not accepted then elements.adopt_torch(pointer, char_storage) end
end

--- Takes the oldest message: its CharStorage and number. Waits while the queue is empty; answers nothing when the
-- program ends meanwhile.
function Queue:pop()
  local queue = self._memory
  native.lock(self.mutex_place)
  while queue.count == 0 do
    if native.closing() then
      native.unlock(self.mutex_place)
      return nil
    end
    native.wait_a_little(self.not_empty, self.mutex_place)
  end
  local storage, tag = self:_take()
  native.unlock(self.mutex_place)
  native.signal(self.not_full)
  return storage, tag
end

--- From now on messages are forgotten: there is nobody left to read them.
function Queue:close()
  native.lock(self.mutex_place)
  self._memory.closed = 1
  native.unlock(self.mutex_place)
  native.signal(self.not_full)
end

--- Adds a function and its arguments, to be run by dojob in any thread.
function Queue:addjob(callback, ...)
  self:push(require(self.serialize).save { callback = callback, n = select('#', ...), ... }, 0)
end

--- Runs the oldest function and returns its results; waits while there is none.
function Queue:dojob()
  local job = require(self.serialize).load((self:pop()))
  return job.callback(unpack(job, 1, job.n))
end

return setmetatable({}, { __index = Queue, __newindex = Queue, __call = new })
