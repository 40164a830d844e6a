--- IndexLinear_*: y = W' x + b for samples given by keys and values, all samples' elements one after the other.
-- Key k is row k + keysOffset + 1 of the weight (inputs x outputs). A normalising weight has four columns in front: the largest
-- |value| seen of the feature, its inverse, the scale of its updates, and a bias that is added to the normalised value.
local kernels = {}

local MAX, INVERSE, RATE, SHIFT = 1, 2, 3, 4

local function rows_of(keys, keysOffset, count)
  local rows = torch.add(keys, keysOffset + 1)
  if rows:nElement() > 0 and (rows:min() < 1 or rows:max() > count) then
    error(('keys must lie in %d to %d, got %d to %d'):format(-keysOffset, count - keysOffset - 1, keys:min(), keys:max()), 3)
  end
  return rows
end

--- The number of the sample that each element belongs to.
local function samples_of(sizes, count)
  local samples, place = torch.LongTensor(count), 1
  for i = 1, sizes:size(1) do
    local length = sizes[i]
    if length > 0 then
      samples:narrow(1, place, length):fill(i)
      place = place + length
    end
  end
  if place ~= count + 1 then
    error(('sizes add up to %d, but there are %d keys'):format(place - 1, count), 3)
  end
  return samples
end

local function check(keys, values)
  if keys:dim() ~= 1 or values:dim() ~= 1 or keys:size(1) ~= values:size(1) then
    error('Keys and values should have the same number of elements', 3)
  end
end

--- The weight's columns that multiply values, and the number of columns in front of them.
local function proper_weight(weight, outputs)
  local front = weight:size(2) - outputs
  return weight:narrow(2, front + 1, outputs), front
end

local function sign(number)
  return number > 0 and 1 or number < 0 and -1 or 0
end

--- Values divided by the largest seen, plus the feature's bias; training keeps the largest up to date on the way.
local function normalise(weight, rows, values, normalized, train)
  local largest, inverse = weight:select(2, MAX), weight:select(2, INVERSE)
  local rate, shift = weight:select(2, RATE), weight:select(2, SHIFT)
  normalized:resize(values:size(1))
  for i = 1, values:size(1) do
    local row, value = rows[i], values[i]
    local size = math.abs(value)
    if train then
      if size > largest[row] then
        largest[row] = size
        inverse[row] = 1 / size
      end
      rate[row] = 1
    end
    normalized[i] = (size > largest[row] and sign(value) or value * inverse[row]) + shift[row]
  end
  return normalized
end

function kernels.IndexLinear_updateOutput(keys, keysOffset, values, sizes, _, output, weight, bias, normalizedValues, train)
  check(keys, values)
  local outputs = bias:size(1)
  output:resize(sizes:size(1), outputs)
  output:copy(bias:view(1, outputs):expandAs(output))
  if keys:nElement() == 0 then return end
  local rows = rows_of(keys, keysOffset, weight:size(1))
  local columns, front = proper_weight(weight, outputs)
  if front > 0 then values = normalise(weight, rows, values, normalizedValues, train ~= 0 and train ~= false) end
  local parts = columns:index(1, rows)
  parts:cmul(values:view(values:size(1), 1):expandAs(parts))
  output:indexAdd(1, samples_of(sizes, rows:size(1)), parts)
end

--- gradOutput of each element's sample, times scale: elements x outputs.
local function spread(gradOutput, sizes, count, scale)
  local batch = gradOutput:contiguous():view(sizes:size(1), gradOutput:nElement() / sizes:size(1))
  return batch:index(1, samples_of(sizes, count)):mul(scale), batch
end

--- gradWeight gets one row an element; with a normalising weight the gradient of the feature's bias comes first.
function kernels.IndexLinear_accGradParameters(keys, _, values, sizes, _, gradOutput, gradWeight, gradBias, weight, bias, _, _,
                                               scale)
  check(keys, values)
  local outputs, count = bias:size(1), keys:size(1)
  local parts, batch = spread(gradOutput, sizes, count, scale)
  local products = torch.cmul(parts, values:view(count, 1):expandAs(parts))
  if weight:size(2) > outputs then products = torch.cat(parts, products, 2) end
  gradWeight:resizeAs(products):copy(products)
  gradBias:add(scale, batch:sum(1))
end

--- Steps the weight of every element by its row of `change`, one after the other, with decay.
local function step_each(weight, outputs, rows, change, shiftChange, weightDecay)
  local columns, front = proper_weight(weight, outputs)
  for i = 1, rows:size(1) do
    local row = rows[i]
    local own, rate = columns[row], 1
    if front > 0 then
      rate = weight[row][RATE]
      weight[row][SHIFT] = weight[row][SHIFT] - rate * own:dot(shiftChange[i])
    end
    if weightDecay ~= 0 then own:mul(1 - weightDecay * rate) end
    own:add(-rate, change[i])
  end
end

function kernels.IndexLinear_accUpdateGradParameters(keys, keysOffset, values, sizes, _, gradOutput, weight, bias, weightDecay,
                                                     scale)
  check(keys, values)
  local outputs, count = bias:size(1), keys:size(1)
  local rows = rows_of(keys, keysOffset, weight:size(1))
  local parts, batch = spread(gradOutput, sizes, count, scale)
  local products = torch.cmul(parts, values:view(count, 1):expandAs(parts))
  if weightDecay == 0 and weight:size(2) == outputs then
    weight:indexAdd(1, rows, products:mul(-1))
  else
    step_each(weight, outputs, rows, products, parts, weightDecay)
  end
  bias:add(-scale, batch:sum(1))
end

function kernels.IndexLinear_updateParameters(gradWeight, gradBias, weight, bias, runningKeys, _, keysOffset, weightDecay,
                                              learningRate)
  local outputs = bias:size(1)
  local rows = rows_of(runningKeys, keysOffset, weight:size(1))
  local gradient = gradWeight:view(rows:size(1), gradWeight:nElement() / rows:size(1))
  local scaled = torch.mul(gradient, learningRate)
  if weightDecay == 0 and weight:size(2) == outputs then
    weight:indexAdd(1, rows, scaled:mul(-1))
  elseif weight:size(2) > outputs then
    step_each(weight, outputs, rows, scaled:narrow(2, outputs + 1, outputs), scaled:narrow(2, 1, outputs), weightDecay)
  else
    step_each(weight, outputs, rows, scaled, nil, weightDecay)
  end
  bias:add(-learningRate, gradBias)
end

return kernels
