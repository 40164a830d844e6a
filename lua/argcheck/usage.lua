--- Texts about checked functions: the list of their arguments, and what was given instead.
local env = require 'argcheck.env'

local usage = {}

local PLAIN = { number = true, string = true, boolean = true }

local function default_text(rule)
  if rule.defaulta then return ' [defaulta=' .. rule.defaulta .. ']' end
  if rule.defaultf then return ' [has default]' end
  if rule.default == nil then return '' end
  if PLAIN[type(rule.default)] then return ' [default=' .. tostring(rule.default) .. ']' end
  return ' [has default value]'
end

-- The brackets say how the function can be called: ({ }) both ways, ( ) in order, { } by name.
local function brackets(alternative)
  if alternative.noordered then return '{', '}' end
  if alternative.nonamed then return '(', ')' end
  return '({', '})'
end

--- The arguments of one alternative, one a line.
function usage.arguments(alternative)
  local name_width, type_width = 0, 0
  for _, rule in ipairs(alternative.rules) do
    name_width = math.max(name_width, #rule.name)
    type_width = math.max(type_width, #rule.type + (rule.optional and 1 or 0))
  end
  local opening, closing = brackets(alternative)
  local lines = { opening }
  for _, rule in ipairs(alternative.rules) do
    local left, right = ' ', ''
    if rule.optional then left, right = '[', ']' end
    lines[#lines + 1] = ('  %s%-' .. name_width .. 's = %-' .. type_width .. 's  -- %s%s'):format(
      left, rule.name, rule.type .. right, rule.help or rule.doc or '', default_text(rule))
  end
  lines[#lines + 1] = closing
  return table.concat(lines, '\n')
end

--- The names of the arguments on one line, those that may be left out in brackets.
function usage.signature(alternative)
  local parts = {}
  for i, rule in ipairs(alternative.rules) do
    local text = (i > 1 and ', ' or '') .. rule.name
    parts[i] = rule.optional and '[' .. text .. ']' or text
  end
  return table.concat(parts)
end

local function block(alternative) return '```\n' .. usage.arguments(alternative) .. '\n```' end

--- The user's text about an alternative with @ARGT and @ARGP replaced by its arguments as a list and as a signature.
-- The second result says whether the list is in it.
function usage.described(alternative)
  local text = alternative.help or alternative.doc
  if not text then return nil, false end
  local parts = { ARGT = block(alternative), ARGP = usage.signature(alternative) }
  local has_list = text:find('@ARGT', 1, true) ~= nil
  return (text:gsub('@(ARG[TP])', parts)), has_list
end

--- Help on one alternative.
function usage.of(alternative)
  local text, has_list = usage.described(alternative)
  local list = has_list and '' or '\n*Arguments:*\n' .. block(alternative)
  return (text or '') .. list
end

local function given(value)
  local name = env.type(value)
  local text = '**' .. name .. '**'
  if name ~= 'table' then return text end
  local fields = {}
  for key, item in pairs(value) do
    local label = type(key) == 'string' and key or '[' .. env.type(key) .. ']'
    fields[#fields + 1] = '**' .. label .. '=' .. env.type(item) .. '**'
  end
  table.sort(fields)
  return text .. '={ ' .. table.concat(fields, ', ') .. ' }'
end

--- What is wrong with a call: how the function wants to be called, and what it got.
function usage.explain(checked, n, arguments)
  local texts = {}
  for i, alternative in ipairs(checked) do texts[i] = usage.of(alternative) end
  local got = {}
  for i = 1, n do got[i] = given(arguments[i]) end
  return table.concat(texts, '\n\nor\n\n') .. '\n*Got:* ' .. table.concat(got, ', ') .. '\n'
end

return usage
