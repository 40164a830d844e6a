--- threads.Threads(N[, init…]): a pool of N threads, each with a Lua state of its own, that run jobs.
-- Each init function runs in every thread with the thread's number; the results of the last one are the constructor's
-- second result. Functions travel with the values of their upvalues.
local Queue = require 'threads.queue'
local Thread = require 'threads.Thread'
local worker = require 'threads.worker'

local Threads = {}
Threads.__index = Threads

local serialization = 'threads.serialize'

--- Threads.serialization([module]): how values go between threads of pools made from now on: 'threads.serialize' copies,
-- 'threads.sharedserialize' shares tensors, storages and tds objects. Without an argument: the present one.
function Threads.serialization(name)
  if name == nil then return serialization end
  if type(name) ~= 'string' then error('name of a module expected, got ' .. type(name), 2) end
  serialization = name
end

local START = [[
  require('torch')
  require('threads.worker').run(%d, %d, %d, %d, %d)
]]

local control = torch.CharStorage(1)

local function queue_of(self, thread) return self.__specific and self.own[thread] or self.shared end

-- Sends the same to every thread: in shared mode each takes one of N messages.
local function tell_all(self, tag)
  for thread = 1, self.N do queue_of(self, thread):push(control, tag) end
end

-- A pool that nobody can reach any more sends its threads away; it cannot wait for them.
local function on_collect(self)
  if not self.__running then return end
  self.__running = false
  self.answers:close()
  for thread = 1, self.N do
    local queue = queue_of(self, thread)
    if queue.isfull == 0 then queue:push(control, worker.STOP) end
  end
end

local function start(self)
  local cores = math.max(1, math.floor(torch.getnumthreads() / self.N))
  for thread = 1, self.N do
    self.own[thread] = Queue(self.N, self.serialize)
    self.threads[thread] = Thread(START:format(thread, self.answers:id(), self.shared:id(), self.own[thread]:id(), cores))
  end
  local guard = newproxy(true)
  getmetatable(guard).__gc = function() on_collect(self) end
  self.guard = guard
end

function Threads.new(N, ...)
  if type(N) ~= 'number' or N < 1 then error('number of threads expected, got ' .. tostring(N), 2) end
  local self = setmetatable({
    N = N, serialize = serialization, answers = Queue(N, serialization), shared = Queue(N, serialization), own = {},
    threads = {}, pending = 0, next_id = 1, endcallbacks = {}, errors = false, __specific = true, __running = true,
  }, Threads)
  require(serialization)
  start(self)
  local results = {}
  local inits = { ... }
  if #inits == 0 then inits[1] = function() end end
  for place, init in ipairs(inits) do
    local keep = place == #inits and function(...) results[#results + 1] = { ... } end or nil
    for thread = 1, N do self:addjob(thread, init, keep, thread) end
  end
  self:specific(false)
  return self, results
end

local function check_running(self)
  if not self.__running then error('thread system is not running', 3) end
end

function Threads:isrunning() return self.__running end

--- pool:specific([flag]): whether jobs are given to threads by number. Setting it waits for the jobs that run.
function Threads:specific(flag)
  check_running(self)
  if flag == nil then return self.__specific end
  if type(flag) ~= 'boolean' then error('boolean expected, got ' .. type(flag), 2) end
  self:synchronize()
  if flag == self.__specific then return end
  tell_all(self, flag and worker.SPECIFIC or worker.SHARED)
  self.__specific = flag
end

local function queue_for(self, thread)
  if self.__specific and not (type(thread) == 'number' and self.own[thread]) then
    error(('thread index expected (1 to %d), got %s'):format(self.N, tostring(thread)), 3)
  end
  return queue_of(self, thread)
end

--- pool:acceptsjob([thread]): whether addjob would not wait.
function Threads:acceptsjob(thread)
  check_running(self)
  return queue_for(self, thread).isfull == 0
end

--- pool:addjob([thread,] callback[, endcallback[, arguments…]]): callback(arguments…) runs in a thread, later
-- endcallback(results…) runs here, in dojob. While the queue is full this runs the endcallbacks of jobs that are done.
function Threads:addjob(...)
  check_running(self)
  local thread, first = nil, 1
  if self.__specific then thread, first = ..., 2 end
  local callback, endcallback = select(first, ...)
  local queue = queue_for(self, thread)
  if type(callback) ~= 'function' then error('function callback expected, got ' .. type(callback), 2) end
  if endcallback ~= nil and type(endcallback) ~= 'function' then
    error('function (or nil) endcallback expected, got ' .. type(endcallback), 2)
  end
  self.errors = false
  local count = math.max(select('#', ...) - first - 1, 0)
  local job = { callback = callback, n = count, select(first + 2, ...) }
  local message = require(self.serialize).save(job)
  while queue.isfull == 1 do self:dojob() end
  local id = self.next_id
  self.next_id, self.pending = id + 1, self.pending + 1
  self.endcallbacks[id] = endcallback
  queue:push(message, id)
end

--- pool:dojob(): waits for a job that is done and runs its endcallback. Raises the errors of both.
function Threads:dojob()
  check_running(self)
  self.errors = false
  local storage, id = self.answers:pop()
  local endcallback = self.endcallbacks[id]
  self.endcallbacks[id] = nil
  self.pending = self.pending - 1
  local result = require(self.serialize).load(storage)
  if not result.done then
    self.errors = true
    error(('[thread %d callback] %s'):format(result.thread, tostring(result[1])), 2)
  end
  if not endcallback then return end
  local done, message = xpcall(function() endcallback(unpack(result, 1, result.n)) end, debug.traceback)
  if not done then
    self.errors = true
    error(('[thread %d endcallback] %s'):format(result.thread, tostring(message)), 2)
  end
end

--- Errors are raised by dojob and synchronize: there is nothing to ask for.
function Threads:haserror() return false end

--- pool:hasjob(): whether some job has not ended.
function Threads:hasjob()
  check_running(self)
  return self.pending > 0
end

--- pool:synchronize(): waits for all jobs and runs their endcallbacks.
function Threads:synchronize()
  if not self.__running then return end
  self.errors = false
  while self.pending > 0 do self:dojob() end
end

--- pool:terminate(): waits for all jobs and ends the threads. Directly after an error it does nothing.
function Threads:terminate()
  if not self.__running or self.errors then return end
  self:synchronize()
  tell_all(self, worker.STOP)
  self.__running = false
  local ended = 0
  while ended < self.N do
    local _, tag = self.answers:pop()
    if tag == worker.ENDED then ended = ended + 1 end
  end
  for thread = 1, self.N do
    self.threads[thread]:free()
    self.own[thread]:free()
  end
  self.answers:free()
  self.shared:free()
end

return setmetatable({}, { __index = Threads, __newindex = Threads, __call = function(_, ...) return Threads.new(...) end })
