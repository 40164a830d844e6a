--- nn.SpatialConvolution(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- Cross-correlation of nInputPlane x H x W, or a batch of those, with weight (nOutputPlane x nInputPlane x kH x kW).
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialConvolution, Module = torch.class('nn.SpatialConvolution', 'nn.Module')

function SpatialConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW = padW or 0
  self.padH = padH or self.padW
  self.weight = torch.Tensor(nOutputPlane, nInputPlane, kH, kW)
  self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane, kH, kW)
  self.bias = torch.Tensor(nOutputPlane)
  self.gradBias = torch.Tensor(nOutputPlane)
  self:reset()
end

SpatialConvolution.noBias = convolving.no_bias

function SpatialConvolution:reset(stdv)
  initial(self, self.kW * self.kH * self.nInputPlane, stdv)
end

--- Gives files of 2014 the fields they lack, and their weight matrix its four dimensions.
local function prepare(self)
  convolving.complete(self)
  if self.weight:dim() == 2 then
    local size = torch.LongStorage { self.nOutputPlane, self.nInputPlane, self.kH, self.kW }
    self.weight = self.weight:view(size)
    if self.gradWeight then self.gradWeight = self.gradWeight:view(size) end
  end
end

convolving.define(SpatialConvolution, 'SpatialConvolutionMM', {
  prepare = prepare,
  geometry = function(self) return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH end,
})

function SpatialConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function SpatialConvolution:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function SpatialConvolution:__tostring__()
  return describe.convolution(self, 2)
end
