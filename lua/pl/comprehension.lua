--- List comprehensions: `C = require('pl.comprehension').new(); C 'x^2 for x if x > 1' {1, 2, 3}` gives {4, 9}.
--
-- `for x` takes its values from the next list argument, `for i = 1, 3` and `for k, v in pairs(_1)` are Lua's; _1, _2, …
-- are the arguments. Around it: table(key, value for …), sum(…), min(…), max(…), list(…).
local lexer = require 'pl.lexer'

local comprehension = {}

local OPENING = { ['('] = 1, ['{'] = 1, ['['] = 1, [')'] = -1, ['}'] = -1, [']'] = -1 }
local BLOCKS = { ['function'] = 1, ['do'] = 1, ['repeat'] = 1, ['end'] = -1, ['until'] = -1 }

-- Splits text at its outermost for and if: the expression, and {word, text} pairs.
local function clauses_of(text)
  local depth, head, list = 0, {}, {}
  local current = head
  local pending = 0 -- loops of an inner function, whose `do` has been counted by `for` or `while`
  for kind, value in lexer.lua(text, {}, { number = false, string = false }) do
    if kind == 'keyword' and depth > 0 then
      if value == 'for' or value == 'while' then pending = pending + 1 end
      if value == 'if' then
        depth = depth + 1
      elseif value == 'do' and pending > 0 then
        pending, depth = pending - 1, depth + 1
      else
        depth = depth + (BLOCKS[value] or 0)
      end
    elseif kind == 'keyword' and BLOCKS[value] then
      depth = depth + BLOCKS[value]
    elseif OPENING[kind] then
      depth = depth + OPENING[kind]
    end
    if kind == 'keyword' and depth == 0 and (value == 'for' or value == 'if') then
      current = { word = value }
      list[#list + 1] = current
    else
      current[#current + 1] = kind == 'comment' and ' ' or value
    end
  end
  return table.concat(head), list
end

-- The outermost function around a comprehension, and what stands inside.
local function kind_of(text)
  local name, inside = text:match '^%s*(%a+)%s*(%b())%s*$'
  if ({ table = true, list = true, sum = true, min = true, max = true })[name] then return name, inside:sub(2, -2) end
  return 'list', text
end

local RESULTS = {
  list = { 'local __result = {}', '__result[#__result + 1] = %s' },
  table = { 'local __result = {}', 'local __key, __value = %s; __result[__key] = __value' },
  sum = { 'local __result = 0', '__result = __result + (%s)' },
  min = { 'local __result', 'local __value = %s; if not __result or __value < __result then __result = __value end' },
  max = { 'local __result', 'local __value = %s; if not __result or __value > __result then __result = __value end' },
}

-- The highest numbered argument that a text names.
local function highest_argument(text)
  local highest = 0
  for kind, value in lexer.lua(text) do
    local number = kind == 'iden' and value:match '^_(%d+)$'
    if number then highest = math.max(highest, tonumber(number)) end
  end
  return highest
end

local function generate(text)
  if text:find '__' and text:find('%f[%w_]__%a') then error('comprehension: names must not contain __ prefix', 0) end
  local kind, inside = kind_of(text)
  local expression, clauses = clauses_of(inside)
  if #clauses == 0 then error(('comprehension: a `for` is missing in %q'):format(text), 0) end
  local arguments = highest_argument(text)
  local opened, closed = {}, 0
  for _, clause in ipairs(clauses) do
    local body = table.concat(clause)
    if clause.word == 'if' then
      opened[#opened + 1] = ('if %s then'):format(body)
    elseif body:match '^%s*[%a_][%w_]*%s*$' then
      arguments = arguments + 1
      opened[#opened + 1] = ('for __i%d = 1, #_%d do local %s = _%d[__i%d]'):format(
        arguments, arguments, body, arguments, arguments)
    else
      opened[#opened + 1] = ('for %s do'):format(body)
    end
    closed = closed + 1
  end
  local names = {}
  for i = 1, arguments do names[i] = '_' .. i end
  local result = RESULTS[kind]
  return table.concat({
    #names > 0 and ('local %s = ...'):format(table.concat(names, ', ')) or '', result[1], table.concat(opened, ' '),
    result[2]:gsub('%%s', (expression:gsub('%%', '%%%%'))), ('end '):rep(closed), 'return __result',
  }, '\n')
end

--- new([environment]): a function that compiles comprehensions, with the caller's globals or those given.
function comprehension.new(environment)
  environment = environment or getfenv(2)
  local compiled = {}
  local function compile(text)
    if not compiled[text] then
      local chunk, message = loadstring(generate(text), '=comprehension')
      if not chunk then error(('comprehension %q: %s'):format(text, message), 2) end
      compiled[text] = setfenv(chunk, environment)
    end
    return compiled[text]
  end
  return setmetatable({ new = comprehension.new }, { __call = function(_, text) return compile(text) end })
end

return setmetatable(comprehension, {
  __call = function(_, environment) return comprehension.new(environment or getfenv(2)) end,
})
