--- Tables as readable text, and such text as tables again.
local reading = require 'pl.pretty_reading'
local utils = require 'pl.utils'

local pretty = { read = reading.read, load = reading.load }

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true
  until while]]):gmatch '%a+' do
  KEYWORDS[word] = true
end

local function is_identifier(text)
  return type(text) == 'string' and text:find '^[%a_][%w_]*$' ~= nil and not KEYWORDS[text]
end

local quote
local function quoted(text)
  quote = quote or require('pl.stringx').quote_string
  return quote(text)
end

local function number_text(x)
  if x ~= x then return 'NaN' end
  if x == math.huge then return 'Inf' end
  if x == -math.huge then return '-Inf' end
  if x % 1 == 0 and math.abs(x) < 2 ^ 53 then return ('%d'):format(x) end
  -- A number with a decimal point stays one when a Lua with integers reads it.
  local text = ('%.14g'):format(x)
  return (text:gsub('^(%-?%d+)e', '%1.0e'))
end

local ORDER = { string = 1, number = 2 }

-- Texts, then numbers; what is neither comes first.
local function before(a, b)
  local kind_a, kind_b = ORDER[type(a)] or 0, ORDER[type(b)] or 0
  if kind_a ~= kind_b then return kind_a < kind_b end
  if type(a) == 'number' then return a < b end
  return tostring(a) < tostring(b)
end

local function key_text(key, plain)
  if type(key) == 'number' then return '[' .. number_text(key) .. ']' end
  key = tostring(key)
  if not plain and is_identifier(key) then return key end
  key = quoted(key)
  -- `[[[text]]]` would not be Lua.
  if key:sub(1, 1) == '[' then key = ' ' .. key .. ' ' end
  return '[' .. key .. ']'
end

local Writer = {}
Writer.__index = Writer

function Writer:put(text) self[#self + 1] = text end

function Writer:value(value, indent)
  local kind = type(value)
  if kind == 'number' then
    self:put(number_text(value))
  elseif kind == 'string' then
    self:put(quoted(value))
  elseif kind == 'table' then
    self:table(value, indent)
  elseif kind == 'boolean' or kind == 'nil' then
    self:put(tostring(value))
  else
    self:put(quoted(tostring(value)))
  end
end

function Writer:item(prefix, key, value, indent)
  if self.count[self.depth] > 0 then self:put(',' .. self.line_end) end
  self.count[self.depth] = self.count[self.depth] + 1
  self:put(prefix .. key)
  self:value(value, indent)
end

function Writer:table(t, indent)
  local metatable = getmetatable(t)
  if self.depth > 0 and type(metatable) == 'table' and rawget(metatable, '__tostring') and not self.plain then
    return self:put(tostring(t))
  end
  if self.open[t] then return self:put '<cycle>' end
  self.open[t] = true
  self.depth = self.depth + 1
  self.count[self.depth] = 0
  local inner = indent .. self.space
  local equals = self.space == '' and '=' or ' = '

  self:put('{' .. self.line_end)
  local length = 0
  local is_array = {}
  while rawget(t, length + 1) ~= nil do
    length = length + 1
    is_array[length] = true
    self:item(inner, self.plain and ('[%d]%s'):format(length, equals) or '', t[length], inner)
  end
  local keys = {}
  for key in pairs(t) do
    if not is_array[key] then keys[#keys + 1] = key end
  end
  table.sort(keys, before)
  for _, key in ipairs(keys) do
    self:item(inner, key_text(key, self.plain) .. equals, t[key], inner)
  end
  if self.count[self.depth] > 0 then self:put(self.line_end) end
  self:put(indent .. '}')

  self.depth = self.depth - 1
  self.open[t] = nil
end

--- A table as Lua text, one item a line.
-- @param space indentation (default: two spaces); an empty one puts everything on one line
-- @param plain whether every key is written in brackets
function pretty.write(t, space, plain)
  if type(t) ~= 'table' then
    if type(t) == 'string' then return quoted(t), 'not a table' end
    return type(t) == 'number' and number_text(t) or tostring(t), 'not a table'
  end
  space = space or '  '
  local line_end = space == '' and '' or '\n'
  local writer = setmetatable({ space = space, line_end = line_end, plain = plain, open = {}, depth = 0, count = {} }, Writer)
  writer:table(t, '')
  return table.concat(writer)
end

--- Writes a table to a file, or to the standard output.
function pretty.dump(t, filename)
  if filename then return utils.writefile(filename, pretty.write(t)) end
  print(pretty.write(t))
  return true
end

--- Prints its arguments, nil being '<nil>'.
function pretty.debug(...)
  local arguments = {}
  for i = 1, select('#', ...) do
    local value = select(i, ...)
    if value == nil then value = '<nil>' end
    arguments['arg ' .. i] = value
  end
  print(pretty.write(arguments))
end

local MEMORY = { 'KiB', 'MiB', 'GiB' }
local AMOUNT = { 'K', 'M', 'B' }

local function scaled(x, base, units, none, format)
  local unit = none
  for _, larger in ipairs(units) do
    if x < base then break end
    x, unit = x / base, larger
  end
  if unit == none then return tostring(x) .. none end
  return format:format(x) .. unit
end

--- A large number for people: `N` with K, M, B; `M` as memory with KiB, MiB, GiB; `T` with commas.
-- @param digits digits after the point for N and M
function pretty.number(x, kind, digits)
  local format = '%.' .. (digits or 1) .. 'f'
  if kind == 'T' then
    local text, count = ('%d'):format(x), 1
    while count > 0 do text, count = text:gsub('^(%-?%d+)(%d%d%d)', '%1,%2') end
    return text
  elseif kind == 'M' then
    return scaled(x, 1024, MEMORY, 'B', format)
  end
  return scaled(x, 1000, AMOUNT, '', format)
end

return setmetatable(pretty, { __call = function(_, ...) return pretty.debug(...) end })
