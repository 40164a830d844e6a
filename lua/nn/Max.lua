--- nn.Max([dimension = 1[, nInputDims]]): the largest element along a dimension.
local Max, Module = torch.class('nn.Max', 'nn.Module')

require('nn.support.extreme')(Max, Module, 'max')
