--- nn.CMulTable(): the product of the input table's tensors, element by element.
local elements = require 'nn.support.elements'

local CMulTable, Module = torch.class('nn.CMulTable', 'nn.Module')

function CMulTable:__init()
  Module.__init(self)
  self.gradInput = {}
end

function CMulTable:updateOutput(input)
  self.output:resizeAs(input[1]):copy(input[1])
  for i = 2, #input do self.output:cmul(input[i]) end
  return self.output
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
  for i, gradient in ipairs(elements(self, input)) do
    gradient:resizeAs(input[i]):copy(gradOutput)
    for j = 1, #input do
      if j ~= i then gradient:cmul(input[j]) end
    end
  end
  return self.gradInput
end

function CMulTable:clearState()
  if self.tout then self.tout:set() end
  return Module.clearState(self)
end
