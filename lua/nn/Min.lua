--- nn.Min([dimension = 1[, nInputDims]]): the smallest element along a dimension.
local Min, Module = torch.class('nn.Min', 'nn.Module')

require('nn.support.extreme')(Min, Module, 'min')
