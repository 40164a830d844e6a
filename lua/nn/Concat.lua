--- nn.Concat(dim): feeds its input to every child and joins their outputs along dimension `dim`.
local merge = require 'nn.support.merge'
local outline = require 'nn.support.outline'

local Concat, Container = torch.class('nn.Concat', 'nn.Container')

function Concat:__init(dimension)
  Container.__init(self)
  self.outputSize = torch.LongStorage()
  self.dimension = dimension
end

--- The part of `tensor` that a child's output fills, from place `offset` of the joined dimension on.
function Concat:windowNarrow(tensor, childOutput, offset)
  return tensor:narrow(self.dimension, offset, childOutput:size(self.dimension))
end

--- Size of the joined output (LongStorage).
function Concat:joinedSize(outputs)
  local size = outputs[1]:size()
  for i = 2, #outputs do size[self.dimension] = size[self.dimension] + outputs[i]:size(self.dimension) end
  return size
end

function Concat:updateOutput(input)
  local outputs = {}
  for i, module in ipairs(self.modules) do outputs[i] = self:rethrowErrors(module, i, 'updateOutput', input) end
  self.outputSize = self:joinedSize(outputs)
  self.output:resize(self.outputSize)
  local offset = 1
  for _, output in ipairs(outputs) do
    self:windowNarrow(self.output, output, offset):copy(output)
    offset = offset + output:size(self.dimension)
  end
  return self.output
end

--- Runs a backward method of every child on its part of gradOutput; collect(result, index) sees what each returns.
local function each_part(self, method, input, gradOutput, number, collect)
  local offset = 1
  for i, module in ipairs(self.modules) do
    local part = self:windowNarrow(gradOutput, module.output, offset)
    local result = self:rethrowErrors(module, i, method, input, part, number)
    if collect then collect(result, i) end
    offset = offset + module.output:size(self.dimension)
  end
end

local function summed(self, method, input, gradOutput, scale)
  local first = true
  each_part(self, method, input, gradOutput, scale or 1, function(gradient)
    -- a child whose gradInput is switched off contributes nothing
    if gradient then
      self.gradInput = merge(self.gradInput, gradient, first)
      first = false
    end
  end)
  return self.gradInput
end

function Concat:updateGradInput(input, gradOutput)
  return summed(self, 'updateGradInput', input, gradOutput)
end

function Concat:backward(input, gradOutput, scale)
  return summed(self, 'backward', input, gradOutput, scale)
end

function Concat:accGradParameters(input, gradOutput, scale)
  each_part(self, 'accGradParameters', input, gradOutput, scale or 1)
end

function Concat:accUpdateGradParameters(input, gradOutput, learningRate)
  each_part(self, 'accUpdateGradParameters', input, gradOutput, learningRate)
end

function Concat:__tostring__()
  return outline.branches(self)
end
