--- nn.SpatialConvolutionMM(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- SpatialConvolution whose weight is kept as a matrix: nOutputPlane x (nInputPlane kH kW).
local spatial_kernels = require 'nn.support.spatial_kernels'

local SpatialConvolutionMM = torch.class('nn.SpatialConvolutionMM', 'nn.Module')

spatial_kernels(SpatialConvolutionMM, 'SpatialConvolutionMM', function(self)
  local columns = self.nInputPlane * self.kH * self.kW
  return torch.LongStorage { self.nOutputPlane, columns }, torch.LongStorage { self.nOutputPlane }
end)
