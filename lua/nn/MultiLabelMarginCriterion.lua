--- nn.MultiLabelMarginCriterion(): mean over targets i and non-targets j of max(0, 1 - (x_i - x_j)).
-- Input: classes or N x classes; target: of the same size, class numbers first, then zeros.
local MultiLabelMarginCriterion, Criterion = torch.class('nn.MultiLabelMarginCriterion', 'nn.Criterion')

function MultiLabelMarginCriterion:__init()
  Criterion.__init(self)
  self.sizeAverage = true
  self.isTarget = torch.Tensor()
end

local function integers(self, target)
  if torch.typename(target):find('Long') then return target end
  self._target = (self._target or torch.LongTensor()):resize(target:size()):copy(target)
  return self._target
end

function MultiLabelMarginCriterion:updateOutput(input, target)
  self.output_tensor = self.output_tensor or input.new(1)
  input.THNN.MultiLabelMarginCriterion_updateOutput(input, integers(self, target), self.output_tensor, self.isTarget,
    self.sizeAverage)
  self.output = self.output_tensor[1]
  return self.output
end

function MultiLabelMarginCriterion:updateGradInput(input, target)
  input.THNN.MultiLabelMarginCriterion_updateGradInput(input, integers(self, target), self.gradInput, self.isTarget,
    self.sizeAverage)
  return self.gradInput
end
