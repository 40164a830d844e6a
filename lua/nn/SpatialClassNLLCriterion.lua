--- nn.SpatialClassNLLCriterion([weights[, sizeAverage = true]]): ClassNLLCriterion at every place of an image.
-- Input: N x classes x H x W log-probabilities; target: N x H x W class numbers (or both without N).
local class_target = require 'nn.support.class_target'

local SpatialClassNLLCriterion, Criterion = torch.class('nn.SpatialClassNLLCriterion', 'nn.Criterion')

function SpatialClassNLLCriterion:__init(weights, sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
  if weights then
    if weights:dim() ~= 1 then error('weights input should be 1-D Tensor', 2) end
    self.weights = weights
  end
  self.output_tensor = torch.zeros(1)
  self.total_weight_tensor = torch.ones(1)
  self.target = torch.zeros(1):long()
end

function SpatialClassNLLCriterion:__len()
  return self.weights and #self.weights or 0
end

function SpatialClassNLLCriterion:updateOutput(input, target)
  input.THNN.SpatialClassNLLCriterion_updateOutput(input, class_target(self, target), self.output_tensor,
    self.sizeAverage, self.weights, self.total_weight_tensor)
  self.output = self.output_tensor[1]
  return self.output, self.total_weight_tensor[1]
end

function SpatialClassNLLCriterion:updateGradInput(input, target)
  input.THNN.SpatialClassNLLCriterion_updateGradInput(input, class_target(self, target), self.gradInput,
    self.sizeAverage, self.weights, self.total_weight_tensor)
  return self.gradInput
end
