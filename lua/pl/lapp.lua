--- Command lines described by their own usage text: `local args = lapp [[ … ]]`.
--
-- A line `-x,--long (type default value) …` is a flag, `<name> (type) …` a parameter; `...` behind either collects all.
local path = require 'pl.path'
local utils = require 'pl.utils'
local spec_reader = require 'pl.lapp_spec'

local lapp = { show_usage_error = true }

local usage_text = ''
local open_files = {}
local custom = {}

--- Ends the script with a message and the usage; with `show_usage_error = 'throw'` an error is raised instead.
function lapp.quit(message, no_usage)
  if lapp.show_usage_error == 'throw' then error(message, 0) end
  if message then
    local name = rawget(_G, 'arg') and arg[0] and path.basename(arg[0]) or 'lapp'
    io.stderr:write(name, ': ', message, '\n\n')
  end
  if not no_usage and lapp.show_usage_error then io.stderr:write(usage_text, '\n') end
  for _, file in ipairs(open_files) do file:close() end
  os.exit(1)
end

function lapp.error(message, no_usage) lapp.quit(message, no_usage) end

function lapp.assert(condition, message)
  if not condition then lapp.error(message) end
end

--- Opens a file that is closed when the script is ended by lapp.
function lapp.open(file, mode)
  local opened, message = io.open(file, mode or 'r')
  if not opened then lapp.error(message, true) end
  open_files[#open_files + 1] = opened
  return opened
end

--- Adds a type.
-- @param converter function from text to value, or the name of a type
-- @param constraint function(value) that calls lapp.assert, or nil
function lapp.add_type(name, converter, constraint)
  custom[name] = { converter = converter, constraint = constraint }
end

local STREAMS = { stdin = io.stdin, stdout = io.stdout, stderr = io.stderr }

local converters = {}

function converters.string(text) return text end
converters.boolean = converters.string

function converters.number(text)
  local number = tonumber(text)
  if not number then lapp.error('unable to convert to number: ' .. tostring(text)) end
  return number
end

converters['file-in'] = function(text) return STREAMS[text] or lapp.open(text, 'r') end
converters['file-out'] = function(text) return STREAMS[text] or lapp.open(text, 'w') end

local function convert(option, text)
  local kind = option.type
  local own = custom[kind]
  local value
  if own then
    local converter = type(own.converter) == 'string' and converters[own.converter] or own.converter
    value = converter(text)
    if own.constraint then own.constraint(value) end
  else
    value = (converters[kind] or converters.string)(text)
  end
  if option.range then
    local least, greatest = option.range[1], option.range[2]
    if value < least or value > greatest then lapp.error(option.name .. ' out of range') end
  elseif option.choices then
    local allowed = false
    for _, choice in ipairs(option.choices) do allowed = allowed or choice == value end
    if not allowed then lapp.error(("value '%s' not in %s"):format(value, table.concat(option.choices, '|'))) end
  end
  return value
end

local Result = {}
Result.__index = Result

function Result:store(option, value, text)
  if option.multiple then
    local list = self.values[option.name] or {}
    list[#list + 1] = value
    self.values[option.name] = list
  else
    self.values[option.name] = value
    if option.type == 'file-in' or option.type == 'file-out' then self.values[option.name .. '_name'] = text end
  end
  self.given[option.name] = true
end

function Result:report(option, word)
  if lapp.callback then lapp.callback(option.name, word, self.values) end
end

local function negated(option) return option.default ~= true end

-- Takes the flag at the front of `words`; answers how many of them it took.
local function take_flag(result, spec, words, i)
  local word = tostring(words[i])
  local name, value = word:match '^%-%-?([^=:]+)[=:](.*)$'
  name = name or word:match '^%-%-?(.*)$'
  local option = spec.by_name[name]
  local is_short = not word:find '^%-%-'
  if not option and is_short and #name > 1 then -- -n2 or -pv
    option = spec.by_name[name:sub(1, 1)]
    if option and option.type == 'boolean' then
      for letter in name:gmatch '.' do
        local each = spec.by_name[letter]
        if not each then lapp.error("unrecognized parameter '" .. letter .. "'") end
        if each.type ~= 'boolean' then lapp.error(("'%s' takes a value, it cannot stand in '%s'"):format(letter, word)) end
        result:store(each, negated(each))
        result:report(each, word)
      end
      return 1
    end
    value = word:sub(3)
  end
  if not option then lapp.error("unrecognized parameter '" .. name .. "'") end
  if option.type == 'boolean' and value == nil then
    result:store(option, negated(option))
    result:report(option, word)
    return 1
  end
  local taken = 1
  if value == nil then
    value, taken = words[i + 1], 2
    if value == nil then lapp.error('parameter --' .. option.name .. ' needs a value') end
  end
  if option.type == 'boolean' then value = value == 'true' end
  result:store(option, option.type == 'boolean' and value or convert(option, value), value)
  result:report(option, value)
  return taken
end

local function fill_defaults(result, spec)
  for _, option in ipairs(spec.options) do
    if not result.given[option.name] then
      if option.default ~= nil then
        local value = option.default
        local text = tostring(value)
        if option.type == 'file-in' or option.type == 'file-out' then value = convert(option, text) end
        result:store(option, value, text)
      elseif option.required then
        lapp.error('missing required parameter: ' .. option.name)
      end
    end
  end
end

--- The table of the arguments: values by name, what is left over by number.
-- @param words list of words (default: the global arg)
function lapp.process_options_string(text, words)
  utils.assert_string(1, text)
  local spec = spec_reader(text, custom)
  usage_text = spec.usage
  words = words or rawget(_G, 'arg') or {}
  local result = setmetatable({ values = {}, given = {} }, Result)
  local i, position, flags_over = 1, 1, false
  while words[i] do
    local word = tostring(words[i])
    if not flags_over and word == '--' then
      flags_over = true
      i = i + 1
    elseif not flags_over and (word == '-h' or word == '--help') and not spec.by_name[word:match '%-+(.*)'] then
      if lapp.show_usage_error == 'throw' then error('help', 0) end
      io.write(usage_text, '\n')
      os.exit(0)
    elseif not flags_over and word:find '^%-.' and not tonumber(word) then
      i = i + take_flag(result, spec, words, i)
    else
      local option = spec.parameters[position]
      if option then
        result:store(option, convert(option, word), word)
        result:report(option, word)
        if not option.multiple then position = position + 1 end
      else
        table.insert(result.values, word)
      end
      i = i + 1
    end
  end
  fill_defaults(result, spec)
  return result.values
end

return setmetatable(lapp, { __call = function(_, text, words) return lapp.process_options_string(text, words) end })
