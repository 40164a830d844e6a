--- nn.ParallelCriterion([repeatTarget = false]): weighted sum of criterion i on element i of input and target tables.
-- With repeatTarget every criterion gets the same target. :add(criterion[, weight = 1]).
local ParallelCriterion, Criterion = torch.class('nn.ParallelCriterion', 'nn.Criterion')

function ParallelCriterion:__init(repeatTarget)
  Criterion.__init(self)
  self.criterions, self.weights, self.gradInput = {}, {}, {}
  self.repeatTarget = repeatTarget
end

function ParallelCriterion:add(criterion, weight)
  if not criterion then error('no criterion provided', 2) end
  table.insert(self.criterions, criterion)
  table.insert(self.weights, weight or 1)
  return self
end

local function part(self, target, i)
  if self.repeatTarget then return target end
  return target[i]
end

function ParallelCriterion:updateOutput(input, target)
  self.output = 0
  for i, criterion in ipairs(self.criterions) do
    self.output = self.output + self.weights[i] * criterion:updateOutput(input[i], part(self, target, i))
  end
  return self.output
end

function ParallelCriterion:updateGradInput(input, target)
  self.gradInput = nn.utils.recursiveResizeAs(self.gradInput, input)
  nn.utils.recursiveFill(self.gradInput, 0)
  for i, criterion in ipairs(self.criterions) do
    nn.utils.recursiveAdd(self.gradInput[i], self.weights[i], criterion:updateGradInput(input[i], part(self, target, i)))
  end
  return self.gradInput
end

function ParallelCriterion:type(type, tensorCache)
  self.gradInput = {}
  return Criterion.type(self, type, tensorCache)
end
