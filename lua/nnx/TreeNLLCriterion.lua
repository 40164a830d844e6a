--- nn.TreeNLLCriterion(): minus the mean of the log-likelihoods that an nn.SoftMaxTree gives; the targets are not used.
local TreeNLLCriterion, Criterion = torch.class('nn.TreeNLLCriterion', 'nn.Criterion')

function TreeNLLCriterion:__init()
  Criterion.__init(self)
  self.sizeAverage = true
end

local function rows(input) return input:dim() == 2 and input:select(2, 1) or input end

function TreeNLLCriterion:updateOutput(input)
  local values = rows(input)
  self.output = -values:sum() / (self.sizeAverage and values:size(1) or 1)
  return self.output
end

function TreeNLLCriterion:updateGradInput(input)
  local count = rows(input):size(1)
  if input:dim() == 2 then self.gradInput:resize(count, 1) else self.gradInput:resize(count) end
  self.gradInput:fill(-1 / (self.sizeAverage and count or 1))
  return self.gradInput
end
