--- nn.Linear(inputSize, outputSize[, bias = true]): y = W x + b.
-- Input: inputSize, or N x inputSize. Fields: weight (outputSize x inputSize), bias (outputSize).
local initial = require 'nn.support.initial'

local Linear, Module = torch.class('nn.Linear', 'nn.Module')

function Linear:__init(inputSize, outputSize, bias)
  Module.__init(self)
  self.weight = torch.Tensor(outputSize, inputSize)
  self.gradWeight = torch.Tensor(outputSize, inputSize)
  if bias ~= false then
    self.bias = torch.Tensor(outputSize)
    self.gradBias = torch.Tensor(outputSize)
  end
  self:reset()
end

function Linear:noBias()
  self.bias, self.gradBias = nil, nil
  return self
end

function Linear:reset(stdv)
  return initial(self, self.weight:size(2), stdv)
end

--- A vector of ones as long as the batch, for subclasses that add a bias by an outer product.
function Linear:updateAddBuffer(input)
  self.addBuffer = self.addBuffer or input.new()
  local rows = input:size(1)
  if self.addBuffer:nElement() ~= rows then self.addBuffer:resize(rows):fill(1) end
end

function Linear:updateOutput(input)
  input.THNN.Linear_updateOutput(input, self.output, self.weight, self.bias)
  return self.output
end

function Linear:updateGradInput(input, gradOutput)
  if self.gradInput then
    input.THNN.Linear_updateGradInput(input, gradOutput, self.gradInput, self.weight)
    return self.gradInput
  end
end

function Linear:accGradParameters(input, gradOutput, scale)
  input.THNN.Linear_accGradParameters(input, gradOutput, nil, nil, self.bias, self.gradWeight, self.gradBias, nil,
    scale or 1)
end

-- the outer product of shared parameters may as well go straight into them
function Linear:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
end

function Linear:clearState()
  if self.addBuffer then self.addBuffer:set() end
  return Module.clearState(self)
end

function Linear:__tostring__()
  return ('%s(%d -> %d)%s'):format(torch.type(self), self.weight:size(2), self.weight:size(1),
    self.bias and '' or ' without bias')
end
