--- nn.SpatialAveragePooling(kW, kH[, dW = 1[, dH = 1[, padW = 0[, padH = 0]]]]): mean of each kH x kW window.
-- Input: planes x H x W, or a batch of those. Padding counts as zeros unless :setCountExcludePad(). :ceil() rounds up.
local window = require 'nn.support.window'

local SpatialAveragePooling, Module = torch.class('nn.SpatialAveragePooling', 'nn.Module')

function SpatialAveragePooling:__init(kW, kH, dW, dH, padW, padH)
  Module.__init(self)
  self.kW, self.kH = kW, kH
  self.dW, self.dH = dW or 1, dH or 1
  self.padW, self.padH = padW or 0, padH or 0
  self.ceil_mode = false
  self.count_include_pad = true
  self.divide = true
end

window.rounding(SpatialAveragePooling)

function SpatialAveragePooling:setCountIncludePad()
  self.count_include_pad = true
  return self
end

function SpatialAveragePooling:setCountExcludePad()
  self.count_include_pad = false
  return self
end

--- The kernel's numbers; old files lack the padding and the modes.
local function geometry(self)
  if self.ceil_mode == nil then
    self.ceil_mode, self.count_include_pad = false, true
    self.padW, self.padH = 0, 0
  end
  return self.kW, self.kH, self.dW, self.dH, self.padW, self.padH, self.ceil_mode, self.count_include_pad
end

-- files older than the `divide` field hold layers that sum instead of averaging
function SpatialAveragePooling:updateOutput(input)
  input.THNN.SpatialAveragePooling_updateOutput(input, self.output, geometry(self))
  if not self.divide then self.output:mul(self.kW * self.kH) end
  return self.output
end

function SpatialAveragePooling:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  input.THNN.SpatialAveragePooling_updateGradInput(input, gradOutput, self.gradInput, geometry(self))
  if not self.divide then self.gradInput:mul(self.kW * self.kH) end
  return self.gradInput
end

function SpatialAveragePooling:__tostring__()
  return require('nn.support.describe').pooling(self, 2)
end
