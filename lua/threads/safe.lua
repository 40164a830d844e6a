--- threads.safe(func[, mutex]): a function that calls `func` while it holds a mutex, the same one in all threads it is
-- sent to. Without a mutex it gets one of its own, which lasts as long as the program: the function may be on its way
-- to another thread.
local Mutex = require 'threads.Mutex'

return function(func, mutex)
  if type(func) ~= 'function' then error('function, [mutex] expected, got ' .. type(func), 2) end
  local id = (mutex or Mutex()):id()
  -- Only plain values are upvalues here, so that the function can travel.
  return function(...)
    local lock = require('threads.Mutex')(id)
    local function release(done, ...)
      lock:unlock()
      lock:free()
      if not done then error((...), 0) end
      return ...
    end
    lock:lock()
    return release(pcall(func, ...))
  end
end
