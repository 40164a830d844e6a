--- nn.Criterion(): base class of every loss: a number `self.output` from input and target, and `self.gradInput`.
local utils = require 'nn.utils'

local Criterion = torch.class('nn.Criterion')

function Criterion:__init()
  self.gradInput = torch.Tensor()
  self.output = 0
end

function Criterion:updateOutput() -- luacheck: ignore 212
end

function Criterion:forward(input, target)
  return self:updateOutput(input, target)
end

function Criterion:backward(input, target)
  return self:updateGradInput(input, target)
end

function Criterion:updateGradInput() -- luacheck: ignore 212
end

function Criterion:clone()
  return require('nn.support.copy')(self)
end

function Criterion:type(type, tensorCache)
  if not type then error('Criterion: must provide a type to convert to', 2) end
  for name, value in pairs(self) do
    self[name] = utils.recursiveType(value, type, tensorCache)
  end
  return self
end

function Criterion:float() return self:type('torch.FloatTensor') end
function Criterion:double() return self:type('torch.DoubleTensor') end
function Criterion:cuda() return self:type('torch.CudaTensor') end
function Criterion:cudaHalf() return self:type('torch.CudaHalfTensor') end
function Criterion:cudaDouble() return self:type('torch.CudaDoubleTensor') end

function Criterion:__call__(input, target)
  self.output = self:forward(input, target)
  self.gradInput = self:backward(input, target)
  return self.output, self.gradInput
end
