--- MD5 sums (RFC 1321): `md5.sumhexa(text)` in hexadecimal, `md5.sum(text)` as 16 bytes, `md5.exor(a, b)`.
local bit = require 'bit'
local ffi = require 'ffi'

local band, bor, bxor, bnot, rol, tobit = bit.band, bit.bor, bit.bxor, bit.bnot, bit.rol, bit.tobit

local md5 = {}

local BLOCK = 64

-- Shifts of the four rounds, and the constants: floor(2^32 |sin i|).
local shifts = ffi.new('int[64]')
local constants = ffi.new('int[64]')
for i, round in ipairs { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } } do
  for j = 0, 15 do shifts[16 * (i - 1) + j] = round[j % 4 + 1] end
end
for i = 0, 63 do constants[i] = tobit(math.floor(2 ^ 32 * math.abs(math.sin(i + 1)))) end

local function mix(a, b, c, d, f, i, word) return d, tobit(b + rol(tobit(tobit(a + f) + tobit(constants[i] + word)), shifts[i])), b, c end

local function digest_block(state, words)
  local a, b, c, d = state[0], state[1], state[2], state[3]
  for i = 0, 15 do a, b, c, d = mix(a, b, c, d, bor(band(b, c), band(bnot(b), d)), i, words[i]) end
  for i = 16, 31 do a, b, c, d = mix(a, b, c, d, bor(band(d, b), band(bnot(d), c)), i, words[band(5 * i + 1, 15)]) end
  for i = 32, 47 do a, b, c, d = mix(a, b, c, d, bxor(b, c, d), i, words[band(3 * i + 5, 15)]) end
  for i = 48, 63 do a, b, c, d = mix(a, b, c, d, bxor(c, bor(b, bnot(d))), i, words[band(7 * i, 15)]) end
  state[0], state[1] = tobit(state[0] + a), tobit(state[1] + b)
  state[2], state[3] = tobit(state[2] + c), tobit(state[3] + d)
end

--- The MD5 sum of a string, 16 bytes.
function md5.sum(text)
  if type(text) ~= 'string' then error('md5: a string is expected, got a ' .. type(text), 2) end
  local length = #text
  local padded = math.floor((length + 8) / BLOCK + 1) * BLOCK
  local bytes = ffi.new('uint8_t[?]', padded)
  ffi.copy(bytes, text, length)
  bytes[length] = 0x80
  local words = ffi.cast('int *', bytes)
  words[padded / 4 - 2] = tobit(length * 8 % 2 ^ 32)
  words[padded / 4 - 1] = math.floor(length / 2 ^ 29)
  local state = ffi.new('int[4]', tobit(0x67452301), tobit(0xefcdab89), tobit(0x98badcfe), tobit(0x10325476))
  for first = 0, padded / 4 - 1, BLOCK / 4 do digest_block(state, words + first) end
  return ffi.string(state, 16)
end

--- The MD5 sum of a string in 32 hexadecimal digits.
function md5.sumhexa(text)
  return (md5.sum(text):gsub('.', function(letter) return ('%02x'):format(letter:byte()) end))
end

--- The bytes of two strings of one length, combined by exclusive or.
function md5.exor(first, second)
  if #first ~= #second then error(('md5.exor: strings of %d and %d bytes'):format(#first, #second), 2) end
  local bytes = {}
  for i = 1, #first do bytes[i] = string.char(bxor(first:byte(i), second:byte(i))) end
  return table.concat(bytes)
end

for _, name in ipairs { 'crypt', 'decrypt' } do
  md5[name] = function() error(('md5.%s is not supported; use the openssl command'):format(name), 2) end
end

return md5
