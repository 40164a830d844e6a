--- nn.BatchNormalization(nOutput[, eps = 1e-5[, momentum = 0.1[, affine = true]]]) (Ioffe and Szegedy, 2015)
-- Input: N x nOutput. Normalises each feature over the batch, then scales and shifts it by weight and bias. Evaluation, and
-- a batch of one, use the running mean and (unbiased) variance.
local BatchNormalization, Module = torch.class('nn.BatchNormalization', 'nn.Module')

BatchNormalization.__version = 2
BatchNormalization.nDim = 2

function BatchNormalization:__init(nOutput, eps, momentum, affine)
  Module.__init(self)
  if type(nOutput) ~= 'number' then error('Missing argument #1: dimensionality of input. ', 2) end
  if nOutput == 0 then
    error('To set affine=false call BatchNormalization(nOutput,  eps, momentum, false) ', 2)
  end
  if affine ~= nil and type(affine) ~= 'boolean' then error('affine has to be true/false', 2) end
  self.affine = affine ~= false
  self.eps = eps or 1e-5
  self.momentum = momentum or 0.1
  self.train = true
  self.running_mean = torch.zeros(nOutput)
  self.running_var = torch.ones(nOutput)
  if self.affine then
    self.weight, self.gradWeight = torch.Tensor(nOutput), torch.Tensor(nOutput)
    self.bias, self.gradBias = torch.Tensor(nOutput), torch.Tensor(nOutput)
    self:reset()
  end
end

function BatchNormalization:reset()
  if self.weight then self.weight:uniform() end
  if self.bias then self.bias:zero() end
  self.running_mean:zero()
  self.running_var:fill(1)
end

function BatchNormalization:checkInputDim(input)
  local ndim = input:dim()
  local single = ndim == self.nDim - 1
  if ndim ~= self.nDim and not (single and self.train == false) then
    error(('only mini-batch supported (%dD tensor), got %dD tensor instead'):format(self.nDim, ndim), 3)
  end
  local features = input:size(single and 1 or 2)
  if features ~= self.running_mean:nElement() then
    error(('got %d-feature tensor, expected %d'):format(features, self.running_mean:nElement()), 3)
  end
end

local function as_batch(self, tensor)
  if tensor:dim() == self.nDim then return tensor end
  return nn.utils.addSingletonDimension(tensor, 1)
end

--- The statistics of a single sample say nothing: it is normalised as in evaluation.
local function uses_batch_statistics(self, batch)
  return self.train and batch:size(1) > 1
end

function BatchNormalization:updateOutput(input)
  self:checkInputDim(input)
  local batch = as_batch(self, input:contiguous())
  self.save_mean = (self.save_mean or input.new()):resizeAs(self.running_mean)
  self.save_std = (self.save_std or input.new()):resizeAs(self.running_var)
  input.THNN.BatchNormalization_updateOutput(batch, self.output, self.weight, self.bias, self.running_mean,
    self.running_var, self.save_mean, self.save_std, uses_batch_statistics(self, batch), self.momentum, self.eps)
  return self.output
end

local function differentiate(self, input, gradOutput, gradInput, gradWeight, gradBias, scale)
  self:checkInputDim(input)
  self:checkInputDim(gradOutput)
  if not (self.save_mean and self.save_std) then error('must call :updateOutput() first', 3) end
  local batch = as_batch(self, input:contiguous())
  input.THNN.BatchNormalization_backward(batch, as_batch(self, gradOutput:contiguous()), gradInput, gradWeight, gradBias,
    self.weight, self.running_mean, self.running_var, self.save_mean, self.save_std, uses_batch_statistics(self, batch),
    scale or 1, self.eps)
  return self.gradInput
end

function BatchNormalization:backward(input, gradOutput, scale)
  return differentiate(self, input, gradOutput, self.gradInput, self.gradWeight, self.gradBias, scale)
end

function BatchNormalization:updateGradInput(input, gradOutput)
  return differentiate(self, input, gradOutput, self.gradInput)
end

function BatchNormalization:accGradParameters(input, gradOutput, scale)
  if not self.gradWeight then return end
  return differentiate(self, input, gradOutput, nil, self.gradWeight, self.gradBias, scale)
end

function BatchNormalization:clearState()
  nn.utils.clear(self, 'save_mean', 'save_std', '_input', '_gradOutput')
  -- work tensors that files of version 1 hold
  nn.utils.clear(self, 'buffer', 'buffer2', 'centered', 'std', 'normalized')
  return Module.clearState(self)
end

--- Files of version 1 hold the inverse standard deviation under running_std.
function BatchNormalization:read(file, version)
  Module.read(self, file)
  if version < 2 and self.running_std then
    self.running_var = self.running_std:pow(-2):add(-self.eps)
    self.running_std = nil
  end
end

function BatchNormalization:__tostring__()
  return ('%s (%dD) (%d)'):format(torch.type(self), self.nDim, self.running_mean:nElement())
end
