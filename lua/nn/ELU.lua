--- nn.ELU([alpha = 1[, inplace = false]]): x where positive, alpha (exp(x) - 1) elsewhere (Clevert et al., 2015).
local ELU, Module = torch.class('nn.ELU', 'nn.Module')

function ELU:__init(alpha, inplace)
  Module.__init(self)
  if alpha ~= nil and type(alpha) ~= 'number' then error('ELU: alpha must be a number', 2) end
  self.alpha = alpha or 1
  self.inplace = inplace or false
end

require('nn.support.elementwise')(ELU, 'ELU', {
  output = true,
  arguments = function(self) return self.alpha, self.inplace or false end,
})

function ELU:__tostring__()
  return ('%s (alpha:%f)'):format(torch.type(self), self.alpha)
end
