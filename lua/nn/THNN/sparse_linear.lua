--- SparseLinear_*: y = W x + b for samples given by their non-zero elements.
-- The input is a matrix with one row {sample, column, value} an element; the `legacy` forms take N x elements x {column,
-- value}. Numbers count from 1; elements with value 0 are padding.
local kernels = {}

--- Rows {sample, column, value} of a legacy input.
local function by_element(input)
  local samples, count = input:size(1), input:size(2)
  local rows = input.new(samples, count, 3)
  rows:select(3, 1):copy(torch.range(1, samples):typeAs(input):view(samples, 1):expand(samples, count))
  rows:narrow(3, 2, 2):copy(input)
  return rows:view(samples * count, 3)
end

--- Sample numbers, column numbers and values of the elements that are not padding; nothing where there are none.
local function elements(input, columns)
  local used = input:select(2, 3):ne(0)
  if used:sum() == 0 then return end
  local rows = input:index(1, used:nonzero():view(-1))
  local column = rows:select(2, 2):long()
  if column:min() < 1 or column:max() > columns then
    error(('index out of bound. updateOutput: columns must lie in 1 to %d, got %d to %d')
      :format(columns, column:min(), column:max()), 3)
  end
  return rows:select(2, 1):long(), column, rows:select(2, 3)
end

local function forward(input, output, weight, bias)
  output:copy(bias:view(1, bias:size(1)):expandAs(output))
  local sample, column, value = elements(input, weight:size(2))
  if not sample then return end
  local parts = weight:t():index(1, column)
  parts:cmul(value:contiguous():view(value:size(1), 1):expandAs(parts))
  output:indexAdd(1, sample, parts)
end

local function accumulate(input, gradOutput, gradWeight, gradBias, weight, bias, weightDecay, scale)
  local sample, column, value = elements(input, weight:size(2))
  if sample then
    local parts = gradOutput:index(1, sample)
    parts:cmul(value:contiguous():view(value:size(1), 1):expandAs(parts)):mul(scale)
    gradWeight:t():indexAdd(1, column, parts)
  end
  gradBias:add(scale, gradOutput:sum(1))
  if weightDecay ~= 0 then
    gradWeight:add(scale * weightDecay, weight)
    gradBias:add(scale * weightDecay, bias)
  end
end

--- The distinct columns that an input uses, as a LongTensor; nothing without any.
local function touched(lastInput, columns)
  local _, column = elements(lastInput, columns)
  if not column then return end
  local seen, list = {}, {}
  for i = 1, column:size(1) do
    if not seen[column[i]] then
      seen[column[i]] = true
      list[#list + 1] = column[i]
    end
  end
  return torch.LongTensor(list)
end

local function zero(gradWeight, gradBias, lastInput)
  gradBias:zero()
  local columns = touched(lastInput, gradWeight:size(2))
  if columns then gradWeight:indexFill(2, columns, 0) end
end

local function update(weight, bias, gradWeight, gradBias, lastInput, learningRate)
  bias:add(-learningRate, gradBias)
  local columns = touched(lastInput, weight:size(2))
  if columns then weight:indexAdd(2, columns, gradWeight:index(2, columns):mul(-learningRate)) end
end

kernels.SparseLinear_updateOutput = forward
kernels.SparseLinear_accGradParameters = accumulate
kernels.SparseLinear_zeroGradParameters = zero
kernels.SparseLinear_updateParameters = update

function kernels.SparseLinear_legacyUpdateOutput(input, output, weight, bias)
  output:resize(input:size(1), weight:size(1))
  forward(by_element(input), output, weight, bias)
end

function kernels.SparseLinear_legacyAccGradParameters(input, ...)
  accumulate(by_element(input), ...)
end

function kernels.SparseLinear_legacyZeroGradParameters(gradWeight, gradBias, lastInput)
  zero(gradWeight, gradBias, by_element(lastInput))
end

function kernels.SparseLinear_legacyUpdateParameters(weight, bias, gradWeight, gradBias, lastInput, learningRate)
  update(weight, bias, gradWeight, gradBias, by_element(lastInput), learningRate)
end

return kernels
