--- nn.SoftMin(): softmax of -x (over the same dimension as nn.SoftMax).
local SoftMin, Module = torch.class('nn.SoftMin', 'nn.Module')

local function negated(self, input)
  self.mininput = self.mininput or input.new()
  return self.mininput:resizeAs(input):copy(input):mul(-1)
end

function SoftMin:updateOutput(input)
  input.THNN.SoftMax_updateOutput(negated(self, input), self.output)
  return self.output
end

function SoftMin:updateGradInput(input, gradOutput)
  input.THNN.SoftMax_updateGradInput(negated(self, input), gradOutput, self.gradInput, self.output)
  return self.gradInput:mul(-1)
end

function SoftMin:clearState()
  if self.mininput then self.mininput:set() end
  return Module.clearState(self)
end
