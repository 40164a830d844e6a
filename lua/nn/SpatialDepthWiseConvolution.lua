--- nn.SpatialDepthWiseConvolution(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- Every input plane gives nOutputPlane planes of its own: nInputPlane * nOutputPlane in all, grouped by input plane.
-- weight: nOutputPlane x nInputPlane x kH x kW; bias: nOutputPlane x nInputPlane.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialDepthWiseConvolution, Module = torch.class('nn.SpatialDepthWiseConvolution', 'nn.Module')

function SpatialDepthWiseConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW = padW or 0
  self.padH = padH or self.padW
  local columns = nInputPlane * kH * kW
  self.weight, self.gradWeight = torch.Tensor(nOutputPlane, columns), torch.Tensor(nOutputPlane, columns)
  self.bias, self.gradBias = torch.Tensor(nOutputPlane, nInputPlane), torch.Tensor(nOutputPlane, nInputPlane)
  self:reset()
end

SpatialDepthWiseConvolution.noBias = convolving.no_bias

function SpatialDepthWiseConvolution:reset(stdv)
  initial(self, self.kW * self.kH * self.nInputPlane, stdv)
end

convolving.define(SpatialDepthWiseConvolution, 'SpatialDepthWiseConvolution', {
  prepare = convolving.complete,
  geometry = function(self) return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH end,
})

function SpatialDepthWiseConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function SpatialDepthWiseConvolution:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function SpatialDepthWiseConvolution:__tostring__()
  return describe.convolution(self, 2)
end
