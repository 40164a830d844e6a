--- `torch.CmdLine`: options of a script, their help text, a folder name made of them, and a log file.
local torch = require 'torch.namespace'
local errors = require 'torch.errors'

local CmdLine = torch.class('torch.CmdLine')

local help_requests = { ['-help'] = true, ['-h'] = true, ['--help'] = true }

local function without_dashes(key) return (key:gsub('^%-+', '')) end

--- @param argument_separator what stands between options in `string`, ',' by default
-- @param key_separator what stands between an option and its value in `string`, '=' by default
function CmdLine:__init(argument_separator, key_separator)
  self.argseparator = argument_separator or ','
  self.keyseparator = key_separator or '='
  self.options = {}     -- by key, with the dashes
  self.arguments = {}   -- in order
  self.helplines = {}   -- options, arguments and texts in the order in which help shows them
  self.silentio = false
  self.dateformat = nil
end

--- Keeps the output of `print` off the screen once `log` has been called.
function CmdLine:silent() self.silentio = true end

--- Starts each line of the log with the time.
-- @param name shown behind the time in brackets
-- @param format as for os.date; '%Y-%m-%d %H:%M:%S' by default
function CmdLine:addTime(name, format)
  format = format or '%Y-%m-%d %H:%M:%S'
  if type(format) ~= 'string' then errors.raise('Argument has to be string') end
  self.dateformat = format .. (name ~= nil and '[' .. name .. ']: ' or '')
end

--------------------------------------------------------------------------------------------------
-- Declaring

