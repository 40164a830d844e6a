--- nn.Power(p): x^p, any shape.
local Power, Module = torch.class('nn.Power', 'nn.Module')

function Power:__init(p)
  Module.__init(self)
  if not p then error('nn.Power(power): the power is missing', 2) end
  self.pow = p
end

function Power:updateOutput(input)
  return self.output:pow(input, self.pow)
end

function Power:updateGradInput(input, gradOutput)
  return self.gradInput:pow(input, self.pow - 1):cmul(gradOutput):mul(self.pow)
end
