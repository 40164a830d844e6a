--- nn.CMul(size… | LongStorage): multiplies each sample by a learned tensor; its dimensions of size 1 are repeated.
local broadcast = require 'nn.support.broadcast'

local CMul, Module = torch.class('nn.CMul', 'nn.Module')

function CMul:__init(...)
  Module.__init(self)
  self.size = broadcast.size_argument(...)
  self.weight, self.gradWeight = torch.Tensor(self.size), torch.Tensor(self.size)
  self.output:resize(self.size)
  self:reset()
end

function CMul:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.weight:nElement())
  self.weight:uniform(-bound, bound)
end

function CMul:updateOutput(input)
  return self.output:resizeAs(input):copy(input):cmul(broadcast.expand(self.weight, input))
end

function CMul:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  return self.gradInput:resizeAs(input):copy(gradOutput):cmul(broadcast.expand(self.weight, input))
end

function CMul:accGradParameters(input, gradOutput, scale)
  self._product = (self._product or input.new()):resizeAs(input):cmul(input, gradOutput)
  self.gradWeight:add(scale or 1, broadcast.reduce(self._product, self.gradWeight))
end

function CMul:type(type, tensorCache)
  if type then self:clearState() end
  return Module.type(self, type, tensorCache)
end

function CMul:clearState()
  nn.utils.clear(self, '_product', '_input', '_output', '_weight', '_gradWeight', '_expand', '_repeat', '_sum')
  return Module.clearState(self)
end