--- Declares a positional argument.
-- @param kind Lua type that its value must have
function CmdLine:argument(key, help, kind)
  local argument = { key = key, help = help, type = kind }
  self.arguments[#self.arguments + 1] = argument
  self.helplines[#self.helplines + 1] = argument
end

--- Declares an option. Its default gives its type: booleans take no value and toggle the default.
-- @param key with its dash, as in '-learningRate'
-- @param kind Lua type, when it is not to be that of the default
function CmdLine:option(key, default, help, kind)
  if default == nil then errors.raise('option %s has no default value', key) end
  kind = kind or type(default)
  if type(default) ~= kind then errors.raise('option %s has wrong default type value', key) end
  local option = { key = key, default = default, help = help, type = kind }
  self.options[key] = option
  self.helplines[#self.helplines + 1] = option
end

--- Adds a line of text (empty by default) to the help.
function CmdLine:text(text)
  text = text or ''
  if type(text) ~= 'string' then errors.argument_type(2, 'text', 'string', text) end
  self.helplines[#self.helplines + 1] = text
end

--- The defaults of all options, by name without dashes.
function CmdLine:default()
  local params = {}
  for key, option in pairs(self.options) do params[without_dashes(key)] = option.default end
  return params
end

--------------------------------------------------------------------------------------------------
-- Parsing

--- Prints a message and the help, and ends the program with status 1.
function CmdLine:error(message)
  print('')
  print(message)
  print('')
  self:help(rawget(_G, 'arg'))
  os.exit(1)
end

function CmdLine:_read_argument(params, value, position)
  local argument = self.arguments[position]
  if not argument then self:error('invalid argument: ' .. value) end
  if argument.type and type(value) ~= argument.type then
    self:error(('invalid argument type for argument %s (should be %s)'):format(argument.key, argument.type))
  end
  params[without_dashes(argument.key)] = value
end

--- Takes an option's value; returns how many words that were.
function CmdLine:_read_option(params, key, value)
  local option = self.options[key]
  local name = without_dashes(key)
  if option.type == 'boolean' then
    params[name] = not option.default
    return 1
  end
  if value == nil then self:error('missing argument for option ' .. key) end
  if option.type == 'number' then
    value = tonumber(value)
  elseif option.type ~= 'string' then
    self:error('unknown required option type ' .. option.type)
  end
  if value == nil then
    self:error(('invalid type for option %s (should be %s)'):format(key, option.type))
  end
  params[name] = value
  return 2
end

--- Reads the words of a command line. Prints the help and ends the program when asked to, or when a word
-- is not understood.
-- @param words as in the global `arg`
-- @return options and arguments by name without dashes
function CmdLine:parse(words)
  local params = self:default()
  local position, arguments_read = 1, 0
  while position <= #words do
    local word = words[position]
    if help_requests[word] then
      self:help(words)
      os.exit(0)
    end
    if self.options[word] then
      position = position + self:_read_option(params, word, words[position + 1])
    else
      arguments_read = arguments_read + 1
      self:_read_argument(params, word, arguments_read)
      position = position + 1
    end
  end
  if arguments_read ~= #self.arguments then self:error('not enough arguments') end
  return params
end

--------------------------------------------------------------------------------------------------
-- Naming and logging runs

function CmdLine:_argument_position(name)
  for position, argument in ipairs(self.arguments) do
    if without_dashes(argument.key) == name then return position end
  end
end

--- A name for a run: the prefix, the arguments and the options that differ from their defaults. Prints
-- the latter.
-- @param ignore names left out (`true`), or kept even at their default (`false`)
function CmdLine:string(prefix, params, ignore)
  ignore = ignore or {}
  local arguments, options = {}, {}
  for name, value in pairs(params) do
    local option = self.options['-' .. name]
    if ignore[name] then
      print('-- ignore option ' .. name)
    elseif option then
      if value ~= option.default or ignore[name] == false then
        if type(value) == 'boolean' then value = value and 't' or 'f' end
        options[#options + 1] = name .. self.keyseparator .. value
        print(name, value, option.default)
      end
    else
      local position = self:_argument_position(name)
      if position then
        arguments[position] = name .. self.keyseparator .. value
      else
        print('WARNING: unknown option/argument: ' .. name .. ' IGNORING for DIRECTORY NAME')
      end
    end
  end
  table.sort(options)

  local parts = { prefix or '' }
  for _, list in ipairs { arguments, options } do
    if #list > 0 then parts[#parts + 1] = table.concat(list, self.argseparator) end
  end
  return table.concat(parts, self.argseparator)
end

-- The `print` that writes to the screen, whatever a log has put in its place.
local screen_print

--- Sends what is printed to a file as well, for the rest of the program, and prints the parameters.
-- @param file a name, or an open Lua file
function CmdLine:log(file, params)
  local out = file
  if io.type(file) ~= 'file' then
    local reason
    out, reason = io.open(file, 'w')
    if not out then errors.raise('cannot write the log: %s', reason) end
  end
  screen_print = screen_print or print

  function _G.print(...)
    if not self.silentio then screen_print(...) end
    local words = {}
    if self.dateformat then words[1] = os.date(self.dateformat) end
    for i = 1, select('#', ...) do words[#words + 1] = tostring((select(i, ...))) end
    words[#words + 1] = '\n'
    out:write(table.concat(words, ' '))
    out:flush()
  end

  print('[program started on ' .. os.date() .. ']')
  print('[command line arguments]')
  for name, value in pairs(params or {}) do print(name, value) end
  print('[----------------------]')
end

--------------------------------------------------------------------------------------------------
-- Help

local function label(entry)
  return entry.default ~= nil and entry.key or '<' .. without_dashes(entry.key) .. '>'
end

--- Prints how the script is used.
-- @param words the command line, whose word 0 is the script
function CmdLine:help(words)
  local usage = { 'Usage:' }
  if words and words[0] then usage[#usage + 1] = words[0] end
  usage[#usage + 1] = '[options]'
  for _, argument in ipairs(self.arguments) do usage[#usage + 1] = label(argument) end
  io.write(table.concat(usage, ' '), '\n')

  local width = 0
  for _, entry in ipairs(self.helplines) do
    if type(entry) == 'table' then width = math.max(width, #label(entry)) end
  end
  for _, entry in ipairs(self.helplines) do
    if type(entry) == 'table' then
      local text = label(entry)
      io.write('  ', text, (' '):rep(width - #text))
      if entry.help then io.write(' ', entry.help) end
      if entry.default ~= nil then io.write(' [', tostring(entry.default), ']') end
    else
      io.write(entry)
    end
    io.write('\n')
  end
end

return CmdLine
