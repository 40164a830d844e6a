--- nn.SpatialConvolution(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- Cross-correlation of nInputPlane x H x W, or a batch of those, with weight (nOutputPlane x nInputPlane x kH x kW).
local convolving = require 'nn.support.convolving'
local spatial_kernels = require 'nn.support.spatial_kernels'

local SpatialConvolution = torch.class('nn.SpatialConvolution', 'nn.Module')

local function shape(self)
  return torch.LongStorage { self.nOutputPlane, self.nInputPlane, self.kH, self.kW }, torch.LongStorage { self.nOutputPlane }
end

--- Gives files of 2014 the fields they lack, and their weight matrix its four dimensions.
local function prepare(self)
  convolving.complete(self)
  if self.weight:dim() == 2 then
    local size = shape(self)
    self.weight = self.weight:view(size)
    if self.gradWeight then self.gradWeight = self.gradWeight:view(size) end
  end
end

spatial_kernels(SpatialConvolution, 'SpatialConvolutionMM', shape, prepare)
