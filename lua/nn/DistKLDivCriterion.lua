--- nn.DistKLDivCriterion(): mean (or, with sizeAverage = false, sum) of y (log y - x) over y > 0; x holds log-probabilities.
local DistKLDivCriterion, Criterion = torch.class('nn.DistKLDivCriterion', 'nn.Criterion')

function DistKLDivCriterion:__init()
  Criterion.__init(self)
  self.sizeAverage = true
end

local function check(input, target)
  if input:dim() ~= target:dim() or not input:isSameSizeAs(target) then
    error('input and target should have the same size', 3)
  end
end

local kernels = {}
require('nn.support.loss')(kernels, 'DistKLDivCriterion')

function DistKLDivCriterion:updateOutput(input, target)
  check(input, target)
  return kernels.updateOutput(self, input, target)
end

function DistKLDivCriterion:updateGradInput(input, target)
  check(input, target)
  return kernels.updateGradInput(self, input, target)
end
