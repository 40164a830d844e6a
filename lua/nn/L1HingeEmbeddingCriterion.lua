--- nn.L1HingeEmbeddingCriterion([margin = 1]): d = |a - b|_1 for target 1, max(0, margin - d) for target -1; input {a, b}.
local L1HingeEmbeddingCriterion, Criterion = torch.class('nn.L1HingeEmbeddingCriterion', 'nn.Criterion')

function L1HingeEmbeddingCriterion:__init(margin)
  Criterion.__init(self)
  self.margin = margin or 1
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

function L1HingeEmbeddingCriterion:updateOutput(input, y)
  local distance = input[1]:dist(input[2], 1)
  self.output = y == -1 and math.max(0, self.margin - distance) or distance
  return self.output
end

--- The subgradient of |d|; at 0 one of its two ends, by chance.
local function sign(d)
  if d == 0 then return 2 * torch.random(2) - 3 end
  return d > 0 and 1 or -1
end

function L1HingeEmbeddingCriterion:updateGradInput(input, y)
  local first, second = self.gradInput[1], self.gradInput[2]
  first:resizeAs(input[1]):add(input[1], -1, input[2])
  local distance = first:norm(1)
  first:apply(sign)
  if y == -1 then first:mul(distance > self.margin and 0 or -1) end
  second:resizeAs(input[2]):copy(first):mul(-1)
  return self.gradInput
end
