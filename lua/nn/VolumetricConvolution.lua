--- nn.VolumetricConvolution(nInputPlane, nOutputPlane, kT, kW, kH[, dT = 1, dW = 1, dH = 1[, padT = 0, padW = padT, padH = padW]])
-- Cross-correlation of nInputPlane x T x H x W, or a batch of those. weight: nOutputPlane x nInputPlane x kT x kH x kW.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local VolumetricConvolution, Module = torch.class('nn.VolumetricConvolution', 'nn.Module')

function VolumetricConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kT, self.kW, self.kH = kT, kW, kH
  self.dT, self.dW, self.dH = dT or 1, dW or 1, dH or 1
  self.padT = padT or 0
  self.padW = padW or self.padT
  self.padH = padH or self.padW
  self.weight = torch.Tensor(nOutputPlane, nInputPlane, kT, kH, kW)
  self.gradWeight = torch.Tensor(nOutputPlane, nInputPlane, kT, kH, kW)
  self.bias, self.gradBias = torch.Tensor(nOutputPlane), torch.Tensor(nOutputPlane)
  self:reset()
end

function VolumetricConvolution:reset(stdv)
  initial(self, self.kT * self.kW * self.kH * self.nInputPlane, stdv)
end

VolumetricConvolution.noBias = convolving.no_bias

convolving.define(VolumetricConvolution, 'VolumetricConvolutionMM', {
  buffers = { 1, 2, 1 },
  prepare = function(self)
    self.padT, self.padW, self.padH = self.padT or 0, self.padW or 0, self.padH or 0
  end,
  geometry = function(self)
    return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH
  end,
})

function VolumetricConvolution:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function VolumetricConvolution:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function VolumetricConvolution:__tostring__()
  return describe.convolution(self, 3, { silent = true })
end
