--- Elements of hashes and vectors: 16 bytes with a value or a pointer to one.
local ffi = require 'ffi'
local bit = require 'bit'
local bridge = require 'bridge'
local ctypes = require 'torch.ctypes'
local memory = require 'tds.memory'

ffi.cdef [[
  struct tds_element { int32_t kind; uint32_t size; union { double number; void *pointer; }; };
  struct tds_foreign { void *object; void (*free)(void *); };
]]

local cast, tonumber = ffi.cast, tonumber
local rawtype = ctypes.rawtype

local elements = {}

local NIL, NUMBER, BOOLEAN, STRING, OBJECT, TENSOR, STORAGE, FOREIGN = 0, 1, 2, 3, 4, 5, 6, 7
elements.NIL = NIL

elements.size = ffi.sizeof('struct tds_element')
local bytes_pointer, foreign_pointer = ffi.typeof('const uint8_t *'), ffi.typeof('struct tds_foreign *')
local header_pointer = ffi.typeof('struct tds_header *')

--------------------------------------------------------------------------------------------------
-- Objects of this package

-- For each kind: wrap(pointer) gives the Lua value, which releases the pointer when it is collected.
local wrappers, kind_of_class = {}, {}

--- Registers a kind of objects of this package.
function elements.define(kind, class, wrap)
  wrappers[kind], kind_of_class[class] = wrap, kind
end

--------------------------------------------------------------------------------------------------
-- Tensors and storages: the counted object behind the handle

