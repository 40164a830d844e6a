--- elementwise(class, kernel[, options]): gives a class both directions of one kernel of the function table.
-- options.output: the backward kernel wants the forward result; options.buffer: the name of a field that both directions
-- take as a work tensor; options.arguments(module): the kernel's trailing arguments.
local function no_arguments() end

return function(class, kernel, options)
  options = options or {}
  local forward, backward = kernel .. '_updateOutput', kernel .. '_updateGradInput'
  local arguments = options.arguments or no_arguments
  local with_output, buffer = options.output, options.buffer

  function class:updateOutput(input)
    if buffer then
      self[buffer] = self[buffer] or input.new()
      input.THNN[forward](input, self.output, self[buffer], arguments(self))
    else
      input.THNN[forward](input, self.output, arguments(self))
    end
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    if buffer then
      input.THNN[backward](input, gradOutput, self.gradInput, self[buffer], arguments(self))
    elseif with_output then
      input.THNN[backward](input, gradOutput, self.gradInput, self.output, arguments(self))
    else
      input.THNN[backward](input, gradOutput, self.gradInput, arguments(self))
    end
    return self.gradInput
  end
end
