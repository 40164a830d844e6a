--- extreme_table(class, Module, better, fields): the layers CMaxTable and CMinTable.
-- better: the comparison method that says where another tensor beats the best so far; fields: names of the index and value
-- buffers. The gradient goes to the tensor each element came from.
local elements = require 'nn.support.elements'

return function(class, Module, better, index, values)
  function class:__init()
    Module.__init(self)
    self.gradInput = {}
    self[index], self.mask, self[values], self.gradMaxVals = torch.Tensor(), torch.Tensor(), torch.Tensor(), torch.Tensor()
  end

  function class:updateOutput(input)
    self.output:resizeAs(input[1]):copy(input[1])
    self[index]:resizeAs(input[1]):fill(1)
    for i = 2, #input do
      local wins = input[i][better](input[i], self.output)
      self[index]:maskedFill(wins, i)
      self.output:maskedCopy(wins, input[i]:maskedSelect(wins))
    end
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    for i, gradient in ipairs(elements(self, input)) do
      gradient:resizeAs(input[i]):copy(gradOutput)
      gradient:maskedFill(self[index]:ne(i), 0)
    end
    return self.gradInput
  end
end
