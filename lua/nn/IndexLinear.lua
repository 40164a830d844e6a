--- nn.IndexLinear(inputSize, outputSize[, doGradInput = false[, keysOffset = 0[, weight, bias[, normalize = false]]]])
-- A Linear for inputs given by keys and values: {keys, values} of one sample, {{keys…}, {values…}} of a batch, or the batch
-- joined, {keys, values, sizes}. weight: inputSize x outputSize; with normalize four columns more in front (see
-- nn.THNN.index_linear). The gradient is kept as one row for each element of the inputs since zeroGradParameters.
local IndexLinear, Module = torch.class('nn.IndexLinear', 'nn.Module')

function IndexLinear:__init(inputSize, outputSize, doGradInput, keysOffset, weight, bias, normalize)
  Module.__init(self)
  self.normalize = normalize and 4 or 0
  self.weight = weight or torch.zeros(inputSize, outputSize + self.normalize)
  self.bias = bias or torch.zeros(outputSize)
  self.inputSize = self.weight:size(1)
  self.outputSize = self.weight:size(2) - self.normalize
  self.gradWeight = torch.Tensor()
  self.gradBias = torch.zeros(self.outputSize)
  self.gradWeightBuffer, self.valuesBuffer, self.normalizedValues = torch.Tensor(), torch.Tensor(), torch.Tensor()
  -- what the backward passes since the last zeroing have left, one place each
  self.running = { cumSumSizes = {}, keys = {}, gradWeight = {}, counter = 1 }
  self.sizesCache, self.cumSumSizesCache = {}, {}
  self.weightDecay = 0
  self.doGradInput = doGradInput or false
  self.offset = (keysOffset or 0) - 1
end

function IndexLinear:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:size(2))
  self.weight:uniform(-bound, bound)
  self.bias:uniform(-bound, bound):mul(0.000001)
  if self.normalize and self.normalize > 0 then self.weight:narrow(2, 1, self.normalize):zero() end
end

