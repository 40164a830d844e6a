--- nn.Bilinear(inputSize1, inputSize2, outputSize[, bias = true]): y_k = x1' W_k x2 + b_k.
-- Input: {N x inputSize1, N x inputSize2}; output: N x outputSize. weight: outputSize x inputSize1 x inputSize2.
local initial = require 'nn.support.initial'

local Bilinear, Module = torch.class('nn.Bilinear', 'nn.Module')

function Bilinear:__assertInput(input)
  if torch.type(input) ~= 'table' or #input ~= 2 then
    error('input should be a table containing two data Tensors', 3)
  end
  local first, second = input[1], input[2]
  if first:dim() ~= 2 or second:dim() ~= 2 then error('input Tensors should be two-dimensional', 3) end
  if first:size(1) ~= second:size(1) then
    error('input Tensors should have the same number of rows (instances)', 3)
  end
  if first:size(2) ~= self.weight:size(2) then error('dimensionality of first input is erroneous', 3) end
  if second:size(2) ~= self.weight:size(3) then error('dimensionality of second input is erroneous', 3) end
end

function Bilinear:__assertInputGradOutput(input, gradOutput)
  if input[1]:size(1) ~= gradOutput:size(1) then error('number of rows in gradOutput does not match input', 3) end
  if gradOutput:size(2) ~= self.weight:size(1) then
    error('number of columns in gradOutput does not output size of layer', 3)
  end
end

function Bilinear:__init(inputSize1, inputSize2, outputSize, bias)
  for _, size in ipairs { inputSize1 or false, inputSize2 or false, outputSize or false } do
    if type(size) ~= 'number' or size <= 0 or size % 1 ~= 0 then
      error('inputSize1 and inputSize2 and outputSize should be positive integer numbers', 2)
    end
  end
  Module.__init(self)
  self.weight = torch.Tensor(outputSize, inputSize1, inputSize2)
  self.gradWeight = torch.Tensor(outputSize, inputSize1, inputSize2)
  if bias ~= false then
    self.bias, self.gradBias = torch.Tensor(outputSize), torch.Tensor(outputSize)
  end
  self.gradInput = { torch.Tensor(), torch.Tensor() }
  self:reset()
end

function Bilinear:reset(stdv)
  if stdv and (type(stdv) ~= 'number' or stdv <= 0) then
    error('standard deviation should be a positive number', 2)
  end
  return initial(self, self.weight:size(2), stdv)
end

local function column(matrix, k, like)
  return matrix:narrow(2, k, 1):expandAs(like)
end

function Bilinear:updateOutput(input)
  self:__assertInput(input)
  local first, second = input[1], input[2]
  self.buff2 = (self.buff2 or second.new()):resizeAs(second)
  self.output:resize(first:size(1), self.weight:size(1))
  for k = 1, self.weight:size(1) do
    self.buff2:mm(first, self.weight[k]):cmul(second)
    self.output:select(2, k):copy(self.buff2:sum(2))
  end
  if self.bias then self.output:add(self.bias:view(1, self.bias:size(1)):expandAs(self.output)) end
  return self.output
end

function Bilinear:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  self:__assertInputGradOutput(input, gradOutput)
  for i = 1, 2 do
    self.gradInput[i] = (self.gradInput[i] or input[i].new()):resizeAs(input[i]):zero()
  end
  self.buff1 = (self.buff1 or input[1].new()):resizeAs(input[1])
  self.buff2 = (self.buff2 or input[2].new()):resizeAs(input[2])
  for k = 1, self.weight:size(1) do
    self.gradInput[1]:add(self.buff1:mm(input[2], self.weight[k]:t()):cmul(column(gradOutput, k, self.buff1)))
    self.gradInput[2]:add(self.buff2:mm(input[1], self.weight[k]):cmul(column(gradOutput, k, self.buff2)))
  end
  return self.gradInput
end

function Bilinear:accGradParameters(input, gradOutput, scale)
  self:__assertInputGradOutput(input, gradOutput)
  scale = scale or 1
  self.buff1 = (self.buff1 or input[1].new()):resizeAs(input[1])
  for k = 1, self.weight:size(1) do
    self.buff1:cmul(input[1], column(gradOutput, k, input[1]))
    self.gradWeight[k]:addmm(scale, self.buff1:t(), input[2])
  end
  if self.bias then self.gradBias:add(scale, gradOutput:sum(1)) end
end

-- the products may go straight into shared parameters
function Bilinear:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
end

function Bilinear:clearState()
  for _, buffer in ipairs { self.buff1 or false, self.buff2 or false } do
    if buffer then buffer:set() end
  end
  return Module.clearState(self)
end

function Bilinear:__tostring__()
  return ('%s(%dx%d -> %d) %s'):format(torch.type(self), self.weight:size(2), self.weight:size(3), self.weight:size(1),
    self.bias and '' or ' without bias')
end
