--- The `print` of th: values followed by TABs, tables with their fields down to a depth, one line a field.
local colorize = require 'trepl.colorize'

local MAX_DEPTH = 5
local levels = MAX_DEPTH

local function typename(value)
  local torch = package.loaded['torch']
  return torch and torch.typename(value) or nil
end

-- A tensor or storage inside a table: its type and size only.
local function brief_object(value)
  local name = typename(value)
  local class = name and name:match '^torch%.(.+)$'
  if not class then return tostring(value) end
  if class:find 'Storage$' then return ('%s - size: %d'):format(class, value:size()) end
  if not class:find 'Tensor$' then return tostring(value) end
  local sizes = value:size():totable()
  if #sizes == 0 then return class .. ' - empty' end
  return class .. ' - size: ' .. table.concat(sizes, 'x')
end

local painters = {
  ['nil'] = function(value) return colorize.Black(value) end,
  number = function(value) return colorize.cyan(value) end,
  boolean = function(value) return colorize.blue(value) end,
  ['function'] = function(value) return colorize.magenta(value) end,
  table = function(value) return colorize.green(value) end,
  userdata = function(value) return colorize.red(brief_object(value)) end,
  string = function(value, nested)
    if not nested then return colorize.none(value) end
    local quote = colorize.Black '"'
    return quote .. colorize.green(value) .. quote
  end,
}
painters.cdata = painters.userdata

local function paint(value, nested)
  local painter = painters[type(value)] or colorize._black
  return painter(value, nested)
end

local append_table

local function append_field(lines, indent, key, value, depth)
  local label = indent .. '  ' .. tostring(key) .. ' : '
  if type(value) ~= 'table' then
    lines[#lines + 1] = label .. paint(value, true)
  elseif depth >= levels - 1 or next(value) == nil then
    lines[#lines + 1] = label .. '{...}'
  else
    lines[#lines + 1] = label
    append_table(lines, value, depth + 1)
  end
end

function append_table(lines, object, depth)
  local indent = (' '):rep(4 * depth)
  if next(object) == nil then
    lines[#lines + 1] = indent .. '{}'
    return
  end
  lines[#lines + 1] = indent .. '{'
  for key, value in pairs(object) do append_field(lines, indent, key, value, depth) end
  lines[#lines + 1] = indent .. '}'
end

local function has_own_text(object)
  local metatable = getmetatable(object)
  return type(metatable) == 'table' and metatable.__tostring ~= nil
end

local function text_of(object)
  if type(object) ~= 'table' or has_own_text(object) then return tostring(object) end
  local lines = {}
  append_table(lines, object, 0)
  return table.concat(lines, '\n')
end

local in_a_row = { ['nil'] = true, number = true, boolean = true, string = true, ['function'] = true, thread = true }

function _G.print_new(...)
  local count = select('#', ...)
  local pieces = {}
  for i = 1, count do
    local value = (select(i, ...))
    if in_a_row[type(value)] then
      pieces[#pieces + 1] = paint(value) .. '\t'
      if i == count then pieces[#pieces + 1] = '\n' end
    else
      pieces[#pieces + 1] = text_of(value) .. '\n'
    end
  end
  io.write(table.concat(pieces))
  io.flush()
end

if not _G.print_old then _G.print_old = print end

--- How many levels of nested tables `print` shows; 0 brings the plain `print` back.
function _G.setprintlevel(n)
  if type(n) ~= 'number' or n < 0 then error('expected number [0,+)', 2) end
  levels = math.floor(n)
  _G.print = levels == 0 and _G.print_old or _G.print_new
end

_G.setprintlevel(MAX_DEPTH)
