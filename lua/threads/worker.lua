--- What each thread of a pool runs: jobs from a queue, until it is told to stop.
local Queue = require 'threads.queue'

local worker = {}

--- Numbers of messages that are not jobs.
worker.STOP, worker.SHARED, worker.SPECIFIC, worker.ENDED = -1, -2, -3, -4

local function traceback(message)
  local text = debug.traceback(tostring(message), 2) -- not a tail call: level 2 is the place of the error
  return text
end

local function packed(...) return { n = select('#', ...), ... } end

-- Results of a job, or what went wrong, as a message.
local function answer(serialize, thread, storage)
  local results = packed(xpcall(function()
    local job = serialize.load(storage)
    return job.callback(unpack(job, 1, job.n))
  end, traceback))
  local message = { thread = thread, done = results[1], n = results.n - 1, unpack(results, 2, results.n) }
  local saved, bytes = pcall(serialize.save, message)
  if saved then return bytes end
  return serialize.save { thread = thread, done = false, n = 1, 'the results of the job cannot be sent: ' .. tostring(bytes) }
end

--- Runs jobs from the thread's own queue at first; SHARED and SPECIFIC switch between that and the pool's queue.
function worker.run(thread, answers_id, shared_id, own_id, cores)
  torch.setnumthreads(cores)
  rawset(_G, '__threadid', thread)
  local answers, shared, own = Queue(answers_id), Queue(shared_id), Queue(own_id)
  local serialize = require(answers.serialize)
  local source = own
  while true do
    local storage, tag = source:pop()
    if not storage or tag == worker.STOP then break end
    if tag == worker.SHARED then
      source = shared
    elseif tag == worker.SPECIFIC then
      source = own
    else
      answers:push(answer(serialize, thread, storage), tag)
    end
  end
  answers:push(torch.CharStorage(1), worker.ENDED)
  for _, queue in ipairs { answers, shared, own } do queue:free() end
end

return worker
