--- nn.SoftSign(): x / (1 + |x|), any shape.
local SoftSign, Module = torch.class('nn.SoftSign', 'nn.Module')

--- 1 + |x|, kept in `temp`.
local function denominator(self, input)
  self.temp = self.temp or input.new()
  return self.temp:abs(input):add(1)
end

function SoftSign:updateOutput(input)
  return self.output:cdiv(input, denominator(self, input))
end

function SoftSign:updateGradInput(input, gradOutput)
  local below = denominator(self, input)
  return self.gradInput:cdiv(gradOutput, below:cmul(below))
end

function SoftSign:clearState()
  nn.utils.clear(self, 'temp', 'tempgrad')
  return Module.clearState(self)
end