--- Keys and values, as lists of samples or (with sizes) joined; notes the form in isFlat and noBatch.
function IndexLinear:reshapeInput(input)
  if torch.type(input) ~= 'table' or (#input ~= 2 and #input ~= 3) then
    error('IndexLinear: {keys, values} or {keys, values, sizes} expected', 3)
  end
  local keys, values, sizes = input[1], input[2], input[3]
  self.isFlat = sizes ~= nil
  self.noBatch = not self.isFlat and torch.isTensor(keys) and torch.isTensor(values)
  if self.isFlat then
    if keys:nElement() ~= values:nElement() then error('Keys and values should be of same size', 3) end
    if keys:dim() ~= 1 then error('Keys and values should be 1D', 3) end
    return keys, values, torch.isTensor(sizes) and sizes or torch.LongTensor { sizes }
  end
  if self.noBatch then keys, values = { keys }, { values } end
  if torch.type(keys) ~= 'table' or torch.type(values) ~= 'table' then error('Wrong input format.', 3) end
  for i = 1, #keys do
    if keys[i]:dim() ~= 1 or values[i]:dim() ~= 1 then error('keys and values should be 1D', 3) end
  end
  return keys, values
end

function IndexLinear:longTensor(...)
  return (self:type() == 'torch.CudaTensor' and torch.CudaLongTensor or torch.LongTensor)(...)
end

--- Joins the input into self.keys, self.values, self.sizes and self.cumSumSizes.
function IndexLinear:flattenInputs(input)
  local keys, values, sizes = self:reshapeInput(input)
  if not self.isFlat then
    self.lkeys, self.lvalues = keys, values
    local lengths = {}
    for i, list in ipairs(keys) do lengths[i] = list:size(1) end
    sizes = torch.LongTensor(lengths)
    keys, values = torch.cat(keys, 1), torch.cat(values, 1)
  end
  local counter = self.running.counter
  local kept = self.running.keys[counter] or self:longTensor()
  self.running.keys[counter] = kept
  self.keys = kept:resize(keys:size()):copy(keys)
  self.values = (self.values or values.new()):resize(values:size()):copy(values)
  self.sizes = sizes
  self.cumSumSizes = torch.cumsum(sizes)
  self.running.cumSumSizes[counter] = self.cumSumSizes
end

function IndexLinear:updateOutput(input)
  self:flattenInputs(input)
  self.values.THNN.IndexLinear_updateOutput(self.keys, self.offset, self.values, self.sizes, self.cumSumSizes, self.output,
    self.weight, self.bias, self.normalizedValues, self.train and 1 or 0)
  if self.noBatch then self.output:resize(self.output:size(2)) end
  return self.output
end

--- With doGradInput dense gradients in the form of the input; otherwise an empty table.
function IndexLinear:updateGradInput(_, gradOutput)
  self.gradInput = {}
  if not self.doGradInput then
    if self.noBatch then self.gradInput = { nil, nil } end
    return self.gradInput
  end
  if self.normalize > 0 then error('updateGradInput is not implemented in max-normalize mode', 2) end
  local inputs = self.weight:size(1)
  local batch = gradOutput:dim() == 1 and gradOutput:view(1, gradOutput:size(1)) or gradOutput
  local dense = batch * self.weight:t()
  local keys = self:longTensor(inputs):range(1, inputs)
  if self.noBatch then
    self.gradInput = { keys, dense:view(inputs) }
  elseif self.isFlat then
    self.gradInput = { torch.repeatTensor(keys, dense:size(1), 1), dense }
  else
    self.gradInput = { {}, {} }
    for i = 1, dense:size(1) do
      self.gradInput[1][i], self.gradInput[2][i] = keys:clone(), dense[i]:clone()
    end
  end
  return self.gradInput
end

local function factors(self)
  return self.normalize > 0 and self.normalizedValues or self.values
end

function IndexLinear:accGradParameters(_, gradOutput, scale)
  local running = self.running
  local gradient = running.gradWeight[running.counter] or self.values.new()
  running.gradWeight[running.counter] = gradient
  self.values.THNN.IndexLinear_accGradParameters(self.keys, self.offset, factors(self), self.sizes, self.cumSumSizes,
    gradOutput, gradient, self.gradBias, self.weight, self.bias, self.valuesBuffer, self.weightDecay or 0, scale or 1)
  running.counter = running.counter + 1
end

--- Steps weight and bias by -scale times the gradient of the last input.
function IndexLinear:accUpdateGradParameters(_, gradOutput, scale)
  self.values.THNN.IndexLinear_accUpdateGradParameters(self.keys, self.offset, factors(self), self.sizes, self.cumSumSizes,
    gradOutput, self.weight, self.bias, self.weightDecay or 0, scale or 1)
end

--- Joins the gradients of all backward passes and applies them.
function IndexLinear:updateParameters(learningRate)
  if not learningRate then error('You must specify a learning rate', 2) end
  local running = self.running
  local passes = running.counter - 1
  if passes < 1 then return end
  if passes == 1 then
    self.updateKeys, self.gradWeight = running.keys[1], running.gradWeight[1]
  else
    self.updateKeys = torch.cat({ unpack(running.keys, 1, passes) }, 1)
    self.gradWeight = torch.cat({ unpack(running.gradWeight, 1, passes) }, 1)
  end
  self.values.THNN.IndexLinear_updateParameters(self.gradWeight, self.gradBias, self.weight, self.bias, self.updateKeys,
    self.cumSumSizes, self.offset, self.weightDecay or 0, learningRate)
end

function IndexLinear:zeroGradParameters()
  self.gradBias:zero()
  self.running.counter = 1
end

function IndexLinear:parameters()
  return { self.weight, self.bias }, { self.running, self.gradBias }
end

--- Converts weights and values; keys and sizes keep an integer type.
function IndexLinear:type(type, tensorCache)
  if not type then return self._type end
  Module.type(self, type, tensorCache)
  local function integers(tensor)
    return tensor and self:longTensor():resize(tensor:size()):copy(tensor)
  end
  for _, list in ipairs { self.running.keys, self.running.cumSumSizes } do
    for i, tensor in ipairs(list) do list[i] = integers(tensor) end
  end
  for _, name in ipairs { 'keys', 'updateKeys', 'sizes', 'cumSumSizes' } do self[name] = integers(self[name]) end
  return self
end

function IndexLinear:clearState()
  self.running.keys, self.running.gradWeight = {}, {}
  for _, name in ipairs { 'keys', 'updateKeys', 'values', 'sizes', 'cumSumSizes' } do self[name] = nil end
  self.lkeys, self.lvalues = {}, {}
  self.gradWeightBuffer, self.valuesBuffer = self.gradWeightBuffer.new(), self.valuesBuffer.new()
  return Module.clearState(self)
end
