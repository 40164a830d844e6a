--- nn.SpatialSubtractiveNormalization([nInputPlane = 1[, kernel = ones(9, 9)]]): subtracts the weighted mean of the surroundings.
-- The mean goes over window and planes; the kernel (1-D: separable, or 2-D) is normalised in place. Input: C x H x W or batch.
local neighbourhood = require 'nn.support.neighbourhood'

local SpatialSubtractiveNormalization, Module = torch.class('nn.SpatialSubtractiveNormalization', 'nn.Module')

function SpatialSubtractiveNormalization:__init(nInputPlane, kernel)
  Module.__init(self)
  self.nInputPlane = nInputPlane or 1
  self.kernel = kernel or torch.Tensor(9, 9):fill(1)
  neighbourhood.check_kernel(self.kernel, 'SpatialSubtractiveNormalization')
  self.kernel:div(self.kernel:sum() * self.nInputPlane)
  self.meanestimator = neighbourhood.estimator(self.nInputPlane, self.kernel)
  self.subtractor, self.divider = nn.CSubTable(), nn.CDivTable()
  self.coef = torch.Tensor(1, 1, 1)
end

function SpatialSubtractiveNormalization:updateOutput(input)
  if not self._inpsz or not input:isSize(self._inpsz) then
    self._inpsz = input:size()
    self.coef = neighbourhood.coefficients(self, input)
  end
  self.localsums = self.meanestimator:updateOutput(input)
  self.adjustedsums = self.divider:updateOutput { self.localsums, self.coef }
  self.output = self.subtractor:updateOutput { input, self.adjustedsums }
  return self.output
end

function SpatialSubtractiveNormalization:updateGradInput(input, gradOutput)
  local direct, forMean = unpack(self.subtractor:updateGradInput({ input, self.adjustedsums }, gradOutput))
  local forSums = self.divider:updateGradInput({ self.localsums, self.coef }, forMean)[1]
  self.gradInput:resizeAs(input):copy(direct):add(self.meanestimator:updateGradInput(input, forSums))
  return self.gradInput
end

function SpatialSubtractiveNormalization:clearState()
  self._inpsz = nil
  nn.utils.clear(self, 'ones', '_coef')
  self.meanestimator:clearState()
  return Module.clearState(self)
end
