--- nn.AbsCriterion([sizeAverage = true]): mean (or sum) of |x - y|.
local AbsCriterion, Criterion = torch.class('nn.AbsCriterion', 'nn.Criterion')

function AbsCriterion:__init(sizeAverage)
  Criterion.__init(self)
  self.sizeAverage = sizeAverage ~= false
end

require('nn.support.loss')(AbsCriterion, 'AbsCriterion')
