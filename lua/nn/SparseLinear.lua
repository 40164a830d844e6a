--- nn.SparseLinear(inputSize, outputSize[, doGradInput = false]): a Linear for inputs given by their non-zero elements.
-- A sample is a matrix with rows {column, value}; a batch is a table of samples, or (the old form) N x elements x 2.
-- After one accGradParameters, zeroGradParameters and updateParameters touch only the columns in use.
local SparseLinear, Module = torch.class('nn.SparseLinear', 'nn.Module')

-- how many inputs the gradient has seen since it was zeroed, as far as it matters
local NONE, ONE, SEVERAL = 0, 1, 2

function SparseLinear:__init(inputSize, outputSize, doGradInput)
  Module.__init(self)
  self.weightDecay = 0
  self.doGradInput = doGradInput or false
  if type(self.doGradInput) ~= 'boolean' then error('SparseLinear: doGradInput must be boolean', 2) end
  self.weight, self.gradWeight = torch.zeros(outputSize, inputSize), torch.zeros(outputSize, inputSize)
  self.bias, self.gradBias = torch.zeros(outputSize), torch.zeros(outputSize)
  self.sparseUpdate = NONE
  self.gradInput = {}
  self.output:resize(outputSize)
  self:reset()
end

function SparseLinear:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
  self.weight:uniform(-bound, bound)
  self.bias:uniform(-bound, bound):mul(0.000001)
end

--- The input as the kernels take it, whether it is a batch, and whether it has the old form.
function SparseLinear:reshapeInput(input)
  if torch.type(input) == 'table' then return input, true, false end
  if input:dim() == 2 then return { input }, false, false end
  return input, true, true
end

--- All samples' elements as rows {sample, column, value}, in self.formatted_input.
local function format(self, samples)
  local rows = 0
  for _, sample in ipairs(samples) do rows = rows + sample:size(1) end
  self.formatted_input = (self.formatted_input or samples[1].new()):resize(rows, 3)
  local first = 1
  for i, sample in ipairs(samples) do
    local part = self.formatted_input:narrow(1, first, sample:size(1))
    part:select(2, 1):fill(i)
    part:narrow(2, 2, 2):copy(sample)
    first = first + sample:size(1)
  end
  return self.formatted_input
end

function SparseLinear:updateOutput(input)
  if self.sparseUpdate == ONE then self.sparseUpdate = SEVERAL end
  local samples, batched, legacy = self:reshapeInput(input)
  self.legacyMode = legacy
  if legacy then
    input.THNN.SparseLinear_legacyUpdateOutput(input, self.output, self.weight, self.bias)
    return self.output
  end
  if #samples == 0 then return self.output:resizeAs(self.bias):copy(self.bias) end
  local rows = format(self, samples)
  self.output:resize(#samples, self.weight:size(1))
  rows.THNN.SparseLinear_updateOutput(rows, self.output, self.weight, self.bias)
  if not batched then self.output:resize(self.weight:size(1)) end
  return self.output
end

--- With doGradInput dense gradients, each in the form of the input; otherwise nothing worth reading.
function SparseLinear:updateGradInput(input, gradOutput)
  if self.legacyMode then
    if torch.type(self.gradInput) ~= torch.type(gradOutput) then self.gradInput = gradOutput.new() end
    self.gradInput:resizeAs(input)
  else
    self.gradInput = {}
  end
  if not self.doGradInput then return self.gradInput end
  local columns = self.weight:size(2)
  local gradient = gradOutput:dim() == 1 and gradOutput:view(1, gradOutput:size(1)) or gradOutput
  local dense = gradient * self.weight
  local numbers = torch.range(1, columns):typeAs(dense)
  local stacked = dense.new(dense:size(1), columns, 2)
  stacked:select(3, 1):copy(numbers:view(1, columns):expandAs(dense))
  stacked:select(3, 2):copy(dense)
  if self.legacyMode then
    self.gradInput:resizeAs(stacked):copy(stacked)
  else
    for i = 1, dense:size(1) do self.gradInput[i] = stacked[i]:clone() end
  end
  return self.gradInput
end

function SparseLinear:accGradParameters(input, gradOutput, scale)
  local _, batched, legacy = self:reshapeInput(input)
  self.legacyMode = legacy
  self.lastInput = self.lastInput or gradOutput.new()
  local rows = legacy and input or self.formatted_input
  if self.sparseUpdate == NONE then
    self.lastInput:resizeAs(rows):copy(rows)
    self.sparseUpdate = ONE
  else
    self.sparseUpdate = SEVERAL
  end
  if not batched then gradOutput = gradOutput:view(1, gradOutput:size(1)) end
  local kernel = legacy and 'SparseLinear_legacyAccGradParameters' or 'SparseLinear_accGradParameters'
  rows.THNN[kernel](rows, gradOutput, self.gradWeight, self.gradBias, self.weight, self.bias, self.weightDecay or 0,
    scale or 1)
end

function SparseLinear:updateParameters(learningRate)
  if not (self.lastInput and self.sparseUpdate == ONE) then return Module.updateParameters(self, learningRate) end
  local kernel = self.legacyMode and 'SparseLinear_legacyUpdateParameters' or 'SparseLinear_updateParameters'
  self.lastInput.THNN[kernel](self.weight, self.bias, self.gradWeight, self.gradBias, self.lastInput, learningRate)
end

function SparseLinear:zeroGradParameters()
  if self.lastInput and self.sparseUpdate == ONE then
    local kernel = self.legacyMode and 'SparseLinear_legacyZeroGradParameters' or 'SparseLinear_zeroGradParameters'
    self.lastInput.THNN[kernel](self.gradWeight, self.gradBias, self.lastInput)
  else
    Module.zeroGradParameters(self)
  end
  self.sparseUpdate = NONE
end

function SparseLinear:clearState()
  if self.lastInput then self.lastInput:set() end
  -- which columns the gradient has touched is forgotten, so that the next zeroing has to take them all
  if self.sparseUpdate == ONE then self.sparseUpdate = SEVERAL end
  self.formatted_input = nil
  return Module.clearState(self)
end
