--- nn.SpatialContrastiveNormalization([nInputPlane = 1[, kernel = ones(9, 9)[, threshold = 1e-4[, thresval = threshold]]]])
-- Subtractive, then divisive normalisation with the same kernel (Jarrett et al., 2009).
local neighbourhood = require 'nn.support.neighbourhood'

local SpatialContrastiveNormalization, Module = torch.class('nn.SpatialContrastiveNormalization', 'nn.Module')

function SpatialContrastiveNormalization:__init(nInputPlane, kernel, threshold, thresval)
  Module.__init(self)
  self.nInputPlane = nInputPlane or 1
  self.kernel = kernel or torch.Tensor(9, 9):fill(1)
  self.threshold = threshold or 1e-4
  self.thresval = thresval or threshold or 1e-4
  neighbourhood.check_kernel(self.kernel, 'SpatialContrastiveNormalization')
  self.normalizer = nn.Sequential()
    :add(nn.SpatialSubtractiveNormalization(self.nInputPlane, self.kernel))
    :add(nn.SpatialDivisiveNormalization(self.nInputPlane, self.kernel, self.threshold, self.thresval))
end

function SpatialContrastiveNormalization:updateOutput(input)
  self.output = self.normalizer:forward(input)
  return self.output
end

function SpatialContrastiveNormalization:updateGradInput(input, gradOutput)
  self.gradInput = self.normalizer:backward(input, gradOutput)
  return self.gradInput
end
