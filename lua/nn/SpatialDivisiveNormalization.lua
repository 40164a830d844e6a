--- nn.SpatialDivisiveNormalization([nInputPlane = 1[, kernel = ones(9, 9)[, threshold = 1e-4[, thresval = threshold]]]])
-- Divides by the weighted deviation of the surroundings, or by thresval where that is at most threshold.
-- The deviation goes over window and planes; the kernel (1-D: separable, or 2-D) is normalised in place. C x H x W or batch.
local neighbourhood = require 'nn.support.neighbourhood'

local SpatialDivisiveNormalization, Module = torch.class('nn.SpatialDivisiveNormalization', 'nn.Module')

function SpatialDivisiveNormalization:__init(nInputPlane, kernel, threshold, thresval)
  Module.__init(self)
  self.nInputPlane = nInputPlane or 1
  self.kernel = kernel or torch.Tensor(9, 9):fill(1)
  self.threshold = threshold or 1e-4
  self.thresval = thresval or threshold or 1e-4
  neighbourhood.check_kernel(self.kernel, 'SpatialDivisiveNormalization')
  local planes = self.nInputPlane
  -- a separable kernel is applied twice, its second time over all planes
  self.kernel:div(self.kernel:sum() * (self.kernel:dim() == 2 and planes or math.sqrt(planes)))
  self.meanestimator = neighbourhood.estimator(planes, self.kernel)
  self.stdestimator = neighbourhood.estimator(planes, self.kernel, { nn.Square() }):add(nn.Sqrt())
  self.normalizer, self.divider = nn.CDivTable(), nn.CDivTable()
  self.thresholder = nn.Threshold(self.threshold, self.thresval)
  self.coef = torch.Tensor(1, 1, 1)
end

local function fits(coef, stds, input)
  local ndim = input:dim()
  return coef:dim() == stds:dim() and coef:size(ndim) == input:size(ndim) and coef:size(ndim - 1) == input:size(ndim - 1)
    and coef:size(1) == stds:size(1)
end

function SpatialDivisiveNormalization:updateOutput(input)
  self.localstds = self.stdestimator:updateOutput(input)
  if not fits(self.coef, self.localstds, input) then self.coef = neighbourhood.coefficients(self, input) end
  self.adjustedstds = self.divider:updateOutput { self.localstds, self.coef }
  self.thresholdedstds = self.thresholder:updateOutput(self.adjustedstds)
  self.output = self.normalizer:updateOutput { input, self.thresholdedstds }
  return self.output
end

function SpatialDivisiveNormalization:updateGradInput(input, gradOutput)
  local direct, forStds = unpack(self.normalizer:updateGradInput({ input, self.thresholdedstds }, gradOutput))
  local forAdjusted = self.thresholder:updateGradInput(self.adjustedstds, forStds)
  local forLocal = self.divider:updateGradInput({ self.localstds, self.coef }, forAdjusted)[1]
  self.gradInput:resizeAs(input):copy(direct):add(self.stdestimator:updateGradInput(input, forLocal))
  return self.gradInput
end

function SpatialDivisiveNormalization:clearState()
  nn.utils.clear(self, 'ones', '_coef')
  self.coef = torch.Tensor(1, 1, 1):type(self._type)
  self.meanestimator:clearState()
  self.stdestimator:clearState()
  return Module.clearState(self)
end
