--- Functions that take positional or named arguments, and the usage text that describes them.
-- An argument is described by {arg = name, type = , help = , req = true, default = , defaulta = name of another argument}.
local sys = require 'sys'
local text = require 'xlua.text'

local arguments = {}

local WIDTH = 40 -- columns before the explanation of an argument
local BANNER = ('+'):rep(69)

local function described(name, definition, note)
  return ('%-' .. WIDTH .. 's-- %s%s\n'):format(definition.req and '    ' .. name or '    [' .. name .. ']',
    definition.help or '', note or '')
end

local function default_note(definition)
  if type(definition.default) == 'table' then
    return '  [default = ' .. text.table2string(definition.default) .. ']'
  elseif definition.default ~= nil then
    return '  [default = ' .. tostring(definition.default) .. ']'
  elseif definition.defaulta then
    return '  [default == ' .. definition.defaulta .. ']'
  end
end

--- The call with named arguments.
local function named(funcname, definitions)
  local lines = { funcname .. '{\n' }
  for _, definition in ipairs(definitions) do
    lines[#lines + 1] = described(definition.arg .. ' = ' .. (definition.type or ''), definition,
      default_note(definition))
  end
  return table.concat(lines) .. '}\n'
end

--- One call for each run of positional arguments; runs are separated by empty strings.
local function positional(funcname, definitions)
  local calls, open = {}, false
  for _, definition in ipairs(definitions) do
    if definition == '' then
      if open then calls[#calls + 1] = ')\n' end
      open = false
    else
      if not open then calls[#calls + 1] = funcname .. '(\n' end
      open = true
      calls[#calls + 1] = described(definition.type or '', definition)
    end
  end
  if open then calls[#calls + 1] = ')\n' end
  return table.concat(calls)
end

--- The usage text of a function: its description, its arguments, an example.
function arguments.usage(funcname, description, example, ...)
  local c = sys.COLORS
  local definitions = { ... }
  if definitions[1] and definitions[1].tabled then definitions = definitions[1].tabled end
  local by_name = definitions[1] and definitions[1].arg
  local parts = { BANNER, '\n', c.Magenta, funcname, c.none, '\n' }
  local function add(...)
    for _, part in ipairs { ... } do parts[#parts + 1] = part end
  end
  if description then add('\n', description, '\n') end
  add('\n', c.blue, '> ', c.none, 'usage:\n', c.cyan, (by_name and named or positional)(funcname, definitions), c.none)
  if example then add('\n', c.cyan, example, c.none, '\n') end
  add(BANNER)
  return table.concat(parts)
end

--- Whether the only argument is a table of named ones.
local function is_named(args)
  local first = args[1]
  return #args == 1 and type(first) == 'table' and #first == 0 and not torch.typename(first)
end

--- unpack(args, funcname, description, definitions…): a table of the arguments by name and by place, then each of them.
-- Prints the usage and raises an error where there are no arguments, or a required one is missing.
function arguments.unpack(args, funcname, description, ...)
  local definitions = { ... }
  local usage = setmetatable({}, { __tostring = function()
    local example
    if #definitions > 1 then
      local first, second = definitions[1], definitions[2]
      example = ('%s{%s=%s, %s=%s}\n%s(%s, ...)'):format(funcname, second.arg, second.type, first.arg, first.type,
        funcname, first.type)
    end
    return arguments.usage(funcname, description, example, { tabled = definitions })
  end })
  local function fail(message)
    if message then print(sys.COLORS.Red .. message .. sys.COLORS.none) end
    print(tostring(usage))
    error(message or (funcname .. ': no arguments'), 3)
  end

  if #args == 0 then fail() end
  local given = {}
  if is_named(args) then
    given = args[1]
  else
    for i, definition in ipairs(definitions) do given[definition.arg] = args[i] end
  end
  local values = { usage = usage }
  for i, definition in ipairs(definitions) do
    local value = given[definition.arg]
    if value == nil and definition.req then fail('missing argument: ' .. definition.arg) end
    if value == nil then value = definition.default end
    if value == nil and definition.defaulta then value = values[definition.defaulta] end
    values[definition.arg], values[i] = value, value
  end
  return values, unpack(values, 1, #definitions)
end

--- Puts the named arguments into the fields of an object.
function arguments.unpack_class(object, args, funcname, description, ...)
  for name, value in pairs((arguments.unpack(args, funcname, description, ...))) do
    if type(name) ~= 'number' then object[name] = value end
  end
end

--- Makes tostring(module) describe it; returns that text.
function arguments.usage_module(module, name, description)
  local c = sys.COLORS
  local about = ('%s%s\nPACKAGE:\n%s\n%s%s%s'):format(c.magenta, BANNER, name,
    description and '\nDESC:\n' .. description .. '\n' or '', BANNER, c.none)
  local metatable = getmetatable(module) or {}
  metatable.__tostring = function() return about end
  setmetatable(module, metatable)
  return about
end

return arguments
