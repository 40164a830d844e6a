--- nn.Square(): x^2, any shape.
local Square = torch.class('nn.Square', 'nn.Module')

require('nn.support.elementwise')(Square, 'Square')
