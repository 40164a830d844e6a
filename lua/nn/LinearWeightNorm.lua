--- nn.LinearWeightNorm(inputSize, outputSize[, bias = true[, eps = 1e-16]]): a Linear with weight g v / |v|, row by row.
-- Parameters: v (outputSize x inputSize), g (outputSize x 1), bias. Training recomputes `weight` in every forward pass.
local weight_norm = require 'nn.support.weight_norm'

local LinearWeightNorm, Linear = torch.class('nn.LinearWeightNorm', 'nn.Linear')

function LinearWeightNorm:__init(inputSize, outputSize, bias, eps)
  nn.Module.__init(self)
  self.eps = eps or 1e-16
  self.inputSize, self.outputSize = inputSize, outputSize
  self.v, self.gradV = torch.Tensor(outputSize, inputSize), torch.Tensor(outputSize, inputSize)
  self.weight = torch.Tensor(outputSize, inputSize)
  self.g, self.gradG = torch.Tensor(outputSize, 1), torch.Tensor(outputSize, 1)
  self.norm, self.scale = torch.Tensor(outputSize, 1), torch.Tensor(outputSize, 1)
  if bias ~= false then
    self.bias, self.gradBias = torch.Tensor(outputSize), torch.Tensor(outputSize)
  end
  self:reset()
end

function LinearWeightNorm:evaluate()
  if self.train ~= false then self:updateWeightMatrix() end
  Linear.evaluate(self)
end

--- Makes v and g represent `weight` (this module's own unless given).
function LinearWeightNorm:initFromWeight(weight)
  weight = weight or self.weight
  self.g:norm(weight, 2, 2):clamp(self.eps, math.huge)
  self.v:copy(weight)
  return self
end

--- The LinearWeightNorm that computes what `linear` does.
function LinearWeightNorm.fromLinear(linear)
  local weight = linear.weight
  local module = nn.LinearWeightNorm(weight:size(2), weight:size(1), torch.isTensor(linear.bias))
  module.weight:copy(weight)
  if linear.bias then module.bias:copy(linear.bias) end
  return module:initFromWeight()
end

--- The Linear that computes what this module does.
function LinearWeightNorm:toLinear()
  self:updateWeightMatrix()
  local module = nn.Linear(self.inputSize, self.outputSize, torch.isTensor(self.bias))
  module.weight:copy(self.weight)
  if self.bias then module.bias:copy(self.bias) end
  return module
end

function LinearWeightNorm:parameters()
  return { self.v, self.g, self.bias }, { self.gradV, self.gradG, self.gradBias }
end

function LinearWeightNorm:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.inputSize)
  self.weight:uniform(-bound, bound)
  self:initFromWeight()
  if self.bias then self.bias:uniform(-bound, bound) end
end

function LinearWeightNorm:updateWeightMatrix()
  self.norm:norm(self.v, 2, 2):clamp(self.eps, math.huge)
  self.scale:resizeAs(self.g):cdiv(self.g, self.norm)
  self.weight:resizeAs(self.v):cmul(self.v, self.scale:expandAs(self.v))
end

function LinearWeightNorm:updateOutput(input)
  if self.train ~= false then self:updateWeightMatrix() end
  return Linear.updateOutput(self, input)
end

function LinearWeightNorm:accGradParameters(input, gradOutput, scale)
  local forWeight = self.v.new():resizeAs(self.v):zero()
  input.THNN.Linear_accGradParameters(input, gradOutput, nil, nil, self.bias, forWeight, self.gradBias, nil, scale or 1)
  local forG, forV = weight_norm.gradients(forWeight, self.v, self.scale, self.norm)
  self.gradG:add(forG)
  self.gradV:add(forV)
end

function LinearWeightNorm:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
  local gradV, gradG, gradBias = self.gradV, self.gradG, self.gradBias
  self.gradV, self.gradG, self.gradBias = self.v, self.g, self.bias
  self:accGradParameters(input, gradOutput, -learningRate)
  self.gradV, self.gradG, self.gradBias = gradV, gradG, gradBias
end

function LinearWeightNorm:clearState()
  nn.utils.clear(self, 'weight', 'norm', 'scale')
  return Linear.clearState(self)
end

function LinearWeightNorm:__tostring__()
  return ('%s(%d -> %d)%s'):format(torch.type(self), self.inputSize, self.outputSize, self.bias and '' or ' without bias')
end
