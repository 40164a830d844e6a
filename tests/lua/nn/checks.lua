-- What is checked of any module or criterion: functions that tests/lua/nn/test_every_class.py calls.
-- make() builds the object, feed() its input; inputs and outputs are tensors or nested lists of tensors.
local checks = {}

local SEED = 11

local function is_floating(tensor)
  local name = torch.type(tensor)
  return name == 'torch.DoubleTensor' or name == 'torch.FloatTensor'
end

--- A nested list with each tensor replaced by fn(tensor, the tensor at the same place of `other`).
local function map(value, fn, other)
  if torch.isTensor(value) then return fn(value, other) end
  if type(value) ~= 'table' then return value end
  local result = {}
  for i, part in ipairs(value) do result[i] = map(part, fn, type(other) == 'table' and other[i] or nil) end
  return result
end
checks.map = map

local function each(value, visit, other)
  map(value, function(...) visit(...) return ... end, other)
end

local function copy(value)
  return map(value, function(tensor) return tensor:clone() end)
end

local function as_type(value, typename)
  return map(value, function(tensor) return is_floating(tensor) and tensor:type(typename) or tensor end)
end

local function random_like(value)
  return map(value, function(tensor) return torch.randn(tensor:size()):typeAs(tensor) end)
end

--- A tensor with the same elements whose memory has gaps.
local function with_gaps(value)
  return map(value, function(tensor)
    local size, stride = tensor:size(), tensor:clone():stride()
    for d = 1, #stride do stride[d] = stride[d] * 2 end
    local storage = torch.zeros(tensor:nElement() * 2):typeAs(tensor):storage()
    return tensor.new(storage, 1, size, stride):copy(tensor)
  end)
end

--- Largest difference between two nested lists of floating tensors, relative to the first's largest element.
local function difference(a, b)
  local worst = 0
  each(a, function(tensor, other)
    if not torch.isTensor(other) then error('the second has no tensor in place of ' .. tostring(tensor:size()), 0) end
    if not is_floating(tensor) or tensor:nElement() == 0 then return end
    if not tensor:isSameSizeAs(other) then
      error('sizes differ: ' .. tostring(tensor:size()) .. tostring(other:size()), 0)
    end
    local scale = math.max(1, tensor:clone():abs():max())
    worst = math.max(worst, (tensor:double() - other:double()):abs():max() / scale)
  end, b)
  return worst
end

local function dot(a, b)
  local sum = 0
  each(a, function(tensor, other) sum = sum + tensor:dot(other) end, b)
  return sum
end

local function forward(m, x)
  torch.manualSeed(SEED)
  return m:forward(x)
end

--- One training pass: copies of output and input gradient; the gradOutput is made at the first call.
local function pass(m, x, gradOutput)
  m:zeroGradParameters()
  local output = copy(forward(m, x))
  local gradInput = m:backward(x, copy(gradOutput or output))
  return output, copy(gradInput)
end

--- Largest difference of a gradient from central differences of `loss`, over the elements of one tensor.
local function numeric(tensor, gradient, loss)
  local flat, exact = tensor:view(-1), gradient:contiguous():view(-1)
  local worst = 0
  for i = 1, flat:nElement() do
    local kept, step = flat[i], 1e-5
    flat[i] = kept + step
    local above = loss()
    flat[i] = kept - step
    local below = loss()
    flat[i] = kept
    local slope = (above - below) / (2 * step)
    worst = math.max(worst, math.abs(slope - exact[i]) / math.max(1, math.abs(slope)))
  end
  return worst
end

--- What a module has made of its input, for a comparison with PyTorch.
function checks.output(make, feed)
  local m, x = make(), feed()
  return m, x, forward(m, copy(x))
end

function checks.input_gradient(make, feed)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  local _, gradInput = pass(m, x, gradOutput)
  local function loss() return dot(forward(m, x), gradOutput) end
  local worst = 0
  each(x, function(tensor, gradient)
    if is_floating(tensor) then worst = math.max(worst, numeric(tensor, gradient, loss)) end
  end, gradInput)
  return worst
end

