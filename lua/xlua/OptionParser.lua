--- xlua.OptionParser(usage): command line options in the style of Python's optparse.
-- parser:option{'-x', '--long', dest = , action = 'store' | 'store_true' | 'store_false', default = , req = , help = , metavar = }
-- parser:parse([options]) → options, positional arguments (of the global `arg`).
local OptionParser = {}

--- Prints a message and the help, and ends the program with status 1.
function OptionParser:fail(message)
  io.stderr:write(message .. '\n')
  self:help()
  os.exit(1)
end

function OptionParser:option(description)
  table.insert(self.option_descriptions, description)
  for _, flag in ipairs(description) do self.option_of[flag] = description end
end

--- The arguments, with `--flag=value` taken apart.
local function separated(list)
  local parts = {}
  for _, word in ipairs(list) do
    local flag, value = word:match('^(%-%-[%w_-]+)=(.*)')
    parts[#parts + 1] = flag or word
    parts[#parts + 1] = value
  end
  return parts
end

local constants = { store_true = true, store_false = false }

function OptionParser:parse(options)
  options = options or {}
  for _, description in ipairs(self.option_descriptions) do
    if description.default ~= nil and options[description.dest] == nil then
      options[description.dest] = description.default
    end
  end
  self.options = options
  -- as in Python: whether this is the program or a module of it
  options.__main__ = arg ~= nil
  if not arg then return options, {} end

  local positional, words, i = {}, separated(arg), 1
  while i <= #words do
    local word = words[i]
    local description = self.option_of[word]
    if description then
      local constant = constants[description.action]
      if constant ~= nil then
        options[description.dest] = constant
      else
        i = i + 1
        if words[i] == nil and not description.default then self:fail('option requires an argument ' .. word) end
        options[description.dest] = words[i] or description.default
      end
    elseif word:match('^%-') then
      self:fail('invalid option ' .. word)
    else
      positional[#positional + 1] = word
    end
    i = i + 1
  end
  for flag, description in pairs(self.option_of) do
    if description.req and not options[description.dest] then
      self:fail('option ' .. flag .. ' requires an argument ')
    end
  end
  if options.help then
    self:help()
    os.exit()
  end
  return options, positional
end

--- `-x X, --long=X` as the help shows it.
function OptionParser:flags(description)
  local shown = {}
  local takes_value = constants[description.action] == nil
  for i, flag in ipairs(description) do
    local value = description.metavar or (description.dest or ''):upper()
    shown[i] = takes_value and flag .. (#flag == 2 and ' ' or '=') .. value or flag
  end
  return table.concat(shown, ', ')
end

function OptionParser:help()
  local program = arg and arg[0] or 'THISPROG'
  if arg and arg[-1] and arg[0] then program = arg[-1] .. ' ' .. arg[0] end
  local lines = { 'Usage: ' .. self.usage:gsub('%%prog', (program:gsub('%%', '%%%%'))), '', 'Options:' }
  local width = 0
  for _, description in ipairs(self.option_descriptions) do width = math.max(width, #self:flags(description)) end
  for _, description in ipairs(self.option_descriptions) do
    local note = ''
    if description.req then
      note = ' [REQUIRED]'
    elseif description.default then
      note = ' [default = ' .. tostring(description.default) .. ']'
    end
    lines[#lines + 1] = ('  %-' .. width .. 's  %s%s'):format(self:flags(description), description.help or '', note)
  end
  io.stdout:write(table.concat(lines, '\n'), '\n')
end

--- The options as text: a list, or (with generatefilename) `flag=value,…` of the named flags, fit for a file name.
function OptionParser:tostring(generatefilename, params)
  local parts = {}
  if not generatefilename then
    local script = (arg and arg[0] or 'interpreted.lua'):gsub('.lua', '')
    for name, value in pairs(self.options) do parts[#parts + 1] = (' + %s = %s\n'):format(name, tostring(value)) end
    return '<' .. script .. '> configuration:\n' .. table.concat(parts)
  end
  local wanted = {}
  for _, flag in ipairs(params or {}) do wanted[flag] = true end
  for _, description in ipairs(self.option_descriptions) do
    local flag, value = description[1], self.options[description.dest]
    if value and (next(wanted) == nil or wanted[flag]) then parts[#parts + 1] = flag .. '=' .. tostring(value) end
  end
  return (table.concat(parts, ','):gsub('/', '|'):gsub(' ', '_'))
end

function OptionParser:summarize(compact)
  io.write(self:tostring(compact))
end

return function(usage)
  local parser = { usage = usage, option_descriptions = {}, option_of = {} }
  for name, method in pairs(OptionParser) do parser[name] = method end
  parser:option { '-h', '--help', action = 'store_true', dest = 'help', help = 'show this help message and exit' }
  return parser
end
