--- Memory that Lua's collector does not own, and objects in it that are counted by their owners in all threads.
local ffi = require 'ffi'
local bit = require 'bit'
local host = require 'bridge.host'

ffi.cdef [[
  void *fbcunn_malloc(size_t size) __asm__("malloc");
  void *fbcunn_calloc(size_t count, size_t size) __asm__("calloc");
  void *fbcunn_realloc(void *old, size_t size) __asm__("realloc");
  void fbcunn_free(void *memory) __asm__("free");
  int fbcunn_compare(const void *a, const void *b, size_t size) __asm__("memcmp");
  int fbcunn_lock(void *mutex) __asm__("pthread_mutex_lock");
  int fbcunn_unlock(void *mutex) __asm__("pthread_mutex_unlock");

  struct tds_header { void *self; int32_t kind; int32_t owners; };
]]

local C, cast = ffi.C, ffi.cast
local header_pointer = ffi.typeof('struct tds_header *')
local bytes_pointer, int_pointer = ffi.typeof('uint8_t *'), ffi.typeof('int32_t *')

local memory = {}

--- Kinds of objects.
memory.HASH, memory.VEC, memory.COUNTER = 1, 2, 3

local function check(pointer, size)
  if pointer == nil then error(('tds: out of memory (%s bytes)'):format(tostring(size)), 0) end
  return pointer
end

--- `size` bytes of zeros. Raises when memory is short.
function memory.zeros(size) return check(C.fbcunn_calloc(1, size), size) end

--- `size` bytes; of an earlier piece (or nil) the content is kept.
function memory.resize(old, size) return check(C.fbcunn_realloc(old, size), size) end

function memory.free(pointer) C.fbcunn_free(pointer) end

--- A copy of a Lua string.
function memory.copy(text)
  local size = #text
  local copied = check(C.fbcunn_malloc(size > 0 and size or 1), size)
  ffi.copy(copied, text, size)
  return copied
end

function memory.equal(a, b, size) return C.fbcunn_compare(a, b, size) == 0 end

--------------------------------------------------------------------------------------------------
-- LuaJIT has no atomic operations. A few mutexes, the same for every state of the process, take their place.

local address, count, stride = host.python('threads').locks()
local locks = cast(bytes_pointer, address)

local function lock_of(pointer)
  -- Objects are at least 16 bytes apart.
  local place = tonumber(cast('uintptr_t', pointer) / 16 % count)
  return locks + place * stride
end

-- Nothing is allocated while a lock is held: the collector could run a finalizer that wants the same lock.
local acquire, give_back = C.fbcunn_lock, C.fbcunn_unlock

--- Adds to a number in memory (an int32_t or double pointer) and answers the sum, as one step.
function memory.add(pointer, amount)
  local lock = lock_of(pointer)
  acquire(lock)
  local sum = pointer[0] + amount
  pointer[0] = sum
  give_back(lock)
  return sum
end

--- Reads a number in memory, and sets it where a value is given, as one step.
function memory.exchange(pointer, value)
  local lock = lock_of(pointer)
  acquire(lock)
  local old = pointer[0]
  if value then pointer[0] = value end
  give_back(lock)
  return old
end

--------------------------------------------------------------------------------------------------
-- Counted objects begin with a header. Its first word is what torch.pointer takes for the identity of FFI objects.

local destroyers = {}

--- Says how the content of a kind of objects is freed: function(pointer).
function memory.on_destroy(kind, destroy) destroyers[kind] = destroy end

--- A new object of `size` bytes with one owner.
function memory.object(kind, size)
  local pointer = memory.zeros(size)
  local header = cast(header_pointer, pointer)
  header.self, header.kind, header.owners = pointer, kind, 1
  return pointer
end

local function owners(pointer) return cast(int_pointer, pointer) + 3 end

--- Adds an owner.
function memory.retain(pointer)
  memory.add(owners(pointer), 1)
  return pointer
end

--- Removes an owner; the last one frees the object.
function memory.release(pointer)
  if memory.add(owners(pointer), -1) > 0 then return end
  destroyers[cast(header_pointer, pointer).kind](pointer)
  memory.free(pointer)
end

--- Mixes the bits of a 32-bit number: near numbers fall far apart.
function memory.mix(x)
  x = bit.bxor(x, bit.rshift(x, 16))
  x = bit.tobit(x * 0x6b43)
  x = bit.bxor(x, bit.rshift(x, 13))
  x = bit.tobit(x * 0x5a2d)
  return bit.bxor(x, bit.rshift(x, 16))
end

return memory
