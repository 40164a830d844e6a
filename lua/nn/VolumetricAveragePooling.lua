--- nn.VolumetricAveragePooling(kT, kW, kH[, dT = kT[, dW = kW[, dH = kH[, padT, padW, padH]]]]): mean of each window.
-- Input: planes x T x H x W, or a batch of those. Padding counts as zeros unless :setCountExcludePad(). :ceil() rounds up.
local window = require 'nn.support.window'

local VolumetricAveragePooling, Module = torch.class('nn.VolumetricAveragePooling', 'nn.Module')

function VolumetricAveragePooling:__init(kT, kW, kH, dT, dW, dH, padT, padW, padH)
  Module.__init(self)
  self.kT, self.kW, self.kH = kT, kW, kH
  self.dT, self.dW, self.dH = dT or kT, dW or kW, dH or kH
  -- the fields of padding and modes stay nil until used: files written by either generation then look alike
  self.padT, self.padW, self.padH = padT, padW, padH
end

window.rounding(VolumetricAveragePooling)

function VolumetricAveragePooling:setCountIncludePad()
  self.count_include_pad = true
  return self
end

function VolumetricAveragePooling:setCountExcludePad()
  self.count_include_pad = false
  return self
end

local function geometry(self)
  return self.kT, self.kW, self.kH, self.dT, self.dW, self.dH, self.padT or 0, self.padW or 0, self.padH or 0,
    self.ceil_mode or false, self.count_include_pad ~= false
end

function VolumetricAveragePooling:updateOutput(input)
  input.THNN.VolumetricAveragePooling_updateOutput(input, self.output, geometry(self))
  return self.output
end

function VolumetricAveragePooling:updateGradInput(input, gradOutput)
  input.THNN.VolumetricAveragePooling_updateGradInput(input, gradOutput, self.gradInput, geometry(self))
  return self.gradInput
end

window.clearing(VolumetricAveragePooling, Module)

function VolumetricAveragePooling:__tostring__()
  return require('nn.support.describe').pooling(self, 3)
end
