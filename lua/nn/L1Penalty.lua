--- nn.L1Penalty(l1weight[, sizeAverage = false[, provideOutput = true]]): the identity; adds l1weight * |x| to what is minimised.
-- `loss` keeps the last penalty. With provideOutput = false the gradient is that of the penalty alone.
local L1Penalty, Module = torch.class('nn.L1Penalty', 'nn.Module')

function L1Penalty:__init(l1weight, sizeAverage, provideOutput)
  Module.__init(self)
  self.l1weight = l1weight
  self.sizeAverage = sizeAverage or false
  self.provideOutput = provideOutput ~= false
end

local function factor(self, input)
  return self.sizeAverage == true and self.l1weight / input:nElement() or self.l1weight
end

function L1Penalty:updateOutput(input)
  self.loss = factor(self, input) * input:norm(1)
  self.output = input
  return input
end

function L1Penalty:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input):copy(input):sign():mul(factor(self, input))
  if self.provideOutput == true then self.gradInput:add(gradOutput) end
  return self.gradInput
end
