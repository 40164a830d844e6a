--- nn.ReLU([inplace = false]): max(x, 0), any shape.
local ReLU, Threshold = torch.class('nn.ReLU', 'nn.Threshold')

function ReLU:__init(inplace)
  Threshold.__init(self, 0, 0, inplace)
end
