--- nn.Abs(): |x|, any shape.
local Abs = torch.class('nn.Abs', 'nn.Module')

require('nn.support.elementwise')(Abs, 'Abs')
