--- nn.WeightNorm(module[, outputDim = 1]): normalises the weight of a module: w = g v / |v| for each slice along outputDim.
-- Parameters: v (slices x the rest), g (slices) and the module's bias. Training recomputes the weight in every forward pass.
local weight_norm = require 'nn.support.weight_norm'

local WeightNorm, Decorator = torch.class('nn.WeightNorm', 'nn.Decorator')

function WeightNorm:__init(module, outputDim)
  Decorator.__init(self, module)
  if not module.weight then error('WeightNorm: a module with a weight expected, got ' .. torch.type(module), 2) end
  self.weight, self.gradWeight = module.weight, module.gradWeight
  self.bias, self.gradBias = module.bias, module.gradBias
  self.outputDim = outputDim or 1
  self.weightSize = self.weight:size()
  local slices = self.weight:size(self.outputDim)
  self.otherDims = self.weight:nElement() / slices
  self.viewIn = torch.LongStorage { slices, self.otherDims }
  self.viewOut = self:permuteIn(self.weight):size()
  self.v, self.gradV = torch.Tensor(self.viewIn), torch.Tensor(self.viewIn)
  self.g, self.gradG = torch.Tensor(slices), torch.Tensor(slices):zero()
  self._norm, self._scale = torch.Tensor(slices), torch.Tensor(slices)
  self:resetInit()
end

--- The weight with outputDim in front of the other dimensions.
function WeightNorm:permuteIn(weight)
  for d = self.outputDim - 1, 1, -1 do weight = weight:transpose(d, d + 1) end
  return weight
end

--- The reverse of permuteIn.
function WeightNorm:permuteOut(weight)
  for d = 1, self.outputDim - 1 do weight = weight:transpose(d, d + 1) end
  return weight
end

function WeightNorm:resetInit()
  self.v:normal(0, math.sqrt(2 / self.viewIn[2]))
  self.g:norm(self.v, 2, 2)
  if self.bias then self.bias:zero() end
end

function WeightNorm:evaluate()
  if self.train == false then return end
  self:updateWeight()
  Decorator.evaluate(self)
end

--- Lengths and g / length as columns.
local function columns(self)
  local slices = self.viewIn[1]
  return self._norm:view(slices, 1), self._scale:view(slices, 1)
end

function WeightNorm:updateWeight()
  -- the added number keeps slices of zeros finite
  self._norm:norm(self.v, 2, 2):pow(2):add(10e-5):sqrt()
  self._scale:resizeAs(self._norm):copy(self.g):cdiv(self._norm)
  local _, scale = columns(self)
  local normalised = torch.cmul(self.v, scale:expandAs(self.v)):view(self.viewOut)
  self.weight:copy(self:permuteOut(normalised))
end

function WeightNorm:updateOutput(input)
  if self.train ~= false then self:updateWeight() end
  self.output:set(self.modules[1]:updateOutput(input))
  return self.output
end

function WeightNorm:updateGradInput(input, gradOutput)
  self.gradInput:set(self.modules[1]:updateGradInput(input, gradOutput))
  return self.gradInput
end

function WeightNorm:accGradParameters(input, gradOutput, scale)
  self.modules[1]:accGradParameters(input, gradOutput, scale or 1)
  local forWeight = self:permuteIn(self.gradWeight):contiguous():view(self.viewIn)
  local norm, ratio = columns(self)
  local forG, forV = weight_norm.gradients(forWeight, self.v, ratio, norm)
  self.gradG:resizeAs(self.g):copy(forG)
  self.gradV:resizeAs(self.v):copy(forV)
end

function WeightNorm:zeroGradParameters()
  self.modules[1]:zeroGradParameters()
  self.gradV:zero()
  self.gradG:zero()
end

function WeightNorm:updateParameters(learningRate)
  self.modules[1]:updateParameters(learningRate)
  self.g:add(-learningRate, self.gradG)
  self.v:add(-learningRate, self.gradV)
end

function WeightNorm:parameters()
  return { self.v, self.g, self.bias }, { self.gradV, self.gradG, self.gradBias }
end

--- The weight itself follows from v and g, so it is not written.
function WeightNorm:write(file)
  local module, weight, gradWeight = self.modules[1], self.weight, self.gradWeight
  self.weightSize = self.weightSize or weight:size()
  for _, owner in ipairs { self, module } do owner.weight, owner.gradWeight = nil, nil end
  Decorator.write(self, file)
  for _, owner in ipairs { self, module } do owner.weight, owner.gradWeight = weight, gradWeight end
end

function WeightNorm:read(file)
  Decorator.read(self, file)
  if self.weight then return end
  local module = self.modules[1]
  self.weight, self.gradWeight = self.v.new(self.weightSize), self.v.new(self.weightSize)
  module.weight, module.gradWeight = self.weight, self.gradWeight
  self:updateWeight()
  self.gradWeight:copy(self:permuteOut(self.gradV:view(self.viewOut)))
end
