--- nn.TemporalRowConvolution(inputFrameSize, kW[, dW = 1[, featFirst = false]]): each feature filtered over time on its own.
-- Input: nFrame x inputFrameSize, or with featFirst inputFrameSize x nFrame, or batches. weight: inputFrameSize x 1 x kW.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'

local TemporalRowConvolution, Module = torch.class('nn.TemporalRowConvolution', 'nn.Module')

function TemporalRowConvolution:__init(inputFrameSize, kW, dW, featFirst)
  Module.__init(self)
  self.inputFrameSize = inputFrameSize
  self.kW, self.dW = kW, dW or 1
  self.weight, self.gradWeight = torch.Tensor(inputFrameSize, 1, kW), torch.Tensor(inputFrameSize, 1, kW)
  self.bias, self.gradBias = torch.Tensor(inputFrameSize), torch.Tensor(inputFrameSize)
  self.featFirst = featFirst and true or false
  self:reset()
end

TemporalRowConvolution.noBias = convolving.no_bias

function TemporalRowConvolution:reset(stdv)
  initial(self, self.kW * self.inputFrameSize, stdv)
end

function TemporalRowConvolution:updateOutput(input)
  input.THNN.TemporalRowConvolution_updateOutput(input, self.output, self.weight, self.bias, nil, nil, self.kW, self.dW, 0,
    self.featFirst)
  return self.output
end

function TemporalRowConvolution:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  input.THNN.TemporalRowConvolution_updateGradInput(input, gradOutput, self.gradInput, self.weight, nil, nil, self.kW,
    self.dW, 0, self.featFirst)
  return self.gradInput
end

function TemporalRowConvolution:accGradParameters(input, gradOutput, scale)
  input.THNN.TemporalRowConvolution_accGradParameters(input, gradOutput, self.gradWeight, self.gradBias, nil, nil, self.kW,
    self.dW, 0, self.featFirst, scale or 1)
end

function TemporalRowConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function TemporalRowConvolution:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function TemporalRowConvolution:__tostring__()
  local stride = self.dW ~= 1 and (', %d'):format(self.dW) or ''
  return ('%s(%d, %d%s)%s'):format(torch.type(self), self.inputFrameSize, self.kW, stride,
    self.bias and '' or ' without bias')
end
