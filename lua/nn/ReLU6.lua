--- nn.ReLU6([inplace = false]): x held between 0 and 6. Any shape.
local ReLU6, Module = torch.class('nn.ReLU6', 'nn.Module')

function ReLU6:__init(inplace)
  Module.__init(self)
  if inplace ~= nil and type(inplace) ~= 'boolean' then error('in-place flag must be boolean', 2) end
  self.inplace = inplace or false
end

require('nn.support.elementwise')(ReLU6, 'HardTanh', { arguments = function(self) return 0, 6, self.inplace end })
