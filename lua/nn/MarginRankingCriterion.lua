--- nn.MarginRankingCriterion([margin = 1]): mean of max(0, -y (x1 - x2) + margin); input {x1, x2}, y 1 or -1.
local MarginRankingCriterion, Criterion = torch.class('nn.MarginRankingCriterion', 'nn.Criterion')

function MarginRankingCriterion:__init(margin)
  Criterion.__init(self)
  self.margin = margin or 1
  self.gradInput = { torch.Tensor(1), torch.Tensor(1) }
  self.sizeAverage = true
end

local function slack(self, input, y)
  local difference = torch.add(input[1], -1, input[2])
  if torch.isTensor(y) then
    difference:cmul(difference.new():resizeAs(difference):copy(y))
  else
    difference:mul(y)
  end
  return difference:mul(-1):add(self.margin)
end

function MarginRankingCriterion:updateOutput(input, y)
  self.output = slack(self, input, y):cmax(0):sum()
  if torch.isTensor(y) and self.sizeAverage then self.output = self.output / y:size(1) end
  return self.output
end

function MarginRankingCriterion:updateGradInput(input, y)
  local active = slack(self, input, y):ge(0):typeAs(input[1])
  local factor = 1
  if torch.isTensor(y) then
    active:cmul(active.new():resizeAs(active):copy(y))
    if self.sizeAverage then factor = 1 / y:size(1) end
  else
    active:mul(y)
  end
  self.gradInput[1]:resizeAs(input[1]):copy(active):mul(-factor)
  self.gradInput[2]:resizeAs(input[2]):copy(active):mul(factor)
  return self.gradInput
end
