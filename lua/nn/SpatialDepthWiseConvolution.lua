--- nn.SpatialDepthWiseConvolution(nInputPlane, nOutputPlane, kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = padW]]]])
-- Every input plane gives nOutputPlane planes of its own: nInputPlane * nOutputPlane in all, grouped by input plane.
-- weight: nOutputPlane x (nInputPlane kH kW); bias: nOutputPlane x nInputPlane.
local spatial_kernels = require 'nn.support.spatial_kernels'

local SpatialDepthWiseConvolution = torch.class('nn.SpatialDepthWiseConvolution', 'nn.Module')

spatial_kernels(SpatialDepthWiseConvolution, 'SpatialDepthWiseConvolution', function(self)
  local columns = self.nInputPlane * self.kH * self.kW
  return torch.LongStorage { self.nOutputPlane, columns }, torch.LongStorage { self.nOutputPlane, self.nInputPlane }
end)
