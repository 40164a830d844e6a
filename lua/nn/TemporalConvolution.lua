--- nn.TemporalConvolution(inputFrameSize, outputFrameSize, kW[, dW = 1]): a linear map of every window of kW frames.
-- Input: nFrame x inputFrameSize, or a batch of those. weight: outputFrameSize x (kW inputFrameSize).
local initial = require 'nn.support.initial'

local TemporalConvolution, Module = torch.class('nn.TemporalConvolution', 'nn.Module')

function TemporalConvolution:__init(inputFrameSize, outputFrameSize, kW, dW)
  Module.__init(self)
  self.inputFrameSize, self.outputFrameSize = inputFrameSize, outputFrameSize
  self.kW, self.dW = kW, dW or 1
  local width = inputFrameSize * kW
  self.weight, self.gradWeight = torch.Tensor(outputFrameSize, width), torch.Tensor(outputFrameSize, width)
  self.bias, self.gradBias = torch.Tensor(outputFrameSize), torch.Tensor(outputFrameSize)
  self:reset()
end

function TemporalConvolution:reset(stdv)
  initial(self, self.kW * self.inputFrameSize, stdv)
end

function TemporalConvolution:updateOutput(input)
  input.THNN.TemporalConvolution_updateOutput(input, self.output, self.weight, self.bias, self.kW, self.dW,
    self.inputFrameSize, self.outputFrameSize)
  return self.output
end

function TemporalConvolution:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  input.THNN.TemporalConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, self.kW, self.dW)
  return self.gradInput
end

function TemporalConvolution:accGradParameters(input, gradOutput, scale)
  input.THNN.TemporalConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, self.kW, self.dW,
    scale or 1)
end

-- the products may go straight into shared parameters
function TemporalConvolution:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
end
