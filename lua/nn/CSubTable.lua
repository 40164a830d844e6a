--- nn.CSubTable(): first tensor of the input table minus the second.
local elements = require 'nn.support.elements'

local CSubTable, Module = torch.class('nn.CSubTable', 'nn.Module')

function CSubTable:__init()
  Module.__init(self)
  self.gradInput = {}
end

function CSubTable:updateOutput(input)
  return self.output:resizeAs(input[1]):copy(input[1]):add(-1, input[2])
end

function CSubTable:updateGradInput(input, gradOutput)
  local gradInput = elements(self, input)
  gradInput[1]:resizeAs(input[1]):copy(gradOutput)
  gradInput[2]:resizeAs(input[2]):copy(gradOutput):mul(-1)
  return gradInput
end
