--- nn.SoftPlus([beta = 1]): log(1 + exp(beta x)) / beta, any shape; linear where beta x exceeds 20.
local SoftPlus, Module = torch.class('nn.SoftPlus', 'nn.Module')

function SoftPlus:__init(beta)
  Module.__init(self)
  self.beta = beta or 1
  self.threshold = 20
end

require('nn.support.elementwise')(SoftPlus, 'SoftPlus', {
  output = true,
  arguments = function(self) return self.beta, self.threshold end,
})
