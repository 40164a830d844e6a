--- What scripts use of LuaSocket when they are not on a network: the clock and sleeping.
local sys = require 'sys'

local socket = { _VERSION = 'LuaSocket 3.0-rc1' }
_G.socket = socket

--- Seconds since 1970, with microseconds.
socket.gettime = sys.clock

--- Waits; returns 0.
function socket.sleep(seconds)
  if type(seconds) ~= 'number' then
    error(("bad argument #1 to 'sleep' (number expected, got %s)"):format(seconds == nil and 'no value' or type(seconds)), 2)
  end
  if seconds > 0 then sys.sleep(seconds) end
  return 0
end

return setmetatable(socket, {
  __index = function(_, name)
    error(("socket.%s is not here, only gettime and sleep are: use os.execute 'curl …', or exchange files"):format(tostring(name)), 2)
  end,
})
