--- nn.VolumetricDilatedMaxPooling(kT, kW, kH[, dT, dW, dH[, padT, padW, padH[, dilationT = 1, dilationW = 1, dilationH = 1]]])
-- VolumetricMaxPooling whose window elements lie apart.
local window = require 'nn.support.window'
local describe = require 'nn.support.describe'

local VolumetricDilatedMaxPooling, VolumetricMaxPooling =
  torch.class('nn.VolumetricDilatedMaxPooling', 'nn.VolumetricMaxPooling')

function VolumetricDilatedMaxPooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH, dilationT, dilationW, dilationH)
  VolumetricMaxPooling.__init(self, kT, kW, kH, dT, dW, dH, padT, padW, padH)
  self.dilationT, self.dilationW, self.dilationH = dilationT or 1, dilationW or 1, dilationH or 1
end

window.max_pooling(VolumetricDilatedMaxPooling, 'VolumetricDilatedMaxPooling', function(self, input)
  local ndim = input:dim()
  self.itime, self.iheight, self.iwidth = input:size(ndim - 2), input:size(ndim - 1), input:size(ndim)
end, function(self)
  return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.dilationT,
    self.dilationW, self.dilationH, self.ceil_mode
end)

window.clearing(VolumetricDilatedMaxPooling, VolumetricMaxPooling)

function VolumetricDilatedMaxPooling:__tostring__()
  return describe.pooling(self, 3, describe.group(self, 'dilation', 3, true))
end
