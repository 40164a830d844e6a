--- nn.SpatialSubSampling(nInputPlane, kW, kH[, dW = 1[, dH = 1]]): weight * (sum of each window) + bias, one of each a plane.
-- Input: nInputPlane x H x W, or a batch of those.
local initial = require 'nn.support.initial'

local SpatialSubSampling, Module = torch.class('nn.SpatialSubSampling', 'nn.Module')

function SpatialSubSampling:__init(nInputPlane, kW, kH, dW, dH)
  Module.__init(self)
  self.nInputPlane = nInputPlane
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.weight, self.gradWeight = torch.Tensor(nInputPlane), torch.Tensor(nInputPlane)
  self.bias, self.gradBias = torch.Tensor(nInputPlane), torch.Tensor(nInputPlane)
  self:reset()
end

function SpatialSubSampling:reset(stdv)
  initial(self, self.kW * self.kH, stdv)
end

function SpatialSubSampling:updateOutput(input)
  input.THNN.SpatialSubSampling_updateOutput(input, self.output, self.weight, self.bias, self.kW, self.kH, self.dW,
    self.dH)
  return self.output
end

function SpatialSubSampling:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  input.THNN.SpatialSubSampling_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.kW, self.kH, self.dW,
    self.dH)
  return self.gradInput
end

function SpatialSubSampling:accGradParameters(input, gradOutput, scale)
  input.THNN.SpatialSubSampling_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.kW, self.kH,
    self.dW, self.dH, scale or 1)
end