function checks.parameter_gradients(make, feed)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  pass(m, x, gradOutput)
  local values, gradients = m:parameters()
  gradients = copy(gradients)
  local function loss() return dot(forward(m, x), gradOutput) end
  local worst = 0
  for i, value in ipairs(values or {}) do worst = math.max(worst, numeric(value, gradients[i], loss)) end
  -- a second pass adds to the first, scaled
  forward(m, x)
  m:backward(x, copy(gradOutput), 2)
  local _, twice = m:parameters()
  for i, gradient in ipairs(gradients or {}) do worst = math.max(worst, difference(gradient * 3, twice[i])) end
  return worst, #(values or {})
end

-- The worst difference between the parts of a batch and what pick(tensor, i) of its input and gradient gives alone.
local function parts(make, feed, pick)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  local output, gradInput = pass(m, x, gradOutput)
  local count
  each(x, function(tensor) count = count or tensor:size(1) end)
  local worst = 0
  for i = 1, count do
    local function part(tensor) return pick(tensor, i) end
    local one, gradient = pass(m, map(x, part), map(gradOutput, part))
    worst = math.max(worst, difference(map(output, part), one), difference(map(gradInput, part), gradient))
  end
  return worst
end

--- Each sample alone against its part of the batch.
function checks.singles(make, feed)
  return parts(make, feed, function(tensor, i)
    -- a sample of a vector of numbers is a vector of one number
    if tensor:dim() == 1 then return tensor:narrow(1, i, 1) end
    return tensor:select(1, i)
  end)
end

--- Each sample as a batch of one against its part of the batch.
function checks.batch_of_one(make, feed)
  return parts(make, feed, function(tensor, i) return tensor:narrow(1, i, 1) end)
end

function checks.strided(make, feed)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  local output, gradInput = pass(m, x, gradOutput)
  local strided, gradStrided = pass(m, with_gaps(x), gradOutput)
  return math.max(difference(output, strided), difference(gradInput, gradStrided))
end

--- float() against double(), and back; also whether every result has the type.
function checks.types(make, feed, typed)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  local output, gradInput = pass(m, x, gradOutput)
  local f = make()
  local values = m:parameters() or {}
  for i, value in ipairs(f:parameters() or {}) do value:copy(values[i]) end
  if f:float() ~= f then error('float() does not return the module', 0) end
  if typed and f:type() ~= 'torch.FloatTensor' then error('type() is ' .. tostring(f:type()), 0) end
  local single, gradSingle = pass(f, as_type(x, 'torch.FloatTensor'), as_type(gradOutput, 'torch.FloatTensor'))
  for _, result in ipairs { single, gradSingle } do
    each(result, function(tensor)
      if torch.type(tensor) == 'torch.DoubleTensor' then error('a result is a DoubleTensor', 0) end
    end)
  end
  local worst = math.max(difference(output, single), difference(gradInput, gradSingle))
  f:double()
  return math.max(worst, (difference(output, (pass(f, x, gradOutput)))))
end

--- Saving and loading (binary and ascii), clone(), and clearState(), each followed by the same pass.
function checks.copies(make, feed)
  local m, x = make(), feed()
  local gradOutput = random_like(forward(m, x))
  local output, gradInput = pass(m, x, gradOutput)
  local worst = 0
  local function compare(other)
    local again, gradAgain = pass(other, feed(), gradOutput)
    worst = math.max(worst, difference(output, again), difference(gradInput, gradAgain))
  end
  compare(torch.deserialize(torch.serialize(m)))
  compare(torch.deserialize(torch.serialize(m, 'ascii'), 'ascii'))
  local clone = m:clone()
  for i, value in ipairs(m:parameters() or {}) do
    if value:storage() == clone:parameters()[i]:storage() then error('clone() shares parameters', 0) end
  end
  compare(clone)
  local full = #torch.serialize(m)
  if m:clearState() ~= m then error('clearState() does not return the module', 0) end
  if #torch.serialize(m) > full then error('clearState() has made the module larger', 0) end
  compare(m)
  if type(tostring(m)) ~= 'string' then error('tostring() gives no string', 0) end
  return worst
end

