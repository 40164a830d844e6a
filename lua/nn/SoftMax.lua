--- nn.SoftMax(): exp(x) normalised over classes: dimension 1 of 1-D and 3-D input, 2 of 2-D and 4-D (batches).
local SoftMax = torch.class('nn.SoftMax', 'nn.Module')

require('nn.support.elementwise')(SoftMax, 'SoftMax', { output = true })
