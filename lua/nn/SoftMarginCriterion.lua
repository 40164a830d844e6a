--- nn.SoftMarginCriterion(): mean (or, with sizeAverage = false, sum) of log(1 + exp(-y x)), y being 1 or -1.
local SoftMarginCriterion, Criterion = torch.class('nn.SoftMarginCriterion', 'nn.Criterion')

function SoftMarginCriterion:__init()
  Criterion.__init(self)
  self.sizeAverage = true
end

require('nn.support.loss')(SoftMarginCriterion, 'SoftMarginCriterion')
