--- `?` at the prompt: what th can do, or what is known about a value.
local colorize = require 'trepl.colorize'

local help = {}

local OVERVIEW = [[
th: Lua Torch programs on today's PyTorch

  <expression>        its value is printed and kept in _LAST and _RESULTS; a ; at the end prints nothing
  <TAB>               completes names and, inside quotes, file names
  ? torch.randn       tells about a function, class or table
  $ ls -l             runs a shell command; its output is kept in _LAST
  who()               lists your global variables
  import 'torch'      makes the fields of a package global
  require './file'    runs a file beside the one that asks
  setprintlevel(n)    levels of nested tables that print shows
  Ctrl-C              stops what is running
  Ctrl-D, exit        leaves]]

-- The comment lines right above the definition of a function.
local function comment_above(info)
  local path = info.source:match '^@(.*)$'
  local file = path and io.open(path)
  if not file then return {} end
  local block, number = {}, 0
  for line in file:lines() do
    number = number + 1
    if number >= info.linedefined then break end
    local comment = line:match '^%s*%-%-%-?%s?(.*)$'
    if comment then block[#block + 1] = comment else block = {} end
  end
  file:close()
  return block
end

local function describe_function(value)
  local info = debug.getinfo(value, 'S')
  if info.what == 'C' then return { 'a function of LuaJIT' } end
  local lines = comment_above(info)
  lines[#lines + 1] = ('defined in %s:%d'):format(info.short_src, info.linedefined)
  return lines
end

local function describe_table(value)
  local names = {}
  for key in pairs(value) do names[#names + 1] = tostring(key) end
  table.sort(names)
  return { 'fields: ' .. table.concat(names, ', ') }
end

--- Prints what is known about the value of an expression; the overview for an empty text.
function help.show(text)
  if text:find '^%s*$' then
    io.write(OVERVIEW, '\n')
    return
  end
  local chunk, message = loadstring('return ' .. text, '=stdin')
  if not chunk then error('syntax error: ' .. message, 0) end
  local value = chunk()
  local torch = package.loaded['torch']
  io.write(colorize.Black(text:match '^%s*(.-)%s*$'), ': ', torch and torch.typename(value) or type(value), '\n')
  local lines = {}
  if type(value) == 'function' then
    lines = describe_function(value)
  elseif type(value) == 'table' then
    lines = describe_table(value)
  end
  for _, line in ipairs(lines) do io.write('  ', line, '\n') end
end

return help
