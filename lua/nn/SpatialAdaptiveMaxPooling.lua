--- nn.SpatialAdaptiveMaxPooling(W, H): max pooling whose windows divide the image into H x W parts.
-- Input: planes x height x width, or a batch of those.
local window = require 'nn.support.window'

local SpatialAdaptiveMaxPooling, Module = torch.class('nn.SpatialAdaptiveMaxPooling', 'nn.Module')

function SpatialAdaptiveMaxPooling:__init(W, H)
  Module.__init(self)
  self.W, self.H = W, H
end

function SpatialAdaptiveMaxPooling:updateOutput(input)
  local indices = window.prepare_indices(self, input)
  input.THNN.SpatialAdaptiveMaxPooling_updateOutput(input, self.output, indices, self.W, self.H)
  return self.output
end

function SpatialAdaptiveMaxPooling:updateGradInput(input, gradOutput)
  input.THNN.SpatialAdaptiveMaxPooling_updateGradInput(input, gradOutput, self.gradInput, self.indices)
  return self.gradInput
end

window.clearing(SpatialAdaptiveMaxPooling, Module)
