--- nn.CrossEntropyCriterion([weights[, sizeAverage = true]]): LogSoftMax followed by ClassNLLCriterion.
-- Input: scores, classes or N x classes; target: a number, or N class numbers. Both are squeezed first.
local CrossEntropyCriterion, Criterion = torch.class('nn.CrossEntropyCriterion', 'nn.Criterion')

function CrossEntropyCriterion:__init(weights, sizeAverage)
  Criterion.__init(self)
  self.lsm = nn.LogSoftMax()
  self.nll = nn.ClassNLLCriterion(weights, sizeAverage)
  self.sizeAverage = self.nll.sizeAverage
  self.oldSizeAverage = self.sizeAverage
end

local function squeezed(input, target)
  return input:squeeze(), type(target) == 'number' and target or target:squeeze()
end

--- Passes on a sizeAverage that was set on this criterion after its construction.
local function follow_size_average(self)
  if self.sizeAverage ~= self.oldSizeAverage then self.nll.sizeAverage = self.sizeAverage end
  self.oldSizeAverage = self.sizeAverage
end

function CrossEntropyCriterion:updateOutput(input, target)
  follow_size_average(self)
  local scores, classes = squeezed(input, target)
  self.output = self.nll:updateOutput(self.lsm:updateOutput(scores), classes)
  return self.output
end

function CrossEntropyCriterion:updateGradInput(input, target)
  follow_size_average(self)
  local scores, classes = squeezed(input, target)
  local forLogs = self.nll:updateGradInput(self.lsm.output, classes)
  self.gradInput:view(self.lsm:updateGradInput(scores, forLogs), input:size())
  return self.gradInput
end
