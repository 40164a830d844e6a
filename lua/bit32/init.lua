--- Lua 5.2's operations on unsigned 32-bit numbers, over LuaJIT's signed ones.
local bit = require 'bit'

local bit32 = {}

local RANGE = 2 ^ 32

local function unsigned(x) return x % RANGE end

-- LuaJIT wraps numbers to 32 bits only as far as 2^51; Lua 5.2 reduces any whole number.
local function word(x)
  if type(x) ~= 'number' then x = tonumber(x) or error(('number expected, got %s'):format(type(x)), 3) end
  return bit.tobit(x % RANGE)
end

local function fold(operation, identity)
  return function(...)
    local result = identity
    for i = 1, select('#', ...) do result = operation(result, word((select(i, ...)))) end
    return unsigned(result)
  end
end

bit32.band = fold(bit.band, -1)
bit32.bor = fold(bit.bor, 0)
bit32.bxor = fold(bit.bxor, 0)

function bit32.bnot(x) return unsigned(bit.bnot(word(x))) end

--- Whether the numbers have a bit in common.
function bit32.btest(...) return bit32.band(...) ~= 0 end

--- Shifts left; a negative distance shifts right. Bits come in as zeros.
function bit32.lshift(x, distance)
  if distance < 0 then return bit32.rshift(x, -distance) end
  if distance > 31 then return 0 end
  return unsigned(bit.lshift(word(x), distance))
end

function bit32.rshift(x, distance)
  if distance < 0 then return bit32.lshift(x, -distance) end
  if distance > 31 then return 0 end
  return unsigned(bit.rshift(word(x), distance))
end

--- As `rshift`, but copies of the highest bit come in.
function bit32.arshift(x, distance)
  if distance < 0 then return bit32.lshift(x, -distance) end
  return unsigned(bit.arshift(word(x), math.min(distance, 31)))
end

function bit32.lrotate(x, distance) return unsigned(bit.rol(word(x), distance % 32)) end

function bit32.rrotate(x, distance) return unsigned(bit.ror(word(x), distance % 32)) end

local function mask(field, width, name)
  width = width or 1
  if field < 0 then error(("bad argument to '%s' (field cannot be negative)"):format(name), 3) end
  if width < 1 then error(("bad argument to '%s' (width must be positive)"):format(name), 3) end
  if field + width > 32 then error('trying to access non-existent bits', 3) end
  return 2 ^ width - 1
end

--- The number in `width` bits from bit `field` on.
function bit32.extract(x, field, width)
  local bits = mask(field, width, 'extract')
  return bit32.band(bit32.rshift(x, field), bits)
end

--- `x` with `width` bits from bit `field` on replaced by those of `value`.
function bit32.replace(x, value, field, width)
  local bits = mask(field, width, 'replace')
  local cleared = bit32.band(x, bit32.bnot(bit32.lshift(bits, field)))
  return bit32.bor(cleared, bit32.lshift(bit32.band(value, bits), field))
end

rawset(_G, 'bit32', bit32)

return bit32
