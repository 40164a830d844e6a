--- nn.ClassNLLCriterion([weights[, sizeAverage = true[, ignoreIndex = -100]]]): negative log likelihood of the target class.
-- Input: log-probabilities, classes or N x classes; target: a number, or N class numbers (from 1). With weights the mean is
-- weighted. forward returns the loss and the total weight. `#criterion` is the number of weights, 0 without.
local class_target = require 'nn.support.class_target'

local ClassNLLCriterion, Criterion = torch.class('nn.ClassNLLCriterion', 'nn.Criterion')

function ClassNLLCriterion:__init(weights, sizeAverage, ignoreIndex)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
  self.ignoreIndex = ignoreIndex or -100
  if weights then
    if weights:dim() ~= 1 then error('weights input should be 1-D Tensor', 2) end
    self.weights = weights
  end
  self.output_tensor = torch.zeros(1)
  self.total_weight_tensor = torch.ones(1)
  self.target = torch.zeros(1):long()
end

function ClassNLLCriterion:__len()
  return self.weights and #self.weights or 0
end

function ClassNLLCriterion:updateOutput(input, target)
  input.THNN.ClassNLLCriterion_updateOutput(input, class_target(self, target), self.output_tensor, self.sizeAverage,
    self.weights, self.total_weight_tensor, self.ignoreIndex)
  self.output = self.output_tensor[1]
  return self.output, self.total_weight_tensor[1]
end

function ClassNLLCriterion:updateGradInput(input, target)
  input.THNN.ClassNLLCriterion_updateGradInput(input, class_target(self, target), self.gradInput, self.sizeAverage,
    self.weights, self.total_weight_tensor, self.ignoreIndex)
  return self.gradInput
end
