--- POSIX mutexes and conditions in memory that several Lua states know by its address.
local ffi = require 'ffi'
local host = require 'bridge.host'
local memory = require 'tds.memory'

ffi.cdef [[
  struct fbcunn_timespec { int64_t seconds; int64_t nanoseconds; };
  int fbcunn_clock(int clock, struct fbcunn_timespec *time) __asm__("clock_gettime");
  int fbcunn_mutex_init(void *mutex, const void *attributes) __asm__("pthread_mutex_init");
  int fbcunn_mutex_destroy(void *mutex) __asm__("pthread_mutex_destroy");
  int fbcunn_condition_init(void *condition, const void *attributes) __asm__("pthread_cond_init");
  int fbcunn_condition_destroy(void *condition) __asm__("pthread_cond_destroy");
  int fbcunn_condition_signal(void *condition) __asm__("pthread_cond_signal");
  int fbcunn_condition_wait(void *condition, void *mutex, const struct fbcunn_timespec *until)
    __asm__("pthread_cond_timedwait");

  struct fbcunn_primitive { int32_t owners; int32_t kind; int64_t content[16]; };
]]

local C, cast = ffi.C, ffi.cast
local primitive_pointer = ffi.typeof('struct fbcunn_primitive *')
local int_pointer = ffi.typeof('int32_t *')

local native = {}

-- A thread that waits looks up now and then, so that Ctrl-C reaches it.
local PATIENCE = 200 * 1000 * 1000
local REALTIME = 0

native.MUTEX, native.CONDITION = 1, 2

local function check(code, what)
  if code ~= 0 then error(('%s failed with error %d'):format(what, code), 3) end
end

--- The bytes that a mutex or condition needs within a larger struct.
native.room = ffi.sizeof('int64_t[16]')

function native.init_mutex(place) check(C.fbcunn_mutex_init(place, nil), 'pthread_mutex_init') end
function native.init_condition(place) check(C.fbcunn_condition_init(place, nil), 'pthread_cond_init') end
function native.destroy_mutex(place) C.fbcunn_mutex_destroy(place) end
function native.destroy_condition(place) C.fbcunn_condition_destroy(place) end
function native.lock(mutex) check(C.fbcunn_lock(mutex), 'pthread_mutex_lock') end
function native.unlock(mutex) check(C.fbcunn_unlock(mutex), 'pthread_mutex_unlock') end
function native.signal(condition) C.fbcunn_condition_signal(condition) end

local closing = cast(int_pointer, host.python('threads').closing())

--- Whether the program ends: what a thread waits for may never come.
function native.closing() return closing[0] ~= 0 end

--- Waits for a signal for a short while; the mutex must be held. Answers whether there was one.
function native.wait_a_little(condition, mutex)
  local now = ffi.new('struct fbcunn_timespec')
  C.fbcunn_clock(REALTIME, now)
  now.nanoseconds = now.nanoseconds + PATIENCE
  if now.nanoseconds >= 1000000000 then
    now.seconds, now.nanoseconds = now.seconds + 1, now.nanoseconds - 1000000000
  end
  return C.fbcunn_condition_wait(condition, mutex, now) == 0
end

--------------------------------------------------------------------------------------------------
-- Primitives with owners, for Mutex and Condition

local initializers = { native.init_mutex, native.init_condition }
local destroyers = { native.destroy_mutex, native.destroy_condition }

function native.address(pointer) return tonumber(cast('intptr_t', pointer)) end

local function content(pointer) return cast('void *', cast(primitive_pointer, pointer).content) end

--- A new primitive with one owner, or the one at an address, which gains an owner.
function native.primitive(kind, address)
  if address then
    local pointer = cast('void *', address)
    if cast(primitive_pointer, pointer).kind ~= kind then error('this id is not one of such an object', 3) end
    memory.add(cast(int_pointer, pointer), 1)
    return pointer, content(pointer)
  end
  local pointer = memory.zeros(ffi.sizeof('struct fbcunn_primitive'))
  local primitive = cast(primitive_pointer, pointer)
  primitive.owners, primitive.kind = 1, kind
  initializers[kind](content(pointer))
  return pointer, content(pointer)
end

--- Removes an owner; the last one ends the primitive.
function native.disown(pointer)
  if memory.add(cast(int_pointer, pointer), -1) > 0 then return end
  destroyers[cast(primitive_pointer, pointer).kind](content(pointer))
  memory.free(pointer)
end

return native
