--- `torch.Generator` and the default generator of this Lua state.
local ffi = require 'ffi'
local bridge = require 'bridge'
local torch = require 'torch.namespace'
local ctypes = require 'torch.ctypes'
require 'torch.class'

local C, raise, istype = bridge.C, bridge.raise, ffi.istype
local STATE_BYTES = ffi.sizeof('fbl_generator')

local ctype = ffi.typeof('fbl_generator')

local function system_seed()
  local file = assert(io.open('/dev/urandom', 'rb'))
  local bytes = file:read(4)
  file:close()
  local seed = 0
  for i = 1, 4 do seed = seed * 256 + bytes:byte(i) end
  return seed
end

local function new()
  local generator = ctype()
  C.fbl_generator_seed(generator, system_seed())
  return generator
end

local metatable = torch.newmetatable('torch.Generator', nil, new, nil, new, torch)
ctypes.register_object(ctype, metatable)
metatable.__tostring__ = function() return 'torch.Generator' end

ffi.metatype(ctype, {
  __index = metatable,
  __tostring = function() return 'torch.Generator' end,
})

--- The generator's own bytes, in files.
function metatable:write(file)
  local storage = torch.ByteStorage(STATE_BYTES)
  ffi.copy(storage:data(), self, STATE_BYTES)
  file:writeByte(storage)
end

function metatable:read(file)
  local storage = file:readByte(STATE_BYTES)
  ffi.copy(self, storage:data(), STATE_BYTES)
end

--- Whether a value is a torch.Generator.
function torch.is_generator(value) return istype(ctype, value) end

torch._gen = new()

-- Functions take an optional generator first.
local function split(first, ...)
  if istype(ctype, first) then return first, ... end
  return torch._gen, first, ...
end

--- Seeds from the system and returns the seed.
function torch.seed(generator)
  local state = split(generator)
  local seed = system_seed()
  C.fbl_generator_seed(state, seed)
  return seed
end

function torch.manualSeed(...)
  local state, seed = split(...)
  if not tonumber(seed) then raise("bad argument #1 to 'manualSeed' (number expected, got %s)", type(seed)) end
  C.fbl_generator_seed(state, ffi.cast('uint64_t', ffi.cast('int64_t', tonumber(seed))))
end

function torch.initialSeed(generator)
  return tonumber(split(generator).initial_seed)
end

--- The generator's state as a ByteTensor of 5048 elements.
function torch.getRNGState(...)
  local state, target = split(...)
  local bytes = target or torch.ByteTensor()
  bytes:resize(STATE_BYTES)
  ffi.copy(bytes:data(), state, STATE_BYTES)
  return bytes
end

function torch.setRNGState(...)
  local state, bytes = split(...)
  if torch.typename(bytes) ~= 'torch.ByteTensor' or bytes:nElement() ~= STATE_BYTES then
    raise("bad argument #1 to 'setRNGState' (torch.ByteTensor of %d elements expected)", STATE_BYTES)
  end
  ffi.copy(state, bytes:contiguous():data(), STATE_BYTES)
end
