--- Reads the usage text of a lapp script.
local FILES = { stdin = 'file-in', stdout = 'file-out', stderr = 'file-out' }
local TYPES = { boolean = true, string = true, number = true, ['file-in'] = true, ['file-out'] = true }

local function unquoted(text) return text:match "^'(.*)'$" or text:match '^"(.*)"$' or text end

-- The type that a default value suggests, and the value.
local function deduce(text)
  if tonumber(text) then return 'number', tonumber(text) end
  if FILES[text] then return FILES[text], text end
  if text == 'true' or text == 'false' then return 'boolean', text == 'true' end
  return 'string', unquoted(text)
end

local function as_default(option, text, custom)
  local kind, value = deduce(text)
  if not option.type then
    option.type, option.default = kind, value
  elseif option.type == 'string' then
    option.default = unquoted(text)
  elseif custom[option.type] then
    local converter = custom[option.type].converter
    option.default = type(converter) == 'function' and converter(text) or value
  else
    option.default = value
  end
end

-- What the parentheses say: a type, a range or choices, then optional or a default.
local function read_type(option, text, custom)
  local rest = text
  if rest:find '^optional%s+' then
    option.required = false
    rest = rest:match '^optional%s+(.*)$'
  end
  local before, default = rest:match '^(.-)%s*default%s+(.*)$'
  if before then rest = before end
  local least, greatest = rest:match '^(%-?[%d%.eE]-)%.%.(%-?[%d%.eE]+)$'
  if TYPES[rest] or custom[rest] then
    option.type = rest
  elseif least and tonumber(least) then
    option.type, option.range = 'number', { tonumber(least), tonumber(greatest) }
  elseif rest:find('|', 1, true) then
    option.type, option.choices = 'string', {}
    for choice in rest:gmatch '[^|]+' do table.insert(option.choices, (choice:match '^%s*(.-)%s*$')) end
  elseif rest ~= '' then
    return false
  end
  if default then
    as_default(option, default, custom)
    option.required = false
  end
  return option.type ~= nil
end

-- The text in the parentheses at the start, which may hold parentheses itself.
local function in_parentheses(text)
  local inside = text:match '^%s*(%b())'
  return inside and inside:sub(2, -2):match '^%s*(.-)%s*$'
end

local function complete(option, rest, custom, is_flag)
  local dots = rest:match '^%s*%.%.%.(.*)$'
  if dots then option.multiple, rest = true, dots end
  option.required = true
  local inside = in_parentheses(rest)
  local known = inside and read_type(option, inside, custom)
  if not known then
    if is_flag then option.type, option.default = 'boolean', false else option.type = 'string' end
  end
  if option.type == 'boolean' and option.default == nil then option.default = false end
  if option.default ~= nil then option.required = false end
  return option
end

-- The field of the result: a Lua name.
local function field_name(name) return (name:gsub('^%d', '_'):gsub('[^%w_]', '_')) end

local function read_line(line, custom)
  local name, rest = line:match '^%s*<([%w_%-]-)(%.?%.?%.?>.*)$'
  if name then
    local dots, behind = rest:match '^(%.?%.?%.?)>(.*)$'
    if dots == '...' then behind = dots .. behind end
    return complete({ name = field_name(name) }, behind, custom, false), nil
  end
  local short, long
  short, long, rest = line:match '^%s*%-(%w+),%s*%-%-([%w_%-]+)(.*)$'
  if not short then
    long, rest = line:match '^%s*%-%-([%w_%-]+)(.*)$'
    if not long then short, rest = line:match '^%s*%-(%w+)(.*)$' end
  end
  if not (short or long) then return nil end
  local names = {}
  if short then names[#names + 1] = short end
  if long then names[#names + 1] = long end
  return complete({ name = field_name(long or short) }, rest, custom, true), names
end

--- The options of a usage text in order, flags by name, parameters by place.
return function(text, custom)
  local spec = { options = {}, by_name = {}, parameters = {}, usage = text }
  for line in (text .. '\n'):gmatch '([^\n]*)\n' do
    local option, names = read_line(line, custom)
    if option then
      table.insert(spec.options, option)
      if not names then table.insert(spec.parameters, option) end
      for _, name in ipairs(names or {}) do spec.by_name[name] = option end
    end
  end
  return spec
end
