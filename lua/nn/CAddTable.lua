--- nn.CAddTable([inplace = false]): the sum of the input table's tensors; in place it goes into the first of them.
local elements = require 'nn.support.elements'

local CAddTable, Module = torch.class('nn.CAddTable', 'nn.Module')

function CAddTable:__init(inplace)
  Module.__init(self)
  self.inplace = inplace
  self.gradInput = {}
end

function CAddTable:updateOutput(input)
  if self.inplace then
    self.output:set(input[1])
  else
    self.output:resizeAs(input[1]):copy(input[1])
  end
  for i = 2, #input do self.output:add(input[i]) end
  return self.output
end

function CAddTable:updateGradInput(input, gradOutput)
  for i, gradient in ipairs(elements(self, input)) do
    if self.inplace then
      gradient:set(gradOutput)
    else
      gradient:resizeAs(input[i]):copy(gradOutput)
    end
  end
  return self.gradInput
end
