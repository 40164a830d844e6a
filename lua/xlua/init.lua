--- The xlua package: progress bars, option parsers, profilers, argument tables, additions to string and table.
local torch = require 'torch'
local sys = require 'sys'

local xlua = _G.xlua or {}
_G.xlua = xlua

--- Names that were global before: clearall and who leave them out.
local protected = {}
for name in pairs(_G) do protected[name] = true end

require 'xlua.additions'
local text = require 'xlua.text'
local arguments = require 'xlua.arguments'
xlua.progress, xlua.formatTime = unpack(require 'xlua.progress')
xlua.OptionParser = require 'xlua.OptionParser'
xlua.Profiler = require 'xlua.Profiler'

xlua.print, xlua.table2string = text.print, text.table2string
xlua.usage, xlua.unpack, xlua.unpack_class = arguments.usage, arguments.unpack, arguments.unpack_class
xlua.usage_module = arguments.usage_module

--- Copies everything that io.write writes from now on into a file as well.
function xlua.log(file, append)
  os.execute(('mkdir -p "%s"'):format(sys.dirname(file)))
  local copy = assert(io.open(file, append and 'a' or 'w'))
  local write = io.write
  io._write, _G._print = write, _G.print
  _G.print = xlua.print
  io.write = function(...)
    copy:write(...)
    copy:flush()
    return write(...)
  end
end

--- Removes a global variable.
function xlua.clear(name)
  _G[name] = nil
  collectgarbage()
end

--- Removes all global variables made since xlua was loaded, packages too.
function xlua.clearall()
  for name in pairs(_G) do
    if not protected[name] then
      package.loaded[name] = nil
      _G[name] = nil
    end
  end
  collectgarbage()
end

--- Prints the global packages and variables made since xlua was loaded.
function xlua.who()
  local libraries, variables = {}, {}
  for name, value in pairs(_G) do
    if name ~= '_G' and package.loaded[name] then
      libraries[#libraries + 1] = name
    elseif not protected[name] then
      variables[name] = value
    end
  end
  for _, part in ipairs { '', 'Global Libs:', libraries, '', 'Global Vars:', variables, '' } do xlua.print(part) end
end

--- Raises an error in red: `<domain> message`, and the usage below it.
function xlua.error(message, domain, usage)
  if domain then message = ('<%s> %s'):format(domain, message) end
  message = sys.COLORS.Red .. tostring(message) .. sys.COLORS.none
  error(usage and message .. '\n' .. usage or message, 2)
end

--- Calls try(); if it fails, catch(error).
function xlua.trycatch(try, catch)
  local ok, message = pcall(try)
  if not ok then catch(message) end
end

--- Whether a package can be found, and in which file (the whole search path where it cannot).
function xlua.installed(name)
  local places = package.path .. ';' .. package.cpath
  for template in places:gmatch('[^;]+') do
    local file = template:gsub('?', (name:gsub('%.', '/')))
    if sys.filep(file) then return true, file end
  end
  return false, places
end

--- require that prints a warning and returns false where the package cannot be loaded.
function xlua.require(name)
  local ok, result = pcall(require, name)
  if ok then return result end
  print(result)
  print('warning: <' .. name .. '> could not be loaded (is it installed?)')
  return false
end

rawset(_G, 'xprint', xlua.print)
rawset(_G, 'xerror', xlua.error)
rawset(_G, 'xrequire', xlua.require)

--- A copy of a table of defaults, in which environment variables of the same names replace numbers, booleans and strings.
function xlua.envparams(default)
  local params = {}
  for name, value in pairs(default) do
    params[name] = value
    local given = os.getenv(name)
    if given ~= nil then
      if type(value) == 'number' then
        given = tonumber(given)
          or error(('environment variable %s should be a number, got %s'):format(name, given), 2)
      elseif type(value) == 'boolean' then
        local booleans = { ['true'] = true, True = true, ['false'] = false, False = false }
        if booleans[given] ~= nil then given = booleans[given] end
      end
      params[name] = given
    end
  end
  return params
end

_G.torch = _G.torch or torch

return xlua
