--- nn.SmoothL1Criterion([sizeAverage = true]): mean (or sum) of d^2 / 2 where |d| < 1, else |d| - 1/2, d = x - y (Girshick, 2015).
local SmoothL1Criterion, Criterion = torch.class('nn.SmoothL1Criterion', 'nn.Criterion')

function SmoothL1Criterion:__init(sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
end

require('nn.support.loss')(SmoothL1Criterion, 'SmoothL1Criterion')
