--- nn.GatedLinearUnit([dim = last]): a * sigmoid(b), where a and b are the halves of the input along dim (Dauphin et al., 2016).
local GatedLinearUnit, Module = torch.class('nn.GatedLinearUnit', 'nn.Module')

function GatedLinearUnit:__init(dim)
  Module.__init(self)
  self.dim = dim
end

function GatedLinearUnit:updateOutput(input)
  input.THNN.GatedLinear_updateOutput(input, self.output, self.dim or input:dim())
  return self.output
end

function GatedLinearUnit:updateGradInput(input, gradOutput)
  input.THNN.GatedLinear_updateGradInput(input, gradOutput, self.gradInput, self.dim or input:dim())
  return self.gradInput
end
