--- nn.MSECriterion([sizeAverage = true]): mean (or sum) of (x - y)^2 over all elements.
local MSECriterion, Criterion = torch.class('nn.MSECriterion', 'nn.Criterion')

function MSECriterion:__init(sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
end

require('nn.support.loss')(MSECriterion, 'MSECriterion')
