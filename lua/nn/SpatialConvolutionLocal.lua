--- nn.SpatialConvolutionLocal(nInputPlane, nOutputPlane, iW, iH, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- A convolution of iH x iW images whose kernel differs from place to place.
-- weight: oH x oW x nOutputPlane x nInputPlane x kH x kW; bias: nOutputPlane x oH x oW.
local initial = require 'nn.support.initial'
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialConvolutionLocal, Module = torch.class('nn.SpatialConvolutionLocal', 'nn.Module')

local function places(extent, kernel, step, pad)
  return math.floor((extent + 2 * pad - kernel) / step) + 1
end

function SpatialConvolutionLocal:__init(nInputPlane, nOutputPlane, iW, iH, kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.nInputPlane, self.nOutputPlane = nInputPlane, nOutputPlane
  self.kW, self.kH = kW, kH
  self.iW, self.iH = iW, iH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW = padW or 0
  self.padH = padH or self.padW
  self.oW = places(iW, kW, self.dW, self.padW)
  self.oH = places(iH, kH, self.dH, self.padH)
  if self.oW < 1 or self.oH < 1 then
    error(('kernel %dx%d is larger than the padded input %dx%d'):format(kW, kH, iW + 2 * self.padW, iH + 2 * self.padH), 2)
  end
  self.weight = torch.Tensor(self.oH, self.oW, nOutputPlane, nInputPlane, kH, kW)
  self.gradWeight = torch.Tensor():resizeAs(self.weight)
  self.bias = torch.Tensor(nOutputPlane, self.oH, self.oW)
  self.gradBias = torch.Tensor():resizeAs(self.bias)
  self:reset()
end

function SpatialConvolutionLocal:reset(stdv)
  initial(self, self.kW * self.kH * self.nInputPlane, stdv)
end

convolving.define(SpatialConvolutionLocal, 'SpatialConvolutionLocal', {
  prepare = function(self, input)
    local ndim = input:dim()
    if ndim < 3 or input:size(ndim) ~= self.iW or input:size(ndim - 1) ~= self.iH then
      error(('SpatialConvolutionLocal: images of %dx%d (HxW) expected, got a tensor of size %s'):format(self.iH, self.iW,
        table.concat(input:size():totable(), 'x')), 3)
    end
  end,
  geometry = function(self)
    return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.iW, self.iH, self.oW, self.oH
  end,
})

function SpatialConvolutionLocal:type(type, tensorCache)
  if type then convolving.drop_work(self) end
  return Module.type(self, type, tensorCache)
end

function SpatialConvolutionLocal:clearState()
  convolving.clear_work(self)
  return Module.clearState(self)
end

function SpatialConvolutionLocal:__tostring__()
  return describe.convolution(self, 2, { size = ('%dx%d, '):format(self.iW, self.iH), silent = true })
end
