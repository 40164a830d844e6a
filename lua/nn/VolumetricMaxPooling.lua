--- nn.VolumetricMaxPooling(kT, kW, kH[, dT = kT, dW = kW, dH = kH[, padT = 0, padW = 0, padH = 0]])
-- Largest value of each kT x kH x kW window. Input: planes x T x H x W, or a batch of those. :ceil() rounds extents up.
local window = require 'nn.support.window'

local VolumetricMaxPooling, Module = torch.class('nn.VolumetricMaxPooling', 'nn.Module')

VolumetricMaxPooling.__version = 2

function VolumetricMaxPooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH)
  Module.__init(self)
  self.kT, self.kW, self.kH = kT, kW, kH
  self.dT, self.dW, self.dH = dT or kT, dW or kW, dH or kH
  self.padT, self.padW, self.padH = padT or 0, padW or 0, padH or 0
  self.ceil_mode = false
  self.indices = torch.LongTensor()
end

window.rounding(VolumetricMaxPooling)

local function remember(self, input)
  local ndim = input:dim()
  self.itime, self.iheight, self.iwidth = input:size(ndim - 2), input:size(ndim - 1), input:size(ndim)
end

window.max_pooling(VolumetricMaxPooling, 'VolumetricMaxPooling', remember, function(self)
  return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT, self.padW, self.padH, self.ceil_mode
end)

window.clearing(VolumetricMaxPooling, Module)

--- Files of version 1 know no rounding mode.
function VolumetricMaxPooling:read(file, version)
  Module.read(self, file)
  if version < 2 then self.ceil_mode = false end
end

function VolumetricMaxPooling:__tostring__()
  return require('nn.support.describe').pooling(self, 3)
end
