--- Makes any LuaJIT 2.1 behave like the one Torch shipped, which was built with Lua 5.2 compatibility.
--
-- The host requires this package before any user code. The files that it loads are the only ones that reach LuaJIT as they
-- are written: in them `#t` is the raw length of a table.
local compat = { native = #setmetatable({}, { __len = function() return 1 end }) == 1 }
package.loaded['compat'] = compat

if not compat.native then
  require 'compat.length'
  require 'compat.iteration'
  require 'compat.results'
  require 'compat.loaders'
else
  compat.compile, compat.raw_load = loadstring, load
end
require 'compat.names'
require 'compat.format'
require 'compat.advice'

return compat
