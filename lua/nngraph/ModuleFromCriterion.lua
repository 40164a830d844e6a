--- nn.ModuleFromCriterion(criterion): a criterion as a module from {prediction, target} to a tensor with the loss.
-- The gradient with respect to the target is zero.
local utils = require 'nn.utils'

local ModuleFromCriterion, Module = torch.class('nn.ModuleFromCriterion', 'nn.Module')

function ModuleFromCriterion:__init(criterion)
  Module.__init(self)
  self.criterion = criterion
  self.output = torch.Tensor(1)
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

function ModuleFromCriterion:updateOutput(input)
  self.output:resize(1)
  self.output[1] = self.criterion:updateOutput(input[1], input[2])
  return self.output
end

local function scale(value, factor)
  if torch.isTensor(value) then
    value:mul(factor)
  else
    for _, part in pairs(value) do scale(part, factor) end
  end
end

function ModuleFromCriterion:updateGradInput(input, gradOutput)
  local prediction, target = input[1], input[2]
  local gradients = self.gradInput
  local gradient = self.criterion:updateGradInput(prediction, target)
  if torch.isTensor(gradients[1]) and not torch.isTensor(gradient) then gradients[1] = {} end
  gradients[1] = utils.recursiveCopy(gradients[1], gradient)
  scale(gradients[1], gradOutput[1])
  gradients[2] = utils.recursiveResizeAs(gradients[2], target)
  utils.recursiveFill(gradients[2], 0)
  return gradients
end

function ModuleFromCriterion:clearState()
  self.output:set()
  self.gradInput = { self.output.new(), self.output.new() }
  return self
end
