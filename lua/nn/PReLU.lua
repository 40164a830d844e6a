--- nn.PReLU([nOutputPlane = 0]): x where positive, w x elsewhere, w learned (He et al., 2015).
-- One w for all elements, or one for each of nOutputPlane planes (dimension 2 of batches, 1 of single samples).
local PReLU, Module = torch.class('nn.PReLU', 'nn.Module')

function PReLU:__init(nOutputPlane)
  Module.__init(self)
  self.nOutputPlane = nOutputPlane or 0
  local count = math.max(self.nOutputPlane, 1)
  self.weight = torch.Tensor(count):fill(0.25)
  self.gradWeight = torch.Tensor(count)
end

function PReLU:updateOutput(input)
  input.THNN.PReLU_updateOutput(input, self.output, self.weight, self.nOutputPlane)
  return self.output
end

function PReLU:updateGradInput(input, gradOutput)
  input.THNN.PReLU_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.nOutputPlane)
  return self.gradInput
end

function PReLU:accGradParameters(input, gradOutput, scale)
  input.THNN.PReLU_accGradParameters(input, gradOutput, self.gradInput, self.weight, self.gradWeight, nil, nil,
    self.nOutputPlane, scale or 1)
  return self.gradWeight
end

function PReLU:clearState()
  nn.utils.clear(self, 'gradWeightBuf', 'gradWeightBuf2')
  return Module.clearState(self)
end
