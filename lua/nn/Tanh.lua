--- nn.Tanh(): hyperbolic tangent, any shape.
local Tanh = torch.class('nn.Tanh', 'nn.Module')

require('nn.support.elementwise')(Tanh, 'Tanh', { output = true })
