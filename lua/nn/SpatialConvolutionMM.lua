--- nn.SpatialConvolutionMM(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- SpatialConvolution whose weight is kept as a matrix: nOutputPlane x (nInputPlane kH kW).
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialConvolutionMM, Module = torch.class('nn.SpatialConvolutionMM', 'nn.Module')

function SpatialConvolutionMM:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW = padW or 0
  self.padH = padH or self.padW
  local columns = nInputPlane * kH * kW
  self.weight, self.gradWeight = torch.Tensor(nOutputPlane, columns), torch.Tensor(nOutputPlane, columns)
  self.bias, self.gradBias = torch.Tensor(nOutputPlane), torch.Tensor(nOutputPlane)
  self:reset()
end

SpatialConvolutionMM.noBias = convolving.no_bias

function SpatialConvolutionMM:reset(stdv)
  initial(self, self.kW * self.kH * self.nInputPlane, stdv)
end

convolving.define(SpatialConvolutionMM, 'SpatialConvolutionMM', {
  prepare = convolving.complete,
  geometry = function(self) return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH end,
})

function SpatialConvolutionMM:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function SpatialConvolutionMM:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function SpatialConvolutionMM:__tostring__()
  return describe.convolution(self, 2)
end
