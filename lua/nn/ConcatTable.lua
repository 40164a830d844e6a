--- nn.ConcatTable(): feeds its input to every child; the output is the table of their outputs.
local merge = require 'nn.support.merge'
local outline = require 'nn.support.outline'

local ConcatTable, Container = torch.class('nn.ConcatTable', 'nn.Container')

function ConcatTable:__init()
  Container.__init(self)
  self.output = {}
end

function ConcatTable:updateOutput(input)
  for i, module in ipairs(self.modules) do
    self.output[i] = self:rethrowErrors(module, i, 'updateOutput', input)
  end
  return self.output
end

local function summed(self, method, input, gradOutput, scale)
  local first = true
  for i, module in ipairs(self.modules) do
    local gradient = self:rethrowErrors(module, i, method, input, gradOutput[i], scale)
    if gradient and not (type(gradient) == 'table' and next(gradient) == nil) then
      self.gradInput = merge(self.gradInput, gradient, first)
      first = false
    end
  end
  return self.gradInput
end

function ConcatTable:updateGradInput(input, gradOutput)
  return summed(self, 'updateGradInput', input, gradOutput)
end

function ConcatTable:backward(input, gradOutput, scale)
  return summed(self, 'backward', input, gradOutput, scale or 1)
end

function ConcatTable:accGradParameters(input, gradOutput, scale)
  for i, module in ipairs(self.modules) do
    self:rethrowErrors(module, i, 'accGradParameters', input, gradOutput[i], scale or 1)
  end
end

function ConcatTable:accUpdateGradParameters(input, gradOutput, learningRate)
  for i, module in ipairs(self.modules) do
    self:rethrowErrors(module, i, 'accUpdateGradParameters', input, gradOutput[i], learningRate)
  end
end

function ConcatTable:__tostring__()
  return outline.branches(self)
end
