--- IEEE half precision numbers as bit patterns, for text files and printing.
local ffi = require 'ffi'
local bit = require 'bit'
local band, bor, lshift, rshift = bit.band, bit.bor, bit.lshift, bit.rshift

local half = {}

local view = ffi.new('union { float value; uint32_t bits; }')

--- The number that 16 bits stand for.
function half.to_number(bits)
  local sign = band(bits, 0x8000) ~= 0 and -1 or 1
  local exponent, fraction = band(rshift(bits, 10), 0x1f), band(bits, 0x3ff)
  if exponent == 0x1f then
    if fraction ~= 0 then return 0 / 0 end
    return sign * math.huge
  end
  if exponent == 0 then return sign * fraction * 2 ^ -24 end
  return sign * (1024 + fraction) * 2 ^ (exponent - 25)
end

--- The 16 bits nearest to a number (ties to even).
function half.from_number(value)
  view.value = value
  local bits = tonumber(view.bits)
  local sign = band(rshift(bits, 16), 0x8000)
  local magnitude = band(bits, 0x7fffffff)
  if magnitude > 0x7f800000 then return bor(sign, 0x7e00) end
  if magnitude >= 0x47800000 then return bor(sign, 0x7c00) end
  if magnitude < 0x38800000 then
    -- Subnormal: a multiple of 2^-24. Adding 2^52 makes the processor round to an integer, ties to even.
    view.bits = magnitude
    return bor(sign, tonumber(view.value) * 2 ^ 24 + 2 ^ 52 - 2 ^ 52)
  end
  local odd = band(rshift(magnitude, 13), 1)
  return bor(sign, rshift(magnitude - lshift(112, 23) + 0xfff + odd, 13))
end

return half
