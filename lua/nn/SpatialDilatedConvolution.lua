--- nn.SpatialDilatedConvolution(nInputPlane, nOutputPlane, kW, kH[, dW, dH[, padW, padH[, dilationW = 1, dilationH = 1]]])
-- SpatialConvolution whose kernel elements lie dilationW and dilationH apart (Yu and Koltun, 2015).
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local SpatialDilatedConvolution, SpatialConvolution =
  torch.class('nn.SpatialDilatedConvolution', 'nn.SpatialConvolution')

function SpatialDilatedConvolution:__init(nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH, dilationW, dilationH)
  SpatialConvolution.__init(self, nInputPlane, nOutputPlane, kW, kH, dW, dH, padW, padH)
  self.dilationW = dilationW or 1
  self.dilationH = dilationH or 1
end

convolving.define(SpatialDilatedConvolution, 'SpatialDilatedConvolution', {
  buffers = { 2, 1, 2 },
  prepare = function(self)
    convolving.complete(self)
    self.dilationW, self.dilationH = self.dilationW or 1, self.dilationH or 1
  end,
  geometry = function(self)
    return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH
  end,
})

function SpatialDilatedConvolution:__tostring__()
  return describe.convolution(self, 2, { extra = describe.group(self, 'dilation', 2, true) })
end
