--- nn.SpatialDilatedMaxPooling(kW, kH[, dW, dH[, padW, padH[, dilationW = 1, dilationH = 1]]])
-- SpatialMaxPooling whose window elements lie dilationW and dilationH apart.
local window = require 'nn.support.window'
local describe = require 'nn.support.describe'

local SpatialDilatedMaxPooling, SpatialMaxPooling = torch.class('nn.SpatialDilatedMaxPooling', 'nn.SpatialMaxPooling')

function SpatialDilatedMaxPooling:__init(kW, kH, dW, dH, padW, padH, dilationW, dilationH)
  SpatialMaxPooling.__init(self, kW, kH, dW, dH, padW, padH)
  self.dilationW, self.dilationH = dilationW or 1, dilationH or 1
end

window.max_pooling(SpatialDilatedMaxPooling, 'SpatialDilatedMaxPooling', function(self, input)
  local ndim = input:dim()
  self.iheight, self.iwidth = input:size(ndim - 1), input:size(ndim)
end, function(self)
  return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.dilationW, self.dilationH, self.ceil_mode
end)

window.clearing(SpatialDilatedMaxPooling, SpatialMaxPooling)

function SpatialDilatedMaxPooling:__tostring__()
  return describe.pooling(self, 2, describe.group(self, 'dilation', 2, true))
end
