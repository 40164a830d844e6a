--- nn.MultiMarginCriterion([p = 1[, weights[, margin = 1]]]): mean over other classes i of max(0, margin - x_y + x_i)^p.
-- Input: classes or N x classes; target: a number or N class numbers. p is 1 or 2; weights: a factor for each target class.
local MultiMarginCriterion, Criterion = torch.class('nn.MultiMarginCriterion', 'nn.Criterion')

function MultiMarginCriterion:__init(p, weights, margin)
  if p and p ~= 1 and p ~= 2 then error('only p == 1 and p == 2 supported', 2) end
  if weights and weights:dim() ~= 1 then error('weights input should be 1-D Tensor', 2) end
  Criterion.__init(self)
  self.p = p or 1
  self.margin = margin or 1
  self.sizeAverage = true
  self.weights = weights
end

local function classes(self, target)
  if not torch.isTensor(target) then
    self.target_tensor = (self.target_tensor or torch.LongTensor()):resize(1):fill(target)
    return self.target_tensor
  end
  if torch.typename(target):find('Long') then return target end
  self._target = (self._target or torch.LongTensor()):resize(target:size()):copy(target)
  return self._target
end

function MultiMarginCriterion:updateOutput(input, target)
  self.output_tensor = self.output_tensor or input.new(1)
  input.THNN.MultiMarginCriterion_updateOutput(input, classes(self, target), self.output_tensor, self.sizeAverage, self.p,
    self.weights, self.margin)
  self.output = self.output_tensor[1]
  return self.output
end

function MultiMarginCriterion:updateGradInput(input, target)
  input.THNN.MultiMarginCriterion_updateGradInput(input, classes(self, target), self.gradInput, self.sizeAverage, self.p,
    self.weights, self.margin)
  return self.gradInput
end
