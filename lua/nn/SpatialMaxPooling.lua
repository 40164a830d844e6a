--- nn.SpatialMaxPooling(kW, kH[, dW = kW[, dH = kH[, padW = 0[, padH = 0]]]]): largest value of each kH x kW window.
-- Input: planes x H x W, or a batch of those. `indices` keeps the place of each maximum. :ceil() rounds extents up.
local window = require 'nn.support.window'

local SpatialMaxPooling, Module = torch.class('nn.SpatialMaxPooling', 'nn.Module')

function SpatialMaxPooling:__init(kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or kW, dH or kH
  self.padW, self.padH = padW or 0, padH or 0
  self.ceil_mode = false
  self.indices = torch.LongTensor()
end

window.rounding(SpatialMaxPooling)

window.max_pooling(SpatialMaxPooling, 'SpatialMaxPooling', function(self, input)
  local ndim = input:dim()
  self.iheight, self.iwidth = input:size(ndim - 1), input:size(ndim)
  self.padW, self.padH, self.ceil_mode = self.padW or 0, self.padH or 0, self.ceil_mode or false
end, function(self)
  return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.ceil_mode
end)

window.clearing(SpatialMaxPooling, Module)

function SpatialMaxPooling:__tostring__()
  return require('nn.support.describe').pooling(self, 2)
end
