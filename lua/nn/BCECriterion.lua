--- nn.BCECriterion([weights[, sizeAverage = true]]): mean (or sum) of -(y log x + (1 - y) log(1 - x)), x in [0, 1].
-- weights: one factor for each element of a sample. `#criterion` is the number of weights, 0 without.
local BCECriterion, Criterion = torch.class('nn.BCECriterion', 'nn.Criterion')

function BCECriterion:__init(weights, sizeAverage)
  if weights and weights:dim() ~= 1 then error('weights input should be 1-D Tensor', 2) end
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
  self.weights = weights
end

function BCECriterion:__len()
  return self.weights and self.weights:nElement() or 0
end

local function check(input, target)
  if input:nElement() ~= target:nElement() then error('input and target size mismatch', 3) end
end

--- The weights in the size of the target.
local function expanded(self, target)
  if not self.weights or target:dim() == 1 then return self.weights end
  return self.weights:view(1, target:size(2)):expandAs(target)
end

function BCECriterion:updateOutput(input, target)
  check(input, target)
  self.output_tensor = self.output_tensor or input.new(1)
  input.THNN.BCECriterion_updateOutput(input, target, self.output_tensor, self.sizeAverage, expanded(self, target))
  self.output = self.output_tensor[1]
  return self.output
end

function BCECriterion:updateGradInput(input, target)
  check(input, target)
  input.THNN.BCECriterion_updateGradInput(input, target, self.gradInput, self.sizeAverage, expanded(self, target))
  return self.gradInput
end
