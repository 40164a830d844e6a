--- nn.HingeEmbeddingCriterion([margin = 1]): mean of x for target 1 and max(0, margin - x) for target -1.
local HingeEmbeddingCriterion, Criterion = torch.class('nn.HingeEmbeddingCriterion', 'nn.Criterion')

function HingeEmbeddingCriterion:__init(margin)
  Criterion.__init(self)
  self.margin = margin or 1
  self.sizeAverage = true
end

local function targets(y, like)
  if torch.isTensor(y) then return y end
  return like.new(1):fill(y)
end

function HingeEmbeddingCriterion:updateOutput(input, y)
  y = targets(y, input)
  local near = torch.cmul(input, y:ne(-1):typeAs(input))
  local far = torch.mul(input, -1):add(self.margin):cmax(0):cmul(y:ne(1):typeAs(input))
  self.output = near:sum() + far:sum()
  if self.sizeAverage ~= false then self.output = self.output / input:nElement() end
  return self.output
end

function HingeEmbeddingCriterion:updateGradInput(input, y)
  y = targets(y, input)
  self.gradInput:resizeAs(input):copy(y)
  self.gradInput:maskedFill(torch.cmul(y:eq(-1), input:gt(self.margin)), 0)
  if self.sizeAverage ~= false then self.gradInput:mul(1 / input:nElement()) end
  return self.gradInput
end
