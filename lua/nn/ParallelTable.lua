--- nn.ParallelTable(): applies child i to element i of the input table; the output is the table of results.
local outline = require 'nn.support.outline'

local ParallelTable, Container = torch.class('nn.ParallelTable', 'nn.Container')

function ParallelTable:__init()
  Container.__init(self)
  self.output = {}
  self.gradInput = {}
end

function ParallelTable:updateOutput(input)
  for i, module in ipairs(self.modules) do
    self.output[i] = self:rethrowErrors(module, i, 'updateOutput', input[i])
  end
  return self.output
end

function ParallelTable:updateGradInput(input, gradOutput)
  for i, module in ipairs(self.modules) do
    self.gradInput[i] = self:rethrowErrors(module, i, 'updateGradInput', input[i], gradOutput[i])
  end
  return self.gradInput
end

function ParallelTable:accGradParameters(input, gradOutput, scale)
  for i, module in ipairs(self.modules) do
    self:rethrowErrors(module, i, 'accGradParameters', input[i], gradOutput[i], scale or 1)
  end
end

function ParallelTable:accUpdateGradParameters(input, gradOutput, learningRate)
  for i, module in ipairs(self.modules) do
    self:rethrowErrors(module, i, 'accUpdateGradParameters', input[i], gradOutput[i], learningRate or 1)
  end
end

function ParallelTable:__tostring__()
  return outline.branches(self)
end
