--- threads.Thread(code): runs Lua text in a new Lua state in a new thread, at once.
local host = require 'bridge.host'

local Thread = {}
Thread.__index = Thread

local function new(_, code)
  if type(code) ~= 'string' then error('threads.Thread: Lua code expected, got ' .. type(code), 2) end
  return setmetatable({ _number = host.python('threads').start(code) }, Thread)
end

--- A number that tells threads apart.
function Thread:id() return self._number end

--- Waits for the thread's end.
function Thread:free()
  if not self._number then return end
  host.python('threads').join(self._number)
  self._number = nil
end

return setmetatable({}, { __index = Thread, __call = new })
