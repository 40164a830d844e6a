--- nn.SoftShrink([lambda = 0.5]): x moved towards 0 by lambda, 0 where |x| <= lambda. Any shape.
local SoftShrink, Module = torch.class('nn.SoftShrink', 'nn.Module')

function SoftShrink:__init(lambda)
  Module.__init(self)
  self.lambda = lambda or 0.5
end

require('nn.support.elementwise')(SoftShrink, 'SoftShrink', { arguments = function(self) return self.lambda end })
