--- nn.CAddTable([inplace = false]): the sum of the input table's tensors; in place it goes into the first of them.
local elements = require 'nn.support.elements'

local CAddTable, Module = torch.class('nn.CAddTable', 'nn.Module')

function CAddTable:__init(inplace)
  Module.__init(self)
  self.inplace = inplace
  self.gradInput = {}
end

function CAddTable:updateOutput(input)
  local output, count = self.output, #input
  local added = 1
  if self.inplace then
    output:set(input[1])
  elseif count == 1 then
    output:resizeAs(input[1]):copy(input[1])
  else
    output:add(input[1], 1, input[2])
    added = 2
  end
  for i = added + 1, count do output:add(input[i]) end
  return output
end

function CAddTable:updateGradInput(input, gradOutput)
  local gradients = elements(self, input)
  for i = 1, #input do
    local gradient = gradients[i]
    if self.inplace then
      gradient:set(gradOutput)
    else
      gradient:resizeAs(input[i]):copy(gradOutput)
    end
  end
  return self.gradInput
end
