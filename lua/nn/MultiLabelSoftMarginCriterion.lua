--- nn.MultiLabelSoftMarginCriterion([weights[, sizeAverage = true]]): BCE of the sigmoid of the input, computed stably.
-- Targets are 0 or 1. weights: one factor for each element of a sample.
local MultiLabelSoftMarginCriterion, Criterion = torch.class('nn.MultiLabelSoftMarginCriterion', 'nn.Criterion')

function MultiLabelSoftMarginCriterion:__init(weights, sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
  if weights then
    if weights:dim() ~= 1 then error('weights input should be 1-D Tensor', 2) end
    self.weights = weights
  end
  self.sigmoid = nn.Sigmoid()
end

local function expanded(self, target)
  if not self.weights or target:dim() == 1 then return self.weights end
  return self.weights:view(1, target:size(2)):expandAs(target)
end

--- log(1 + exp(-|x|)) + max(x, 0) - x t, summed.
function MultiLabelSoftMarginCriterion:updateOutput(input, target)
  local weights = expanded(self, target)
  self.sigmoid:updateOutput(input)
  local loss = torch.abs(input):mul(-1):exp():log1p():add(torch.cmax(input, 0)):addcmul(-1, input, target)
  if weights then loss:cmul(weights) end
  self.output = loss:sum()
  if self.sizeAverage then self.output = self.output / input:nElement() end
  return self.output
end

function MultiLabelSoftMarginCriterion:updateGradInput(input, target)
  local weights = expanded(self, target)
  self.gradInput:resizeAs(input):copy(self.sigmoid.output):add(-1, target)
  if weights then self.gradInput:cmul(weights) end
  if self.sizeAverage then self.gradInput:div(target:nElement()) end
  return self.gradInput
end
