--- nn.SuperCriterion(): the weighted sum of criterions, each on its element of the input; add(criterion, weight = 1).
local SuperCriterion, Criterion = torch.class('nn.SuperCriterion', 'nn.Criterion')

function SuperCriterion:__init()
  Criterion.__init(self)
  self.criterions, self.weights, self.gradInput = {}, {}, {}
end

--- Adds a criterion.
function SuperCriterion:add(criterion, weight)
  table.insert(self.criterions, criterion)
  table.insert(self.weights, weight or 1)
  return self
end

local function target_of(target, i)
  if torch.type(target) == 'table' then return target[i] end
  return target
end

function SuperCriterion:updateOutput(input, target)
  self.output = 0
  for i, criterion in ipairs(self.criterions) do
    self.output = self.output + self.weights[i] * criterion:updateOutput(input[i], target_of(target, i))
  end
  return self.output
end

function SuperCriterion:updateGradInput(input, target)
  for i, criterion in ipairs(self.criterions) do
    local gradient = criterion:updateGradInput(input[i], target_of(target, i))
    self.gradInput[i] = gradient:clone():mul(self.weights[i])
  end
  return self.gradInput
end
