--- nn.Add(inputSize[, scalar = false]): adds a learned vector to each sample, or with `scalar` one learned number to everything.
local broadcast = require 'nn.support.broadcast'

local Add, Module = torch.class('nn.Add', 'nn.Module')

function Add:__init(inputSize, scalar)
  Module.__init(self)
  local size = scalar and 1 or inputSize
  self.scalar = scalar
  self.bias, self.gradBias = torch.Tensor(size), torch.Tensor(size)
  self._ones = torch.Tensor { 1 }
  self:reset()
end

function Add:reset(stdv)
  local bound = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.bias:size(1))
  self.bias:uniform(-bound, bound)
end

function Add:updateOutput(input)
  self.output:resizeAs(input):copy(input)
  if self.scalar then return self.output:add(self.bias[1]) end
  return self.output:add(broadcast.expand(self.bias, input))
end

function Add:updateGradInput(_, gradOutput)
  if not self.gradInput then return end
  return self.gradInput:resizeAs(gradOutput):copy(gradOutput)
end

function Add:accGradParameters(_, gradOutput, scale)
  scale = scale or 1
  if self.bias:size(1) == 1 then
    self.gradBias[1] = self.gradBias[1] + scale * gradOutput:sum()
  else
    self.gradBias:add(scale, broadcast.reduce(gradOutput, self.gradBias))
  end
end
