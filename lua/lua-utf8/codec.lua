--- UTF-8 text and code points. Positions are bytes, as in Lua 5.3's utf8.
local codec = { charpattern = '[\0-\127\194-\253][\128-\191]*' }

local byte, char = string.byte, string.char
local floor = math.floor

local LARGEST = 0x7fffffff

--- The bytes of one code point.
function codec.encode(code)
  if type(code) ~= 'number' or code < 0 or code > LARGEST then
    error(('utf8: a code point of 0 to 2^31 - 1 is expected, got %s'):format(tostring(code)), 3)
  end
  if code < 0x80 then return char(code) end
  local tail, limit, lead = '', 0x40, 0x80
  repeat -- six bits a byte, until what is left fits into the first
    tail = char(0x80 + code % 64) .. tail
    code, limit, lead = floor(code / 64), limit / 2, lead / 2 + 0x80
  until code < limit
  return char(lead % 256 + code) .. tail
end

-- Number of bytes that a first byte announces, and its own bits; nil for a byte that begins nothing.
local function announced(first)
  if first < 0x80 then return 1, first end
  if first < 0xc0 then return nil end
  if first < 0xe0 then return 2, first - 0xc0 end
  if first < 0xf0 then return 3, first - 0xe0 end
  if first < 0xf8 then return 4, first - 0xf0 end
  if first < 0xfc then return 5, first - 0xf8 end
  if first < 0xfe then return 6, first - 0xfc end
  return nil
end

local SMALLEST = { 0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000 }

--- The code point at a byte position and the position behind it; nil where there is none.
function codec.decode(text, position)
  local first = byte(text, position)
  if not first then return nil end
  local count, code = announced(first)
  if not count then return nil end
  for i = position + 1, position + count - 1 do
    local more = byte(text, i)
    if not more or more < 0x80 or more > 0xbf then return nil end
    code = code * 64 + more - 0x80
  end
  if code < SMALLEST[count] then return nil end
  return code, position + count
end

--- The code points of a text, as a list; a byte that begins none counts as one.
function codec.points(text)
  local points, position, count = {}, 1, 0
  while position <= #text do
    local code, behind = codec.decode(text, position)
    count = count + 1
    points[count] = code or byte(text, position)
    position = behind or position + 1
  end
  return points, count
end

--- The text of the code points first to last of a list.
function codec.text(points, first, last)
  local pieces = {}
  for i = first or 1, last or #points do pieces[#pieces + 1] = codec.encode(points[i]) end
  return table.concat(pieces)
end

local function absolute(position, length)
  return position < 0 and length + position + 1 or position
end

--- char(…): the text of code points.
function codec.char(...)
  local pieces = { ... }
  for i = 1, #pieces do pieces[i] = codec.encode(pieces[i]) end
  return table.concat(pieces)
end

--- len(text [, i [, j]]): characters that begin between two bytes; nil and a position where the text is no UTF-8.
function codec.len(text, i, j)
  i, j = absolute(i or 1, #text), absolute(j or -1, #text)
  local count = 0
  while i <= j do
    local _, behind = codec.decode(text, i)
    if not behind then return nil, i end
    i, count = behind, count + 1
  end
  return count
end

--- codepoint(text [, i [, j]]): the code points that begin between two bytes.
function codec.codepoint(text, i, j)
  i = absolute(i or 1, #text)
  j = absolute(j or i, #text)
  local found = {}
  while i <= j do
    local code, behind = codec.decode(text, i)
    if not code then error('utf8: invalid UTF-8 code', 2) end
    found[#found + 1] = code
    i = behind
  end
  return unpack(found)
end

--- codes(text): an iterator over byte positions and code points.
function codec.codes(text)
  local position = 1
  return function()
    if position > #text then return nil end
    local at = position
    local code, behind = codec.decode(text, at)
    if not code then error('utf8: invalid UTF-8 code', 2) end
    position = behind
    return at, code
  end
end

local function continues(text, position)
  local value = byte(text, position)
  return value ~= nil and value >= 0x80 and value < 0xc0
end

-- Goes so many characters on, or back: where that is, and how many did not fit into the text.
local function walk(text, position, steps)
  while steps > 0 and position <= #text do
    repeat position = position + 1 until not continues(text, position)
    steps = steps - 1
  end
  while steps < 0 and position > 1 do
    repeat position = position - 1 until position <= 1 or not continues(text, position)
    steps = steps + 1
  end
  return position, steps
end

--- offset(text, n [, i]): the byte where the n-th character from byte i begins.
function codec.offset(text, n, i)
  i = absolute(i or (n > 0 and 1 or #text + 1), #text)
  if n == 0 then
    while i > 1 and continues(text, i) do i = i - 1 end
    return i
  end
  if continues(text, i) then error('utf8: initial position is a continuation byte', 2) end
  local left
  i, left = walk(text, i, n > 0 and n - 1 or n)
  return left == 0 and i or nil
end

--- next(text [, position [, offset]]): the byte where the next character begins (or the offset-th next one) and its code
-- point; as an iterator: `for position, code in utf8.next, text do`.
function codec.next(text, position, offset)
  if not position then
    position, offset = 1, offset or 0
  else
    position, offset = absolute(position, #text), offset or 1
  end
  position, offset = walk(text, position, offset)
  if offset ~= 0 or position < 1 or position > #text then return nil end
  return position, (codec.decode(text, position))
end

return codec
