--- nn.LogSoftMax(): log of the softmax over classes: dimension 1 of 1-D and 3-D input, 2 of 2-D and 4-D (batches).
local LogSoftMax = torch.class('nn.LogSoftMax', 'nn.Module')

require('nn.support.elementwise')(LogSoftMax, 'LogSoftMax', { output = true })
