--- The running program: its name, its files, its arguments.
local path = require 'pl.path'
local utils = require 'pl.utils'

local app = {}

local function arguments() return rawget(_G, 'arg') end

--- The name of the running script, or nil and a message.
function app.script_name()
  local words = arguments()
  if words and words[0] then return words[0] end
  return utils.raise 'No script name found'
end

--- Makes `require` find files beside the script, or in a folder there; answers that folder.
-- @param no_follow whether a symbolic link to the script is not followed
function app.require_here(base, no_follow)
  local name, message = app.script_name()
  if not name then return utils.raise(message) end
  local target = not no_follow and path.islink(name) and path.link_attrib(name, 'target')
  if target then name = path.isabs(target) and target or path.join(path.dirname(name), target) end
  local folder = path.dirname(path.abspath(name))
  if base then folder = path.isabs(base) and base or path.normpath(path.join(folder, base)) end
  local template = folder .. path.sep
  package.path = ('%s?.lua;%s?%sinit.lua;%s'):format(template, template, path.sep, package.path)
  return folder
end

--- Path of a file of this script's own, in the folder `~/.<script>`, which is made if need be.
function app.appfile(file)
  local name, message = app.script_name()
  if not name then return utils.raise(message) end
  local folder = path.expanduser('~/.' .. path.splitext(path.basename(name)))
  if not path.isdir(folder) then
    local ok, failure = path.mkdir(folder)
    if not ok then return utils.raise(("cannot create '%s': %s"):format(folder, failure)) end
  end
  return path.join(folder, file)
end

--- Name of the operating system, as LuaJIT says it.
function app.platform()
  if utils.is_windows then return 'Windows' end
  return jit.os
end

--- The command that started this script with its options, and the name of the program alone.
function app.lua()
  local words = arguments()
  if not words then return utils.raise 'No script arguments found' end
  local parts, index = {}, 0
  while words[index - 1] ~= nil do index = index - 1 end
  for i = index, -1 do parts[#parts + 1] = utils.quote_arg(words[i]) end
  return table.concat(parts, ' '), parts[1]
end

local function as_set(flags, into)
  for key, value in pairs(flags or {}) do
    if type(key) == 'number' then into[value] = value else into[key] = type(value) == 'string' and value or key end
  end
  return into
end

-- Names of flags as they come, and the names under which they are reported.
local function read_flags(with_values, valid)
  local values = as_set(with_values, {})
  if not valid then return values, nil end
  return values, as_set(values, as_set(valid, {}))
end

local function parse(words, with_values, valid)
  local takes_value, aliases = read_flags(with_values, valid)
  local flags, parameters = {}, {}
  local function store(name, value)
    local known = name
    if aliases then
      known = aliases[name]
      if not known then return nil, ("unknown flag '%s'"):format(name) end
    end
    flags[known] = value
    return true
  end
  local function wants_value(name)
    return takes_value[name] or (aliases and aliases[name] and takes_value[aliases[name]])
  end

  local i = 1
  while words[i] do
    local word = words[i]
    local name, value = word:match '^%-%-?([^-=:][^=:]*)[=:](.*)$'
    local ok, message = true, nil
    if word == '--' then
      for k = i + 1, #words do parameters[#parameters + 1] = words[k] end
      break
    elseif name then
      ok, message = store(name, value)
    elseif word:find '^%-%-.' or word:find '^%-%a$' then
      name = word:match '^%-+(.*)$'
      if wants_value(name) then
        i = i + 1
        value = words[i]
        if value == nil or value:find '^%-' and not tonumber(value) then
          return nil, ("no value for '%s'"):format(name)
        end
      end
      ok, message = store(name, value or true)
    elseif word:find '^%-%a' then
      local rest = word:sub(2)
      local flag, number = rest:match '^(%a)(%-?[%d%.]+)$'
      if flag then
        ok, message = store(flag, number)
      elseif wants_value(rest:sub(1, 1)) then
        ok, message = store(rest:sub(1, 1), rest:sub(2))
      else
        for letter in rest:gmatch '.' do
          ok, message = store(letter, true)
          if not ok then break end
        end
      end
    else
      parameters[#parameters + 1] = word
    end
    if not ok then return nil, message end
    i = i + 1
  end
  return flags, parameters
end

--- Flags (`-f`, `--flag`, `--flag=value`, `-n2`, `-abc`) and parameters of a command line; nil and a message when a value
-- is missing or a flag is unknown.
-- @param words list of words (default: the script's)
-- @param with_values flags that take the next word as their value: a list, or a table with them as keys
-- @param valid flags that are allowed: a list, or a table from flags to the names under which they are reported
function app.parse_args(words, with_values, valid)
  if not words then
    words = arguments()
    if not words then utils.raise "Not in a main program: 'arg' not found" end
  end
  return parse(words, with_values, valid)
end

return app
