--- nn.CAdd(size… | LongStorage): adds a learned tensor of the given size to each sample; its dimensions of size 1 are repeated.
local broadcast = require 'nn.support.broadcast'

local CAdd, Module = torch.class('nn.CAdd', 'nn.Module')

function CAdd:__init(...)
  Module.__init(self)
  self.size = broadcast.size_argument(...)
  self.bias, self.gradBias = torch.Tensor(self.size), torch.Tensor(self.size)
  self.output:resize(self.size)
  self:reset()
end

function CAdd:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.bias:nElement())
  self.bias:uniform(-bound, bound)
end

function CAdd:updateOutput(input)
  return self.output:resizeAs(input):copy(input):add(broadcast.expand(self.bias, input))
end

function CAdd:updateGradInput(_, gradOutput)
  if not self.gradInput then return end
  return self.gradInput:resizeAs(gradOutput):copy(gradOutput)
end

function CAdd:accGradParameters(_, gradOutput, scale)
  self.gradBias:add(scale or 1, broadcast.reduce(gradOutput, self.gradBias))
end

function CAdd:type(type, tensorCache)
  if type then self:clearState() end
  return Module.type(self, type, tensorCache)
end

function CAdd:clearState()
  nn.utils.clear(self, '_gradBias', '_expand', '_output', '_bias', '_repeat')
  return Module.clearState(self)
end
