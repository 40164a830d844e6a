--- threads.Mutex([id]): a lock; with the id of one (also from another thread) the same lock.
-- It lives until each Mutex made for it has been freed with free().
local native = require 'threads.native'

local Mutex = {}
Mutex.__index = Mutex

local function new(_, id)
  local pointer, lock = native.primitive(native.MUTEX, id)
  return setmetatable({ _pointer = pointer, _lock = lock }, Mutex)
end

local function alive(self)
  if not self._pointer then error('this Mutex has been freed', 3) end
  return self
end

--- Waits until no other thread holds the lock, and takes it.
function Mutex:lock() native.lock(alive(self)._lock) end

function Mutex:unlock() native.unlock(alive(self)._lock) end

--- A number by which other threads find the lock.
function Mutex:id() return native.address(alive(self)._pointer) end

function Mutex:free()
  native.disown(alive(self)._pointer)
  self._pointer, self._lock = nil, nil
end

return setmetatable({}, { __index = Mutex, __call = new })
