--- nn.HardTanh([min_value = -1[, max_value = 1[, inplace = false]]]): x held between the two values. Any shape.
local HardTanh, Module = torch.class('nn.HardTanh', 'nn.Module')

function HardTanh:__init(min_value, max_value, inplace)
  Module.__init(self)
  self.min_val = min_value or -1
  self.max_val = max_value or 1
  self.inplace = inplace or false
  if type(self.inplace) ~= 'boolean' then error('HardTanh: in-place flag must be boolean', 2) end
  if self.max_val <= self.min_val then error('max_value must be larger than min_value', 2) end
end

require('nn.support.elementwise')(HardTanh, 'HardTanh', {
  -- files older than the bounds hold neither
  arguments = function(self) return self.min_val or -1, self.max_val or 1, self.inplace or false end,
})
