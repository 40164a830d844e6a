--- nn.MarginCriterion([margin = 1]): mean (or, with sizeAverage = false, sum) of max(0, margin - y x), y being 1 or -1.
local MarginCriterion, Criterion = torch.class('nn.MarginCriterion', 'nn.Criterion')

function MarginCriterion:__init(margin)
  Criterion.__init(self)
  self.sizeAverage = true
  self.margin = margin or 1
end

require('nn.support.loss')(MarginCriterion, 'MarginCriterion', function(self) return self.margin end)
