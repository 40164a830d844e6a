--- nn.VolumetricDilatedConvolution(nInputPlane, nOutputPlane, kT, kW, kH[, dT, dW, dH[, padT, padW, padH
-- [, dilationT = 1, dilationW = 1, dilationH = 1]]]): VolumetricConvolution whose kernel elements lie apart.
local convolving = require 'nn.support.convolving'
local describe = require 'nn.support.describe'

local VolumetricDilatedConvolution, VolumetricConvolution =
  torch.class('nn.VolumetricDilatedConvolution', 'nn.VolumetricConvolution')

function VolumetricDilatedConvolution:__init(nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH,
                                             dilationT, dilationW, dilationH)
  VolumetricConvolution.__init(self, nInputPlane, nOutputPlane, kT, kW, kH, dT, dW, dH, padT, padW, padH)
  self.dilationT = dilationT or 1
  self.dilationW = dilationW or 1
  self.dilationH = dilationH or 1
end

convolving.define(VolumetricDilatedConvolution, 'VolumetricDilatedConvolution', {
  buffers = { 2, 1, 2 },
  geometry = function(self)
    return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT,
      self.dilationW, self.dilationH
  end,
})

function VolumetricDilatedConvolution:__tostring__()
  return describe.convolution(self, 3, { extra = describe.group(self, 'dilation', 3, true) })
end
