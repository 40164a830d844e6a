--- How fast pools of threads get through jobs that are alike. Reads lines `KIND THREADS JOBS` and answers each with the
-- seconds that a pool of so many threads took; the first line of a kind and number also makes the pool and warms it up.
local threads = require 'threads'
require 'torch'

-- Each job takes some 20 ms and answers a number that tells whether it was done.
local kinds = {
  -- Loops over numbers, tables and strings.
  lua = function()
    local words, sum = {}, 0
    for k = 1, 60 do
      for i = 1, 1000 do words[i] = ('%d.%d'):format(i, k) end
      local text = table.concat(words, ' ')
      for number in text:gmatch('%d+') do sum = (sum * 31 + #number) % 1000003 end
      for i = 1, 20000 do sum = (sum * 17 + i) % 1000003 end
    end
    return sum
  end,
  -- Elements and operations of small tensors that stay.
  tensor = function()
    local torch = require 'torch'
    local t, m, v = torch.Tensor(200):fill(0.5), torch.eye(20), torch.Tensor(20):fill(1)
    local sum = 0
    for _ = 1, 12000 do
      t:mul(0.999):add(0.001)
      for i = 1, 200 do sum = sum + t[i] end
      v = torch.mv(m, v)
    end
    return math.floor(sum + v:sum())
  end,
  -- Small tensors that come and go.
  temporaries = function()
    local torch = require 'torch'
    local t, sum = torch.Tensor(100):fill(1), 0
    for _ = 1, 20000 do sum = sum + (t * 2 - t):narrow(1, 11, 20):sum() end
    return sum
  end,
  -- Steps of a small network.
  network = function()
    local torch, nn = require 'torch', require 'nn'
    torch.manualSeed(1)
    local model = nn.Sequential():add(nn.Linear(20, 40)):add(nn.Tanh()):add(nn.Linear(40, 5)):add(nn.LogSoftMax())
    local criterion = nn.ClassNLLCriterion()
    local input, target = torch.randn(8, 20), torch.Tensor(8):random(1, 5)
    for _ = 1, 1500 do
      model:zeroGradParameters()
      local output = model:forward(input)
      criterion:forward(output, target)
      model:backward(input, criterion:backward(output, target))
      model:updateParameters(0.01)
    end
    return math.floor(model:forward(input):sum() * 1e6)
  end,
}

local function seconds(pool, work, jobs)
  local timer, answers = torch.Timer(), {}
  for _ = 1, jobs do pool:addjob(work, function(answer) answers[#answers + 1] = answer end) end
  pool:synchronize()
  local passed = timer:time().real
  assert(#answers == jobs)
  for i = 2, jobs do assert(answers[i] == answers[1], 'jobs that are alike must answer alike') end
  return passed
end

local present, pools

local function pool_of(kind, count)
  if kind ~= present then
    for _, pool in pairs(pools or {}) do pool:terminate() end
    present, pools = kind, {}
  end
  if not pools[count] then
    pools[count] = threads.Threads(count)
    seconds(pools[count], kinds[kind], 4 * count)
  end
  return pools[count]
end

for line in io.lines() do
  local kind, count, jobs = line:match('^(%S+) (%d+) (%d+)$')
  local pool = pool_of(kind, tonumber(count))
  print(('%.6f'):format(seconds(pool, kinds[kind], tonumber(jobs))))
  io.stdout:flush()
end
for _, pool in pairs(pools or {}) do pool:terminate() end
