--- Text in UTF-8, as the luautf8 rock has it: Lua 5.3's utf8 functions (positions in bytes), and the functions of string
-- for whole characters (positions in characters).
local codec = require 'lua-utf8.codec'
local pattern = require 'lua-utf8.pattern'
local host = require 'bridge.host'

local utf8 = {}

for _, name in ipairs { 'char', 'charpattern', 'codepoint', 'codes', 'len', 'next', 'offset' } do utf8[name] = codec[name] end

-- Positions first and last within a text of a number of characters.
local function range(first, last, count)
  if first < 0 then first = math.max(count + first + 1, 1) elseif first == 0 then first = 1 end
  if last < 0 then last = count + last + 1 end
  return first, math.min(last, count)
end

--- sub(text, i [, j]): characters i to j.
function utf8.sub(text, i, j)
  local points, count = codec.points(text)
  local first, last = range(i or 1, j or -1, count)
  return codec.text(points, first, last)
end

--- byte(text [, i [, j]]): code points of the characters i to j.
function utf8.byte(text, i, j)
  local points, count = codec.points(text)
  local first, last = range(i or 1, j or i or 1, count)
  return unpack(points, first, last)
end

--- reverse(text)
function utf8.reverse(text)
  local points, count = codec.points(text)
  for i = 1, math.floor(count / 2) do points[i], points[count + 1 - i] = points[count + 1 - i], points[i] end
  return codec.text(points)
end

for _, name in ipairs { 'lower', 'upper', 'title', 'fold' } do
  --- lower(text), upper(text), title(text), fold(text): letter by letter; a code point in place of the text works too.
  utf8[name] = function(text)
    if type(text) == 'number' then return (codec.codepoint(utf8[name](codec.char(text)))) end
    return host.python('unicode').mapped(text, name)
  end
end

--- width(text): columns on a terminal.
function utf8.width(text)
  if type(text) == 'number' then text = codec.char(text) end
  return host.python('unicode').width(text)
end

--- ncasecmp(a, b): -1, 0 or 1, whatever the case of letters.
function utf8.ncasecmp(a, b)
  a, b = utf8.fold(a), utf8.fold(b)
  return a < b and -1 or a > b and 1 or 0
end

--- charpos(text [[, position], offset]): the byte and the code point of a character.
function utf8.charpos(text, position, offset)
  if not offset then
    local n = position or 1
    position = codec.offset(text, n)
    if not position or position > #text then return nil end
    return position, (codec.decode(text, position))
  end
  return codec.next(text, position, offset)
end

--- insert(text [, i], piece): before the character i, at the end without it.
function utf8.insert(text, i, piece)
  if piece == nil then return text .. i end
  return utf8.sub(text, 1, i - 1) .. piece .. utf8.sub(text, i)
end

--- remove(text [, i [, j]]): without the characters i to j (the last one).
function utf8.remove(text, i, j)
  local points, count = codec.points(text)
  local first, last = range(i or -1, j or (i and -1 or count), count)
  return codec.text(points, 1, first - 1) .. codec.text(points, last + 1)
end

--- escape(text): `%123`, `%{123}`, `%xFF`, `%x{FF}` and `%u…` become characters, `%%` a percent sign.
function utf8.escape(text)
  local function decimal(digits) return codec.char(tonumber(digits)) end
  local function hexadecimal(digits) return codec.char(tonumber(digits, 16)) end
  text = text:gsub('%%%%', '\1')
  text = text:gsub('%%[xX]{(%x+)}', hexadecimal):gsub('%%[xX](%x+)', hexadecimal)
  text = text:gsub('%%[uU]?{(%d+)}', decimal):gsub('%%[uU]?(%d+)', decimal)
  return (text:gsub('\1', '%%'))
end

local function start(from, count)
  from = from or 1
  if from < 0 then return math.max(count + from + 1, 1) end
  return math.max(from, 1)
end

local function plain_find(text, piece, from)
  local points, count = codec.points(text)
  from = start(from, count)
  if from > count + 1 then return nil end
  local first = #codec.text(points, 1, from - 1) + 1
  local at, last = text:find(piece, first, true)
  if not at then return nil end
  return codec.len(text, 1, at - 1) + 1, codec.len(text, 1, last)
end

--- find(text, pattern [, from [, plain]]): first and last character, and the captures.
function utf8.find(text, pat, from, plain)
  if plain then return plain_find(text, pat, from) end
  local matcher = pattern.new(text, pat)
  from = start(from, matcher.length)
  if from > matcher.length + 1 then return nil end
  local first, last = matcher:search(from)
  if not first then return nil end
  return first, last, unpack(matcher:values(first, last))
end

--- match(text, pattern [, from]): the captures, or the whole match.
function utf8.match(text, pat, from)
  local matcher = pattern.new(text, pat)
  from = start(from, matcher.length)
  if from > matcher.length + 1 then return nil end
  local first, last = matcher:search(from)
  if not first then return nil end
  return unpack(matcher:values(first, last, true))
end

--- gmatch(text, pattern)
function utf8.gmatch(text, pat)
  local matcher, from = pattern.new(text, pat), 1
  return function()
    if from > matcher.length + 1 then return nil end
    local first, last = matcher:search(from)
    if not first then return nil end
    from = last < first and first + 1 or last + 1
    return unpack(matcher:values(first, last, true))
  end
end

local function replacement(by, values, whole)
  if type(by) == 'string' then
    return (by:gsub('%%(.)', function(what)
      if what == '0' then return whole end
      return tonumber(what) and tostring(values[tonumber(what)]) or what
    end))
  end
  local value
  if type(by) == 'table' then value = by[values[1]] else value = by(unpack(values)) end
  if not value then return whole end
  return tostring(value)
end

--- gsub(text, pattern, replacement [, n]): the new text and the number of replacements.
function utf8.gsub(text, pat, by, limit)
  local matcher, from, count, pieces = pattern.new(text, pat), 1, 0, {}
  while from <= matcher.length + 1 and (not limit or count < limit) do
    local first, last = matcher:search(from, true)
    if first then
      count = count + 1
      local whole = codec.text(matcher.subject, first, last)
      pieces[#pieces + 1] = replacement(by, matcher:values(first, last, true), whole)
    end
    if first and last >= first then
      from = last + 1
    else
      pieces[#pieces + 1] = codec.text(matcher.subject, from, math.min(from, matcher.length))
      from = from + 1
    end
    if matcher.anchored then break end
  end
  return table.concat(pieces) .. codec.text(matcher.subject, from), count
end

return utf8
