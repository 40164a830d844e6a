--- nn.Log(): natural logarithm, any shape.
local Log = torch.class('nn.Log', 'nn.Module')

function Log:updateOutput(input)
  return self.output:log(input)
end

function Log:updateGradInput(input, gradOutput)
  return self.gradInput:cdiv(gradOutput, input)
end
