--- nn.Sigmoid(): 1 / (1 + exp(-x)), any shape.
local Sigmoid = torch.class('nn.Sigmoid', 'nn.Module')

require('nn.support.elementwise')(Sigmoid, 'Sigmoid', { output = true })
