--- nn.Clamp(min_value, max_value): x held between the two values. Any shape.
local Clamp, HardTanh = torch.class('nn.Clamp', 'nn.HardTanh')

function Clamp:__init(min_value, max_value)
  HardTanh.__init(self, min_value, max_value)
end
