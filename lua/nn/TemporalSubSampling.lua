--- nn.TemporalSubSampling(inputFrameSize, kW[, dW = 1]): weight * (sum of each window of kW frames) + bias, by feature.
-- Input: nFrame x inputFrameSize.
local initial = require 'nn.support.initial'

local TemporalSubSampling, Module = torch.class('nn.TemporalSubSampling', 'nn.Module')

function TemporalSubSampling:__init(inputFrameSize, kW, dW)
  Module.__init(self)
  self.inputFrameSize = inputFrameSize
  self.kW, self.dW = kW, dW or 1
  self.weight, self.gradWeight = torch.Tensor(inputFrameSize), torch.Tensor(inputFrameSize)
  self.bias, self.gradBias = torch.Tensor(inputFrameSize), torch.Tensor(inputFrameSize)
  self:reset()
end

function TemporalSubSampling:reset(stdv)
  initial(self, self.kW, stdv)
end

function TemporalSubSampling:updateOutput(input)
  input.THNN.TemporalSubSampling_updateOutput(input, self.output, self.weight, self.bias, self.kW, self.dW,
    self.inputFrameSize)
  return self.output
end

function TemporalSubSampling:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  input.THNN.TemporalSubSampling_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.kW, self.dW)
  return self.gradInput
end

function TemporalSubSampling:accGradParameters(input, gradOutput, scale)
  input.THNN.TemporalSubSampling_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.kW, self.dW,
    scale or 1)
end
