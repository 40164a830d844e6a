--- nn.CosineEmbeddingCriterion([margin = 0]): mean over pairs of 1 - cos for target 1 and max(0, cos - margin) for target -1.
-- Input: {N x d, N x d} with N targets, or two vectors with a number.
local cosine = require 'nn.support.cosine'

local CosineEmbeddingCriterion, Criterion = torch.class('nn.CosineEmbeddingCriterion', 'nn.Criterion')

function CosineEmbeddingCriterion:__init(margin)
  Criterion.__init(self)
  self.margin = margin or 0
  self.gradInput = { torch.Tensor(), torch.Tensor() }
  self.sizeAverage = true
end

--- +1 and -1 as a column of the input's type.
local function targets(y, like)
  if type(y) == 'number' then return like.new(1, 1):fill(y) end
  return like.new(y:nElement(), 1):copy(y)
end

function CosineEmbeddingCriterion:updateOutput(input, y)
  local a, b = cosine.rows(input[1], input[2])
  local target = targets(y, a)
  self.terms = cosine.forward(a, b)
  local value = self.terms.value
  local similar, different = target:eq(1):typeAs(a), target:eq(-1):typeAs(a)
  local far = torch.add(value, -self.margin):cmax(0)
  local loss = torch.mul(value, -1):add(1):cmul(similar):add(far:cmul(different))
  self.output = loss:sum()
  if self.sizeAverage then self.output = self.output / target:size(1) end
  return self.output
end

function CosineEmbeddingCriterion:updateGradInput(input, y)
  local a, b = cosine.rows(input[1], input[2])
  local target, terms = targets(y, a), self.terms
  -- d loss / d cos: -1 for similar pairs, 1 for different ones beyond the margin
  local slope = target:eq(-1):typeAs(a):cmul(terms.value:gt(self.margin):typeAs(a))
  slope:add(-1, target:eq(1):typeAs(a))
  if self.sizeAverage then slope:div(target:size(1)) end
  cosine.derivative(self.gradInput[1], terms, a, b, terms.inverse_a)
  cosine.derivative(self.gradInput[2], terms, b, a, terms.inverse_b)
  for i = 1, 2 do self.gradInput[i]:cmul(slope:expandAs(a)):resize(input[i]:size()) end
  return self.gradInput
end

function CosineEmbeddingCriterion:type(type, tensorCache)
  self.terms = nil
  return Criterion.type(self, type, tensorCache)
end