local classes, number_of_class = {}, {}
for _, place in ipairs { '', 'Cuda' } do
  for code = 0, #ctypes.names do
    for _, kind in ipairs { 'Tensor', 'Storage' } do
      -- CudaTensor holds floats.
      local name = place .. (place == 'Cuda' and ctypes.names[code] == 'Float' and '' or ctypes.names[code]) .. kind
      classes[#classes + 1] = 'torch.' .. name
      number_of_class['torch.' .. name] = #classes
    end
  end
end

--- Names of the classes, and the number of one.
elements.torch_classes = classes
function elements.number_of_class(name) return number_of_class[name] end

local handle_types = {}

local function handle_type(number)
  local ctype = handle_types[number]
  if not ctype then
    local factory = torch.factory(classes[number])
    if not factory then error(('tds: %s is unknown here; load the package that defines it'):format(classes[number]), 0) end
    ctype = ffi.typeof(factory())
    handle_types[number] = ctype
  end
  return ctype
end

local borrowed_type = ffi.typeof('fbl_tensor')
local borrowed = borrowed_type()

-- The counts are kept on the C++ side; a handle without bytes owns one.
local function retain_torch(value, kind)
  local retain = kind == TENSOR and bridge.C.fbl_tensor_retain or bridge.C.fbl_storage_retain
  retain(borrowed, value)
  local pointer = borrowed.impl
  borrowed.impl = nil -- it is the caller's now
  return pointer
end

local function release_torch(pointer, kind)
  local release = kind == TENSOR and bridge.C.fbl_tensor_release or bridge.C.fbl_storage_release
  local owner = borrowed_type(pointer, 0)
  release(owner)
end

--- Looks up the C types of all classes there are now. Their factories are not asked afterwards.
function elements.know_classes()
  for number, class in ipairs(classes) do
    if not handle_types[number] and torch.getmetatable(class) then handle_type(number) end
  end
end

--- A pointer that owns a share of a tensor or storage, and the number of its class; nil for other values.
function elements.share_torch(value)
  local kind = ctypes.is_tensor(value) and TENSOR or ctypes.is_storage(value) and STORAGE
  if not kind then return nil end
  return retain_torch(value, kind), number_of_class[torch.typename(value)], kind
end

--- The tensor or storage of a pointer from share_torch, which is used up.
function elements.adopt_torch(pointer, number) return handle_type(number)(pointer, 0) end

--------------------------------------------------------------------------------------------------
-- Other C types

local foreign_by_class, getter_by_free = {}, {}

--- Lets objects of a class of FFI types be stored: setfunc(object) answers a pointer that is owned from then on, free_p
-- (a C function, the same in all threads) gives it up, getfunc(pointer[, subtype]) makes an object from it.
function elements.addctype(class, free_p, setfunc, getfunc, subtype)
  foreign_by_class[class] = { set = setfunc, free = free_p, subtype = subtype or 0 }
  getter_by_free[tonumber(cast('intptr_t', free_p))] = getfunc
end

--- The class of a value, or nil.
elements.type = torch.typename

--------------------------------------------------------------------------------------------------

local function set_pointer(element, kind, size, pointer)
  element.kind, element.size, element.pointer = kind, size, pointer
end

local function set_other(element, value)
  local class = elements.type(value)
  local object_kind = class and kind_of_class[class]
  if object_kind then
    local pointer = cast('void *', value)
    memory.retain(pointer)
    return set_pointer(element, OBJECT, object_kind, pointer)
  end
  local pointer, number, kind = elements.share_torch(value)
  if pointer then return set_pointer(element, kind, number, pointer) end
  local foreign = class and foreign_by_class[class]
  if not foreign then error(('unsupported key/value type <%s> (set)'):format(class or type(value)), 0) end
  local pair = cast(foreign_pointer, memory.zeros(ffi.sizeof('struct tds_foreign')))
  pair.object, pair.free = foreign.set(value), foreign.free
  set_pointer(element, FOREIGN, foreign.subtype, pair)
end

--- Stores a value in an element, which must be free.
function elements.set(element, value)
  local kind = rawtype(value)
  if kind == 'number' then
    element.kind, element.number = NUMBER, value == 0 and 0 or value -- one zero
  elseif kind == 'string' then
    set_pointer(element, STRING, #value, memory.copy(value))
  elseif kind == 'boolean' then
    element.kind, element.number = BOOLEAN, value and 1 or 0
  elseif kind == 'nil' then
    element.kind, element.number = NIL, 0
  else
    set_other(element, value)
  end
end

local function get_other(element)
  local kind = element.kind
  if kind == OBJECT then return wrappers[element.size](memory.retain(element.pointer)) end
  if kind == FOREIGN then
    local pair = cast(foreign_pointer, element.pointer)
    local getter = getter_by_free[tonumber(cast('intptr_t', pair.free))]
    if not getter then error('unsupported key/value type (get)', 0) end
    return getter(pair.object, element.size)
  end
  -- A handle that is not collected lends its pointer to a new one.
  local lender = borrowed_type(element.pointer, 0)
  return elements.adopt_torch(retain_torch(lender, kind), element.size)
end

--- The value in an element.
function elements.get(element)
  local kind = element.kind
  if kind == NUMBER then return element.number end
  if kind == STRING then return ffi.string(element.pointer, element.size) end
  if kind == BOOLEAN then return element.number ~= 0 end
  if kind == NIL then return nil end
  return get_other(element)
end

--- Gives up what an element holds.
function elements.clear(element)
  local kind = element.kind
  element.kind = NIL
  if kind == STRING then
    memory.free(element.pointer)
  elseif kind == OBJECT then
    memory.release(element.pointer)
  elseif kind == TENSOR or kind == STORAGE then
    release_torch(element.pointer, kind)
  elseif kind == FOREIGN then
    local pair = cast(foreign_pointer, element.pointer)
    pair.free(pair.object)
    memory.free(pair)
  end
end

--- What two elements must have in common to be the same key: a number for comparison, or a string.
local function key_of(value)
  local kind = rawtype(value)
  if kind == 'number' then return NUMBER, value == 0 and 0 or value end
  if kind == 'string' then return STRING, value end
  if kind == 'boolean' then return BOOLEAN, value and 1 or 0 end
  local class = elements.type(value)
  if class and kind_of_class[class] then return OBJECT, cast('void *', value) end
  if ctypes.is_tensor(value) then return TENSOR, value.impl end
  if ctypes.is_storage(value) then return STORAGE, value.impl end
  error(('unsupported key/value type <%s> (set)'):format(class or type(value)), 0)
end

local words_pointer = ffi.typeof('const int32_t *')

local function word(bytes, place) return cast(words_pointer, bytes + place)[0] end

local function combine(hash, more) return bit.bxor(bit.rol(hash, 5) + bit.rol(hash, 23), more) end

-- Short texts are read in overlapping words, without a loop.
local function hash_bytes(text)
  local bytes, count = cast(bytes_pointer, text), #text
  local hash = count
  if count >= 4 then
    hash = combine(combine(hash, word(bytes, 0)), word(bytes, count - 4))
    if count > 8 then hash = combine(combine(hash, word(bytes, 4)), word(bytes, count - 8)) end
    if count > 16 then
      for place = 8, count - 9, 4 do hash = combine(hash, word(bytes, place)) end
    end
  elseif count > 0 then
    hash = combine(hash, bytes[0] + 256 * bytes[bit.rshift(count, 1)] + 65536 * bytes[count - 1])
  end
  return memory.mix(hash)
end

local WORD = 2 ^ 32

-- Computed, not read from the number's memory: compiled code takes a double and an integer at one place for two variables.
local function hash_number(x)
  if x - x ~= 0 then return x > 0 and 1 or 2 end -- infinite
  return memory.mix(bit.bxor(memory.mix(bit.tobit(x % WORD)), bit.tobit(x * 40503.0625 % WORD)))
end

--- Kind, comparison value and hash of a key.
function elements.prepare(value)
  local kind, compared = key_of(value)
  if kind == STRING then return kind, compared, hash_bytes(compared) end
  if kind == NUMBER or kind == BOOLEAN then
    if compared ~= compared then error('hash index is NaN', 0) end
    return kind, compared, hash_number(compared)
  end
  return kind, compared, hash_number(tonumber(cast('uintptr_t', compared)))
end

--- Whether an element is the key.
function elements.matches(element, kind, compared)
  if element.kind ~= kind then return false end
  if kind == NUMBER or kind == BOOLEAN then return element.number == compared end
  if kind == STRING then
    return element.size == #compared and memory.equal(element.pointer, compared, element.size)
  end
  return element.pointer == compared
end

--- The kind of the object of this package behind a pointer.
function elements.object_kind(pointer) return cast(header_pointer, pointer).kind end

--- The Lua value of a pointer to an object of this package, of which it becomes an owner.
function elements.wrap(pointer) return wrappers[elements.object_kind(pointer)](pointer) end

return elements
