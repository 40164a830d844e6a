--- nn.LogSigmoid(): log(1 / (1 + exp(-x))), any shape.
local LogSigmoid, Module = torch.class('nn.LogSigmoid', 'nn.Module')

require('nn.support.elementwise')(LogSigmoid, 'LogSigmoid', { buffer = 'buffer' })

function LogSigmoid:clearState()
  if self.buffer then self.buffer:set() end
  return Module.clearState(self)
end
