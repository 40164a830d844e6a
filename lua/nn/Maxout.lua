--- nn.Maxout(inputSize, outputSize, maxoutNumber[, preprocess]): the largest of maxoutNumber linear maps (Goodfellow et al., 2013).
local Maxout, Sequential = torch.class('nn.Maxout', 'nn.Sequential')

function Maxout:__init(inputSize, outputSize, maxoutNumber, preprocess)
  Sequential.__init(self)
  self:add(nn.Linear(inputSize, outputSize * maxoutNumber))
  self:add(nn.View(maxoutNumber, outputSize):setNumInputDims(1))
  if preprocess then self:add(preprocess) end
  self:add(nn.Max(1, 2))
end
