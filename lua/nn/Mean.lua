--- nn.Mean([dimension = 1[, nInputDims]]): mean along a dimension.
local Mean, Sum = torch.class('nn.Mean', 'nn.Sum')

function Mean:__init(dimension, nInputDims)
  Sum.__init(self, dimension, nInputDims, true)
end
