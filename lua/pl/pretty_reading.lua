--- Tables from text, for pl.pretty: the text is compiled, so what could do more than make a table is refused first.
local utils = require 'pl.utils'

local reading = {}

-- The text without comments and strings, so that words in those do not count.
local function code_only(text)
  local position, pieces = 1, {}
  while position <= #text do
    local from, _, opening = text:find('(%-%-%[=*%[)', position)
    local line_comment = text:find('%-%-', position)
    local string_from, _, mark = text:find('(["\'])', position)
    local long_from, _, long_mark = text:find('(%[=*%[)', position)
    local first = math.min(from or math.huge, line_comment or math.huge, string_from or math.huge, long_from or math.huge)
    if first == math.huge then break end
    pieces[#pieces + 1] = text:sub(position, first - 1) .. ' '
    if first == from or first == long_from and first ~= line_comment then
      local level = (first == from and opening or long_mark):match '=*%[$'
      local closing = ']' .. level:sub(1, -2) .. ']'
      local _, to = text:find(closing, first, true)
      position = (to or #text) + 1
    elseif first == line_comment then
      position = text:find('\n', first, true) or #text + 1
    else
      position = first + 1
      while position <= #text and text:sub(position, position) ~= mark do
        position = position + (text:sub(position, position) == '\\' and 2 or 1)
      end
      position = position + 1
      pieces[#pieces + 1] = '""'
    end
  end
  pieces[#pieces + 1] = text:sub(position)
  return table.concat(pieces)
end

local LOOPS = { ['for'] = true, ['while'] = true, ['repeat'] = true, ['until'] = true, ['goto'] = true }

local function words(code)
  local code_words = {}
  -- A field such as t.function does not exist, so that every such word is the keyword.
  for word in code:gmatch '[%a_][%w_]*' do code_words[word] = true end
  return code_words
end

-- Text methods such as ('x'):rep(1e9) would be found through the metatable of strings.
local function run_without_string_methods(chunk)
  local metatable = getmetatable ''
  local index = metatable.__index
  metatable.__index = nil
  local results = table.pack(pcall(chunk))
  metatable.__index = index
  return results
end

--- The table that a text describes, or nil and a message. Functions are refused, and no global can be reached.
function reading.read(text)
  utils.assert_arg(1, text, 'string')
  if text:find '^%s*%-%-' then text = text:gsub('^%s*%-%-.-\n', '') end
  if not text:find '^%s*{' then return nil, 'not a Lua table' end
  if words(code_only(text))['function'] then return nil, 'cannot have functions in table definition' end
  local chunk, message = load('return ' .. text, 'tbl', 't', {})
  if not chunk then return nil, message end
  local results = run_without_string_methods(chunk)
  if results[1] then return results[2] end
  return nil, results[2]
end

--- The global variables that a Lua text sets, as a table; nil and a message when it fails.
-- @param environment what the text sees
-- @param paranoid whether loops and text methods are refused, which could take for ever
function reading.load(text, environment, paranoid)
  utils.assert_arg(1, text, 'string')
  environment = environment or {}
  if paranoid then
    for word in pairs(words(code_only(text))) do
      if LOOPS[word] or word == 'function' then return nil, 'looping not allowed' end
    end
  end
  local chunk, message = load(text, 'tbl', 't', environment)
  if not chunk then return nil, message end
  local results = paranoid and run_without_string_methods(chunk) or table.pack(pcall(chunk))
  if not results[1] then return nil, results[2] end
  return environment
end

return reading
