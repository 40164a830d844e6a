--- nn.CMulTable(): the product of the input table's tensors, element by element.
local elements = require 'nn.support.elements'

local CMulTable, Module = torch.class('nn.CMulTable', 'nn.Module')

function CMulTable:__init()
  Module.__init(self)
  self.gradInput = {}
end

function CMulTable:updateOutput(input)
  local output, count = self.output, #input
  if count == 1 then return output:resizeAs(input[1]):copy(input[1]) end
  output:cmul(input[1], input[2])
  for i = 3, count do output:cmul(input[i]) end
  return output
end

--- Divides the output by each input: fewer products for many inputs, but wrong where an input is 0.
function CMulTable:updateGradInput_efficient(input, gradOutput)
  self.tout = (self.tout or input[1].new()):resizeAs(self.output)
  for i, gradient in ipairs(elements(self, input)) do
    gradient:resizeAs(input[i]):copy(gradOutput):cmul(self.tout:copy(self.output):cdiv(input[i]))
  end
  return self.gradInput
end

function CMulTable:updateGradInput(input, gradOutput)
  local gradients = elements(self, input)
  if #input == 2 and input[1]:isSameSizeAs(input[2]) then
    -- in one pass each: recurrent cells are full of these
    gradients[1]:cmul(input[2], gradOutput)
    gradients[2]:cmul(input[1], gradOutput)
    return gradients
  end
  for i, gradient in ipairs(gradients) do
    gradient:resizeAs(input[i]):copy(gradOutput)
    for j = 1, #input do
      if j ~= i then gradient:cmul(input[j]) end
    end
  end
  return gradients
end

function CMulTable:clearState()
  if self.tout then self.tout:set() end
  return Module.clearState(self)
end
