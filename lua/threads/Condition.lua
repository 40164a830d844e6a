--- threads.Condition([id]): a signal; with the id of one (also from another thread) the same signal.
-- It lives until each Condition made for it has been freed with free().
local native = require 'threads.native'

local Condition = {}
Condition.__index = Condition

local function new(_, id)
  local pointer, condition = native.primitive(native.CONDITION, id)
  return setmetatable({ _pointer = pointer, _condition = condition }, Condition)
end

local function alive(self)
  if not self._pointer then error('this Condition has been freed', 3) end
  return self
end

--- Wakes one of the threads that wait.
function Condition:signal() native.signal(alive(self)._condition) end

--- Waits for a signal; the mutex must be held, is given up meanwhile, and is held again afterwards.
function Condition:wait(mutex)
  local condition, lock = alive(self)._condition, mutex._lock
  repeat until native.wait_a_little(condition, lock) or native.closing()
end

--- A number by which other threads find the signal.
function Condition:id() return native.address(alive(self)._pointer) end

function Condition:free()
  native.disown(alive(self)._pointer)
  self._pointer, self._condition = nil, nil
end

return setmetatable({}, { __index = Condition, __call = new })
