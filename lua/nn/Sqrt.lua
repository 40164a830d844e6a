--- nn.Sqrt([eps = 0]): square root, any shape; the derivative at 0 is 0.
local Sqrt, Module = torch.class('nn.Sqrt', 'nn.Module')

function Sqrt:__init(eps)
  Module.__init(self)
  self.eps = eps or 0
end

function Sqrt:updateOutput(input)
  input.THNN.Sqrt_updateOutput(input, self.output, self.eps or 0)
  return self.output
end

function Sqrt:updateGradInput(input, gradOutput)
  input.THNN.Sqrt_updateGradInput(input, gradOutput, self.gradInput, self.output)
  return self.gradInput
end
