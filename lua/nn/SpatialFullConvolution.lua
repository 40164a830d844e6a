--- nn.SpatialFullConvolution(nInputPlane, nOutputPlane, kW, kH[, dW = 1, dH = 1[, padW = 0, padH = 0[, adjW = 0, adjH = 0]]])
-- The transpose of a convolution: output extent (input - 1) d - 2 pad + k + adj. weight: nInputPlane x nOutputPlane x kH x kW.
-- With input {tensor, target} the adjustment is chosen so that the output has target's height and width.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialFullConvolution, Module = torch.class('nn.SpatialFullConvolution', 'nn.Module')

function SpatialFullConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, adjW, adjH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW, self.padH = padW or 0, padH or 0
  self.adjW, self.adjH = adjW or 0, adjH or 0
  if self.adjW > self.dW - 1 or self.adjH > self.dH - 1 then
    error('adjW and adjH must be smaller than self.dW - 1 and self.dH - 1 respectively', 2)
  end
  self.weight = torch.Tensor(nInputPlane, nOutputPlane, kH, kW)
  self.gradWeight = torch.Tensor(nInputPlane, nOutputPlane, kH, kW)
  self.bias, self.gradBias = torch.Tensor(nOutputPlane), torch.Tensor(nOutputPlane)
  self.ones = torch.Tensor()
  self:reset()
end

SpatialFullConvolution.noBias = convolving.no_bias

function SpatialFullConvolution:reset(stdv)
  initial(self, self.nInputPlane * self.kH * self.kW, stdv)
end

--- Gives files older than the adjustment their missing fields.
function SpatialFullConvolution:backCompatibility()
  self.adjW, self.adjH = self.adjW or 0, self.adjH or 0
  self.padW, self.padH = self.padW or 0, self.padH or 0
end

--- What to add to the extent that an input of `extent` gives to reach `target`.
local function adjustment(target, extent, kernel, step, pad)
  return target - ((extent - 1) * step - 2 * pad + kernel)
end

--- The tensor to convolve and the adjustment (W, H) that the input asks for.
local function resolve(self, input)
  self:backCompatibility()
  if type(input) ~= 'table' then return input, self.adjW, self.adjH end
  local tensor, target = input[1], input[2]
  local ndim, targetDim = tensor:dim(), target:dim()
  local adjW = adjustment(target:size(targetDim), tensor:size(ndim), self.kW, self.dW, self.padW)
  local adjH = adjustment(target:size(targetDim - 1), tensor:size(ndim - 1), self.kH, self.dH, self.padH)
  return tensor, adjW, adjH
end

function SpatialFullConvolution:updateOutput(input)
  local tensor, adjW, adjH = resolve(self, input)
  tensor.THNN.SpatialFullConvolution_updateOutput(tensor, self.output, self.weight, self.bias, nil, nil, self.kW, self.kH,
    self.dW, self.dH, self.padW, self.padH, adjW, adjH)
  return self.output
end

function SpatialFullConvolution:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  local tensor, adjW, adjH = resolve(self, input)
  local paired = type(input) == 'table'
  -- clearState leaves an empty table
  if paired and not (type(self.gradInput) == 'table' and self.gradInput[1]) then
    self.gradInput = { tensor.new(), input[2].new() }
  end
  if not paired and type(self.gradInput) == 'table' then self.gradInput = tensor.new() end
  local target = paired and self.gradInput[1] or self.gradInput
  tensor.THNN.SpatialFullConvolution_updateGradInput(tensor, gradOutput, target, self.weight, nil, self.kW, self.kH,
    self.dW, self.dH, self.padW, self.padH, adjW, adjH)
  -- the target only lends its size: its gradient is a single zero
  if paired then self.gradInput[2]:resize(1):zero() end
  return self.gradInput
end

function SpatialFullConvolution:accGradParameters(input, gradOutput, scale)
  local tensor, adjW, adjH = resolve(self, input)
  tensor.THNN.SpatialFullConvolution_accGradParameters(tensor, gradOutput, self.gradWeight, self.gradBias, nil, nil,
    self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, adjW, adjH, scale or 1)
end

function SpatialFullConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function SpatialFullConvolution:clearState()
  convolving.clear_work(self)
  nn.utils.clear(self, 'columns', 'ones')
  return Module.clearState(self)
end

function SpatialFullConvolution:__tostring__()
  return describe.convolution(self, 2, { extra = describe.group(self, 'adj', 2) })
end
