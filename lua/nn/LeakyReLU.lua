--- nn.LeakyReLU([negval = 0.01[, inplace = false]]): x where positive, negval x elsewhere. Any shape.
-- A single boolean argument is the in-place flag.
local LeakyReLU, Module = torch.class('nn.LeakyReLU', 'nn.Module')

function LeakyReLU:__init(negval, inplace)
  Module.__init(self)
  if type(negval) == 'boolean' then negval, inplace = nil, negval end
  self.negval = negval or 1 / 100
  self.inplace = inplace or false
  if self.negval < 0 then self.inplace = false end -- the sign of the input would be lost
end

require('nn.support.elementwise')(LeakyReLU, 'LeakyReLU', {
  arguments = function(self) return self.negval, self.inplace end,
})

function LeakyReLU:__tostring__()
  return ('%s(%g)'):format(torch.type(self), self.negval)
end
