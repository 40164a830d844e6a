--- Configuration files as tables: INI files, `key = value` files, columns of values.
local stringx = require 'pl.stringx'
local utils = require 'pl.utils'

local config = {}

local function open(file)
  if file == nil then return io.stdin, false end
  if type(file) ~= 'string' then
    if type(file) ~= 'table' and not io.type(file) then return nil, 'not a file-like object' end
    return file, false
  end
  local opened, message = io.open(file, 'r')
  if not opened then return nil, message end
  return opened, true
end

--- Iterator over the lines of a file (name or object); a backslash at the end continues a line.
function config.lines(file)
  local source, own = open(file)
  if not source then return utils.raise(own) end
  local next_line = source:lines()
  return function()
    local line = next_line()
    if not line then
      if own then source:close() end
      return nil
    end
    while line:find '\\%s*$' do
      line = line:gsub('\\%s*$', '')
      line = line .. stringx.strip(next_line() or '')
    end
    return line
  end
end

local DEFAULTS = {
  variabilize = true, convert_numbers = true, convert_boolean = false, trim_space = true, trim_quotes = false,
  list_delim = ',', keysep = '=', ignore_assign = nil, smart = false,
}

-- `smart` finds out by the first lines whether keys are followed by a colon or a space, as in ssh and /proc files.
local function guess_separator(lines)
  for _, line in ipairs(lines) do
    if line:find '^[^#;%[]' then
      if line:find '^[^=]+=' and not line:find '^%S+%s+%S+%s+%S+%s+%S+' then return '=', ',' end
      if line:find '^[^:]+:%s' then return ':', ',' end
      -- A table of columns, such as fstab, is a list under its first column; ssh's settings are not.
      if line:find '^%S+%s+%S+%s+%S+%s+%S+' then return '%s+', '%s+' end
      if line:find '^%S+%s+' then return '%s+', ',' end
    end
  end
  return '=', ','
end

local function value_reader(options)
  local function convert(text)
    if options.trim_space then text = stringx.strip(text) end
    if options.trim_quotes then text = text:match '^"(.*)"$' or text:match "^'(.*)'$" or text end
    if options.convert_numbers == true then
      local number = tonumber(text)
      if number then return number end
      -- A unit behind a number, as in /proc files, does not count.
      number = options.smart and tonumber((text:match '^(%S+)%s+%a+$'))
      if number then return number end
    elseif options.convert_numbers then
      local converted = options.convert_numbers(text)
      if converted ~= nil then return converted end
    end
    if options.convert_boolean and (text == 'true' or text == 'false') then return text == 'true' end
    return text
  end

  return function(text)
    local delimiter = options.list_delim
    if delimiter and delimiter ~= '' and stringx.strip(text):find(delimiter) then
      local values = {}
      for _, piece in ipairs(utils.split(stringx.strip(text), delimiter)) do
        values[#values + 1] = convert(piece)
      end
      return values
    end
    return convert(text)
  end
end

local function merged(given)
  local options = {}
  for name, value in pairs(DEFAULTS) do options[name] = value end
  for name, value in pairs(given or {}) do options[name] = value end
  return options
end

--- The table of a configuration file (name or object); nil and a message when it cannot be opened.
--
-- Options: `variabilize` (keys become Lua names, default true), `convert_numbers` (true, or a function), `convert_boolean`,
-- `trim_space`, `trim_quotes`, `list_delim` (`,`), `keysep` (`=`), `ignore_assign`, `smart`.
function config.read(file, given)
  local source, own = open(file)
  if not source then return utils.raise(own) end
  local lines = {}
  for line in config.lines(source) do lines[#lines + 1] = line end
  if own then source:close() end

  local options = merged(given)
  if options.smart then
    options.keysep, options.list_delim = guess_separator(lines)
    options.trim_quotes = true
    if options.list_delim == '%s+' then options.variabilize = false end -- the keys are paths and the like
    if given and given.list_delim then options.list_delim = given.list_delim end
  end
  local separator = options.keysep
  local read_value = value_reader(options)
  local function key_name(key)
    key = stringx.strip(key)
    if not options.variabilize then return key end
    return (key:gsub('[^%w]', '_'))
  end

  local result = {}
  local section = result
  for _, line in ipairs(lines) do
    local title = line:match '^%s*%[(.+)%]%s*$'
    local skipped = line:find '^%s*[#;]' or line:find '^%s*$'
    if title and not skipped then
      title = key_name(title)
      section = result[title] or {}
      result[title] = section
    elseif not skipped then
      if separator == '%s+' then line = stringx.strip(line) end
      local from, to
      if not options.ignore_assign then from, to = line:find(separator) end
      local key = from and stringx.strip(line:sub(1, from - 1))
      if from and key ~= '' then
        section[key_name(key)] = read_value(line:sub(to + 1))
      else
        section[#section + 1] = read_value(line)
      end
    end
  end
  return result
end

return config
