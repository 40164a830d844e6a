--- loss(class, kernel[, arguments]): gives a criterion both directions of one kernel of the function table.
-- arguments(criterion): the kernel's trailing arguments, after sizeAverage.
local function none() end

return function(class, kernel, arguments)
  arguments = arguments or none
  local forward, backward = kernel .. '_updateOutput', kernel .. '_updateGradInput'

  function class:updateOutput(input, target)
    self.output_tensor = self.output_tensor or input.new(1)
    input.THNN[forward](input, target, self.output_tensor, self.sizeAverage, arguments(self))
    self.output = self.output_tensor[1]
    return self.output
  end

  function class:updateGradInput(input, target)
    input.THNN[backward](input, target, self.gradInput, self.sizeAverage, arguments(self))
    return self.gradInput
  end
end
