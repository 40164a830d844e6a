--- nn.CDivTable(): first tensor of the input table divided by the second, element by element.
local elements = require 'nn.support.elements'

local CDivTable, Module = torch.class('nn.CDivTable', 'nn.Module')

function CDivTable:__init()
  Module.__init(self)
  self.gradInput = {}
end

function CDivTable:updateOutput(input)
  return self.output:resizeAs(input[1]):copy(input[1]):cdiv(input[2])
end

function CDivTable:updateGradInput(input, gradOutput)
  local gradInput = elements(self, input)
  gradInput[1]:resizeAs(input[1]):copy(gradOutput):cdiv(input[2])
  gradInput[2]:resizeAs(input[2]):copy(gradInput[1]):cdiv(input[2]):cmul(input[1]):mul(-1)
  return gradInput
end
