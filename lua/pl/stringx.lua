--- Python's string methods. `stringx.import()` makes them methods of all strings.
local utils = require 'pl.utils'

local assert_string = utils.assert_string

local stringx = {}

local list_class
local function as_list(t)
  list_class = list_class or require 'pl.List'
  return setmetatable(t, list_class)
end

--------------------------------------------------------------------------------------------------
-- What a text consists of

local function consists_of(set)
  local pattern = '^' .. set .. '+$'
  return function(s)
    assert_string(1, s)
    return s:find(pattern) == 1
  end
end

stringx.isalpha = consists_of '%a'
stringx.isdigit = consists_of '%d'
stringx.isalnum = consists_of '%w'
stringx.isspace = consists_of '%s'
stringx.islower = consists_of '[%l%s]'
stringx.isupper = consists_of '[%u%s]'

-- `holds` for one text, or for any of a list of them.
local function any_of(name, holds)
  return function(s, options)
    assert_string(1, s)
    if type(options) == 'string' then return holds(s, options) end
    if type(options) ~= 'table' then
      error(("argument 2 of %s expected a string or a list, got a '%s'"):format(name, type(options)), 2)
    end
    for _, option in ipairs(options) do
      if holds(s, option) then return true end
    end
    return false
  end
end

stringx.startswith = any_of('startswith', function(s, prefix) return s:sub(1, #prefix) == prefix end)
stringx.endswith = any_of('endswith', function(s, suffix)
  return #s >= #suffix and s:find(suffix, #s - #suffix + 1, true) ~= nil
end)

--------------------------------------------------------------------------------------------------
-- Lists of texts

--- The texts of a list with `s` between them.
function stringx.join(s, texts)
  assert_string(1, s)
  return table.concat(texts, s)
end

--- Lines, ended by "\n", "\r" or "\r\n"; with their ends if asked.
function stringx.splitlines(s, keep_ends)
  assert_string(1, s)
  local lines, start = {}, 1
  while start <= #s do
    local at = s:find('[\r\n]', start)
    if not at then
      lines[#lines + 1] = s:sub(start)
      break
    end
    local last = s:sub(at, at + 1) == '\r\n' and at + 1 or at
    lines[#lines + 1] = s:sub(start, keep_ends and last or at - 1)
    start = last + 1
  end
  return as_list(lines)
end

--- Pieces between occurrences of a delimiter (default: white space), at most `n`.
function stringx.split(s, delimiter, n)
  assert_string(1, s)
  if delimiter == nil then return as_list(utils.split(stringx.lstrip(s), nil, false, n)) end
  local pieces = utils.split(s, delimiter, true, n)
  if delimiter ~= '' and #pieces ~= n and stringx.endswith(s, delimiter) then pieces[#pieces + 1] = '' end
  return as_list(pieces)
end

--- Pieces between matches of a pattern, as several results.
function stringx.splitv(s, pattern)
  assert_string(1, s)
  return utils.splitv(s, pattern)
end

--- Iterator over the lines of a text.
function stringx.lines(s)
  assert_string(1, s)
  local text = s:find '\n$' and s or s .. '\n'
  return text:gmatch '([^\n]*)\n'
end

--- Tabs become spaces up to the next tab stop.
function stringx.expandtabs(s, size)
  assert_string(1, s)
  size = size or 8
  local expanded = s:gsub('([^\t\r\n]*)\t', function(before)
    if size == 0 then return before end
    return before .. (' '):rep(size - #before % size)
  end)
  return expanded
end

--------------------------------------------------------------------------------------------------
-- Finding and replacing

-- Positions of a text, always taken literally, in order.
local function occurrences(s, sub, first, last, overlapping)
  local start = first
  return function()
    -- Lua 5.1 finds an empty text behind the end again and again.
    if start > last then return nil end
    local from, to = s:find(sub, start, true)
    if not from or to > last then return nil end
    start = (overlapping or to < from) and from + 1 or to + 1
    return from, to
  end
end

local function bounds(s, first, last)
  first, last = first or 1, last or #s
  if first < 0 then first = math.max(#s + first + 1, 1) end
  if last < 0 then last = #s + last + 1 end
  return first, last
end

--- Index of the first occurrence of a text between `first` and `last`, or nil.
function stringx.lfind(s, sub, first, last)
  assert_string(1, s)
  assert_string(2, sub)
  first, last = bounds(s, first, last)
  local from, to = s:find(sub, first, true)
  if from and to <= last then return from end
  return nil
end

--- Index of the last occurrence of a text between `first` and `last`, or nil.
function stringx.rfind(s, sub, first, last)
  assert_string(1, s)
  assert_string(2, sub)
  first, last = bounds(s, first, last)
  for start = last - #sub + 1, first, -1 do
    if s:sub(start, start + #sub - 1) == sub then return start end
  end
  return nil
end

--- Replaces up to `n` occurrences (default: all) of a text.
function stringx.replace(s, old, new, n)
  assert_string(1, s)
  assert_string(2, old)
  assert_string(3, new)
  return (s:gsub(utils.escape(old), (new:gsub('%%', '%%%%')), n))
end

--- How often a text occurs.
function stringx.count(s, sub, overlapping)
  assert_string(1, s)
  local count = 0
  for _ in occurrences(s, sub, 1, #s, overlapping) do count = count + 1 end
  return count
end

--------------------------------------------------------------------------------------------------
-- Stripping and justifying

local function padding(s, width, fill)
  assert_string(1, s)
  utils.assert_arg(2, width, 'number')
  return math.max(width - #s, 0), fill or ' '
end

--- The text at the left of `width` characters.
function stringx.ljust(s, width, fill)
  local count
  count, fill = padding(s, width, fill)
  return s .. fill:rep(count)
end

--- The text at the right of `width` characters.
function stringx.rjust(s, width, fill)
  local count
  count, fill = padding(s, width, fill)
  return fill:rep(count) .. s
end

--- The text in the middle of `width` characters; an odd one goes to the right.
function stringx.center(s, width, fill)
  local count
  count, fill = padding(s, width, fill)
  local left = math.floor(count / 2)
  return fill:rep(left) .. s .. fill:rep(count - left)
end

-- First and last position that stay when the characters (default: white space) at the ends go.
local function strip(s, characters, at_left, at_right)
  assert_string(1, s)
  local set = characters and '[' .. utils.escape(characters) .. ']' or '%s'
  local first, last = 1, #s
  if characters == '' then return s end
  if at_left then
    local _, to = s:find('^' .. set .. '*')
    first = to + 1
  end
  if at_right then
    while last >= first and s:find('^' .. set, last) do last = last - 1 end
  end
  return s:sub(first, last)
end

function stringx.lstrip(s, characters) return strip(s, characters, true, false) end

function stringx.rstrip(s, characters) return strip(s, characters, false, true) end

function stringx.strip(s, characters) return strip(s, characters, true, true) end

--------------------------------------------------------------------------------------------------
-- Parts

local function need_delimiter(s, delimiter)
  assert_string(1, s)
  utils.assert_arg(2, delimiter, 'string', function(text) return text ~= '' end, 'must not be empty', 3)
end

--- The text before the first occurrence of a delimiter, the delimiter, and the text after it.
function stringx.partition(s, delimiter)
  need_delimiter(s, delimiter)
  local from, to = s:find(delimiter, 1, true)
  if not from then return s, '', '' end
  return s:sub(1, from - 1), delimiter, s:sub(to + 1)
end

--- As `partition`, at the last occurrence.
function stringx.rpartition(s, delimiter)
  need_delimiter(s, delimiter)
  local from = stringx.rfind(s, delimiter)
  if not from then return '', '', s end
  return s:sub(1, from - 1), delimiter, s:sub(from + #delimiter)
end

--- The character at a position, which may be negative.
function stringx.at(s, position)
  assert_string(1, s)
  utils.assert_arg(2, position, 'number')
  return s:sub(position, position)
end

--- Every word with a capital first letter.
function stringx.title(s)
  assert_string(1, s)
  return (s:gsub('(%S)(%S*)', function(first, rest) return first:upper() .. rest:lower() end))
end

stringx.capitalize = stringx.title

local ELLIPSIS = '...'

--- The text cut to a width, with an ellipsis at the cut: at the end, or at the beginning with `tail`.
function stringx.shorten(s, width, tail)
  assert_string(1, s)
  if #s <= width then return s end
  if width < #ELLIPSIS then return ELLIPSIS:sub(1, width) end
  local kept = width - #ELLIPSIS
  if tail then return ELLIPSIS .. s:sub(#s - kept + 1) end
  return s:sub(1, kept) .. ELLIPSIS
end

--- A Lua literal for a text: a long string where it has line ends that survive in one, else a quoted one.
function stringx.quote_string(s)
  assert_string(1, s)
  if s:find '\n' and not s:gsub('[\n\t]', ''):find '%c' then
    local equals = ''
    while s:find(']' .. equals .. ']', 1, true) or s:find('%]' .. equals .. '$') do equals = equals .. '=' end
    return ('[%s[\n%s]%s]'):format(equals, s, equals)
  end
  return (('%q'):format(s):gsub('\\\n', '\\n'):gsub('\r', '\\r'):gsub('\t', '\\t'):gsub('%z', '\\0'))
end

require 'pl.stringx_text'(stringx, as_list)

--- Makes the functions above methods of all strings.
function stringx.import()
  utils.import(stringx, string)
end

return stringx
