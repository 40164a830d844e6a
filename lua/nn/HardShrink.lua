--- nn.HardShrink([lambda = 0.5]): x where |x| > lambda, else 0. Any shape.
local HardShrink, Module = torch.class('nn.HardShrink', 'nn.Module')

function HardShrink:__init(lambda)
  if lambda ~= nil and type(lambda) ~= 'number' then error('HardShrink: lambda must be a number', 2) end
  Module.__init(self)
  self.lambda = lambda or 0.5
end

require('nn.support.elementwise')(HardShrink, 'HardShrink', { arguments = function(self) return self.lambda end })
