--- The threads package: pools of threads that each have a Lua state of their own, and what they need to work together.
-- The package's table can be called and indexed like threads.Threads.
require 'torch'

local threads = {}
package.loaded['threads'] = threads

threads.Thread = require 'threads.Thread'
threads.Mutex = require 'threads.Mutex'
threads.Condition = require 'threads.Condition'
threads.Threads = require 'threads.threads'
threads.safe = require 'threads.safe'

return setmetatable(threads, {
  __index = threads.Threads,
  __newindex = function(_, key, value) threads.Threads[key] = value end,
  __call = function(_, ...) return threads.Threads(...) end,
})
