--- nn.CosineDistance(): cosine of the angle between the input table's two vectors, or between rows of two N x d matrices.
local cosine = require 'nn.support.cosine'

local CosineDistance, Module = torch.class('nn.CosineDistance', 'nn.Module')

function CosineDistance:__init()
  Module.__init(self)
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

function CosineDistance:updateOutput(input)
  local a, b = cosine.rows(input[1], input[2])
  self.terms = cosine.forward(a, b)
  return self.output:resize(a:size(1)):copy(self.terms.value)
end

function CosineDistance:updateGradInput(input, gradOutput)
  local a, b = cosine.rows(input[1], input[2])
  local terms = self.terms
  for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or a.new() end
  cosine.derivative(self.gradInput[1], terms, a, b, terms.inverse_a)
  cosine.derivative(self.gradInput[2], terms, b, a, terms.inverse_b)
  local outer = gradOutput:contiguous():view(a:size(1), 1):expandAs(a)
  for i = 1, 2 do self.gradInput[i]:cmul(outer):resize(input[i]:size()) end
  return self.gradInput
end

function CosineDistance:clearState()
  self.terms = nil
  nn.utils.clear(self, 'buffer', 'w1', 'w22', 'w', 'w32', 'ones')
  return Module.clearState(self)
end
