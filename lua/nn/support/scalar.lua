--- scalar(class, Module, operation, derivative): a layer that applies one tensor method with a fixed number.
-- The field constant_scalar holds the number (or, for AddConstant, a tensor); inplace overwrites the input.
-- derivative(gradient, constant) turns the gradient of the output into that of the input, in place.
return function(class, Module, operation, derivative, what)
  function class:__init(constant_scalar, inplace)
    Module.__init(self)
    what.check(constant_scalar)
    self.constant_scalar = constant_scalar
    self.inplace = inplace or false
    if type(self.inplace) ~= 'boolean' then error('in-place flag must be boolean', 2) end
  end

  function class:updateOutput(input)
    if self.inplace then
      operation(input, input, self.constant_scalar)
      self.output:set(input)
    else
      self.output:resizeAs(input)
      operation(self.output, input, self.constant_scalar)
    end
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    if self.inplace then
      derivative(gradOutput, gradOutput, self.constant_scalar)
      self.gradInput:set(gradOutput)
      -- what the forward pass overwrote is restored
      what.undo(input, self.constant_scalar)
    else
      self.gradInput:resizeAs(gradOutput)
      derivative(self.gradInput, gradOutput, self.constant_scalar)
    end
    return self.gradInput
  end
end
