--- nn.Parallel(inputDimension, outputDimension): applies child i to slice i of the input along inputDimension.
-- The results are joined along outputDimension.
local outline = require 'nn.support.outline'

local Parallel, Container = torch.class('nn.Parallel', 'nn.Container')

function Parallel:__init(inputDimension, outputDimension)
  Container.__init(self)
  self.inputDimension = inputDimension
  self.outputDimension = outputDimension
end

function Parallel:updateOutput(input)
  local outputs, size = {}, nil
  for i = 1, input:size(self.inputDimension) do
    local output = self:rethrowErrors(self.modules[i], i, 'updateOutput', input:select(self.inputDimension, i))
    outputs[i] = output
    if size then
      size[self.outputDimension] = size[self.outputDimension] + output:size(self.outputDimension)
    else
      size = output:size()
    end
  end
  self.totalOutputSize = size
  self.output:resize(size)
  local offset = 1
  for _, output in ipairs(outputs) do
    local length = output:size(self.outputDimension)
    self.output:narrow(self.outputDimension, offset, length):copy(output)
    offset = offset + length
  end
  return self.output
end

--- Runs a backward method of every child on its slice of the input and its part of gradOutput.
local function each_slice(self, method, input, gradOutput, number, collect)
  local offset = 1
  for i = 1, input:size(self.inputDimension) do
    local module = self.modules[i]
    local length = module.output:size(self.outputDimension)
    local result = self:rethrowErrors(module, i, method, input:select(self.inputDimension, i),
      gradOutput:narrow(self.outputDimension, offset, length), number)
    if collect then collect(result, i) end
    offset = offset + length
  end
end

function Parallel:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input)
  each_slice(self, 'updateGradInput', input, gradOutput, nil, function(gradient, i)
    self.gradInput:select(self.inputDimension, i):copy(gradient)
  end)
  return self.gradInput
end

function Parallel:accGradParameters(input, gradOutput, scale)
  each_slice(self, 'accGradParameters', input, gradOutput, scale or 1)
end

function Parallel:accUpdateGradParameters(input, gradOutput, learningRate)
  each_slice(self, 'accUpdateGradParameters', input, gradOutput, learningRate)
end

function Parallel:__tostring__()
  return outline.branches(self)
end