--- accUpdateGradParameters, alone and where parameters count as shared, against accumulating and stepping.
function checks.updates(make, feed)
  local rate = 0.3
  local function trained(step)
    local m, x = make(), feed()
    local output = forward(m, x)
    torch.manualSeed(3)
    local gradOutput = random_like(output)
    m:zeroGradParameters()
    m:updateGradInput(x, copy(gradOutput))
    step(m, x, gradOutput)
    local values = {}
    -- one kernel gives the tensors that it adds to another shape
    for i, value in ipairs(m:parameters() or {}) do values[i] = value:clone():view(-1) end
    return values
  end
  local accumulated = trained(function(m, x, gradOutput)
    m:accGradParameters(x, gradOutput, 1)
    m:updateParameters(rate)
  end)
  local stepped = trained(function(m, x, gradOutput) m:accUpdateGradParameters(x, gradOutput, rate) end)
  local shared = trained(function(m, x, gradOutput)
    m.shared = true
    m:accUpdateGradParameters(x, gradOutput, rate)
  end)
  return math.max(difference(accumulated, stepped), difference(accumulated, shared)), #accumulated
end

--- Largest difference of the parameters that reset() draws from those that the constructor drew from the same state of the
-- generator, and the largest parameter that reset(stdv) draws.
function checks.reset(make, stdv)
  local m = make()
  local first = {}
  for i, value in ipairs(m:parameters() or {}) do first[i] = value:clone() end
  torch.manualSeed(0)
  m:reset()
  local worst, largest = 0, 0
  for i, value in ipairs(m:parameters() or {}) do worst = math.max(worst, difference(first[i], value)) end
  m:reset(stdv)
  for _, value in ipairs(m:parameters() or {}) do largest = math.max(largest, torch.abs(value):max()) end
  return worst, largest, #first
end

--- An in-place module against the other one: outputs, gradients, and that the input is overwritten.
function checks.in_place(make, make_in_place, feed)
  local m, p, x = make(), make_in_place(), feed()
  local gradOutput = random_like(forward(m, x))
  local output, gradInput = pass(m, x, gradOutput)
  local overwritten = copy(x)
  local output2 = forward(p, overwritten)
  local shares = output2:storage() == overwritten:storage()
  local worst = difference(output, copy(output2))
  local gradInput2 = p:backward(overwritten, copy(gradOutput))
  return math.max(worst, difference(gradInput, gradInput2)), shares
end

--- A criterion's loss, and its input and target for a comparison with PyTorch.
function checks.loss(make, feed, target)
  local c, x, t = make(), feed(), target()
  return c, x, t, (c:forward(x, t))
end

function checks.loss_gradient(make, feed, target)
  local c, x, t = make(), feed(), target()
  c:forward(x, t)
  local gradInput = copy(c:backward(x, t))
  local worst = 0
  each(x, function(tensor, gradient)
    worst = math.max(worst, numeric(tensor, gradient, function() return (c:forward(x, t)) end))
  end, gradInput)
  return worst
end

function checks.loss_singles(make, feed, target)
  local c, x, t = make(), feed(), target()
  local whole, count, sum = (c:forward(x, t)), nil, 0
  each(x, function(tensor) count = count or tensor:size(1) end)
  for i = 1, count do
    local function sample(tensor)
      if tensor:dim() == 1 then return tensor:narrow(1, i, 1) end
      return tensor:select(1, i)
    end
    sum = sum + (c:forward(map(x, sample), map(t, sample)))
  end
  return math.abs(sum / count - whole)
end

--- float(), a clone and a saved copy against the original: losses and gradients.
function checks.loss_copies(make, feed, target, gradient)
  local c, x, t = make(), feed(), target()
  local loss = (c:forward(x, t))
  local gradInput = gradient and copy(c:backward(x, t)) or nil
  local function compare(other, input, aim)
    local worst = math.abs((other:forward(input, aim)) - loss) / math.max(1, math.abs(loss))
    if gradient then worst = math.max(worst, difference(gradInput, copy(other:backward(input, aim)))) end
    return worst
  end
  local exact = math.max(compare(c:clone(), x, t), compare(torch.deserialize(torch.serialize(c)), x, t))
  local float = 'torch.FloatTensor'
  return exact, compare(make():float(), as_type(x, float), as_type(t, float))
end

return checks
