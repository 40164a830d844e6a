--- The environment in which `th` runs scripts: torch and its companions as globals, another `print` and `require`, the `%`
-- operator of strings, penlight where it is installed. Requiring it answers the function that starts the prompt.
local ffi = require 'ffi'
local host = require 'bridge.host'

ffi.cdef [[ int isatty(int descriptor); ]]

package.preload['treplutils'] = function()
  return { isatty = function() return ffi.C.isatty(1) == 1 end }
end

local colors = require 'trepl.colors'

--- Prints without colors from now on.
function _G.noColors()
  for name in pairs(colors) do colors[name] = '' end
end

if ffi.C.isatty(1) == 0 or os.getenv 'NO_COLOR' or (os.getenv 'TERM' or 'dumb') == 'dumb' then _G.noColors() end

for _, name in ipairs { 'torch', 'paths', 'sys', 'xlua' } do
  local ok, message = pcall(require, name)
  if not ok then
    io.stderr:write(('th: the package %s could not be loaded: %s\n'):format(name, tostring(message):match '[^\n]*'))
  end
end

require 'trepl.print'
require 'trepl.require'
require 'trepl.globals'
require 'trepl.format'

pcall(require, 'pl')

_G._RESULTS = {}
_G._LAST = ''

--- Starts the interactive prompt.
function _G.repl()
  if not host.repl then error('the prompt is only there in programs started by th', 2) end
  return host.repl()
end

_G._preloaded_ = {}
for name in pairs(_G) do _G._preloaded_[name] = true end

return _G.repl
