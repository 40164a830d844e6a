--- What the interactive prompt does with a line: evaluation, help, shell commands, completion. The host reads the lines.
local colorize = require 'trepl.colorize'

local console = {}

local clock = os.clock

local function pack(...) return { n = select('#', ...), ... } end

_G._RESULTS = {}
_G._LAST = ''

local function remember(value)
  _G._RESULTS[#_G._RESULTS + 1] = value
  _G._LAST = value
end

local function is_expression(text) return loadstring('return ' .. text, '=stdin') ~= nil end

--- Whether a text is the beginning of a chunk that further lines can complete.
function console.is_incomplete(text)
  if text:find '^%s*[%?%$]' or is_expression(text) then return false end
  local chunk, message = loadstring(text, '=stdin')
  return chunk == nil and message:find "'<eof>'" ~= nil
end

local function run_shell(command)
  local pipe = io.popen(command .. ' 2>&1', 'r')
  local output = pipe:read '*a'
  pipe:close()
  io.write(output)
  remember(output)
end

local function show_time(start)
  io.write((' '):rep(70), colorize.Black(('[%0.04fs]'):format(clock() - start)), '\n')
end

-- Not `return <text>`: a call there would be a tail call, and its errors would lose the line.
local function values_of(text)
  local chunk = assert(loadstring('return (...)(' .. text .. '\n)', '=stdin'))
  local values = chunk(pack)
  return values
end

local function run_statements(text)
  local chunk, message = loadstring(text, '=stdin')
  if not chunk then error('syntax error: ' .. message, 0) end
  chunk()
end

local function evaluate(text)
  local silent = text:match '^(.*);%s*$'
  if silent and is_expression(silent) then
    values_of(silent)
  elseif text:find '^%s*print' or not is_expression(text) then
    run_statements(text)
  else
    local results = values_of(text)
    print(unpack(results, 1, results.n))
    results.n = nil
    _G._RESULT = results
    remember(results[1])
  end
end

--- Does what a complete input asks for; errors are raised. `timed`: shows how long it took.
function console.submit(text, timed)
  local start = clock()
  local command, help = text:match '^%s*%$(.*)$', text:match '^%s*%?(.*)$'
  if command then
    run_shell(command)
  elseif help then
    require('trepl.help').show(help)
  else
    evaluate((text:gsub('^%s*=', '')))
    if timed then show_time(start) end
  end
end

local function fields_of(value)
  local names, seen = {}, {}
  for _ = 1, 20 do -- parents of parents
    if type(value) == 'table' then
      for key in pairs(value) do
        if type(key) == 'string' and key:find '^[%a_][%w_]*$' and not seen[key] then
          seen[key] = true
          names[#names + 1] = key
        end
      end
    end
    local torch = package.loaded['torch']
    local metatable = torch and torch.typename(value) and torch.getmetatable(torch.typename(value)) or getmetatable(value)
    local parent = type(metatable) == 'table' and (metatable.__index or metatable)
    if type(parent) == 'function' then parent = metatable end
    if type(parent) ~= 'table' or parent == value then break end
    value = parent
  end
  table.sort(names)
  return names
end

--- Completions of the name at the end of a text: a table of full replacements of that name, and its length.
function console.complete(text)
  local path = text:match '[%a_][%w_%.:]*$' or ''
  local owner_path, separator, prefix = path:match '^(.*)([%.:])([%w_]*)$'
  local owner = _G
  if owner_path then
    for name in owner_path:gmatch '[^%.:]+' do
      local ok, value = pcall(function() return owner[name] end)
      owner = ok and value or nil
      if owner == nil then return {}, #path end
    end
  else
    prefix = path
  end
  local found = {}
  for _, name in ipairs(fields_of(owner)) do
    if name:sub(1, #prefix) == prefix and (prefix ~= '' or name:sub(1, 2) ~= '__') then
      found[#found + 1] = owner_path and owner_path .. separator .. name or name
    end
  end
  return found, #path
end

require('compat.glue').hide(console.submit)

return console
