--- extreme(class, Module, method): the layers Max and Min along a dimension, which disappears from the output.
local dimension_of = require 'nn.support.dimension'

return function(class, Module, method)
  function class:__init(dimension, nInputDims)
    Module.__init(self)
    self.dimension = dimension or 1
    self.nInputDims = nInputDims
  end

  function class:_getPositiveDimension(input)
    return dimension_of(self.dimension, input, self.nInputDims)
  end

  function class:_lazyInit()
    self._output = self._output or self.output.new()
    if not self._indices then
      local cuda = torch.typename(self.output):find('torch%.Cuda')
      self._indices = cuda and (torch.CudaLongTensor or torch.CudaTensor)() or torch.LongTensor()
    end
  end

  function class:updateOutput(input)
    self:_lazyInit()
    local dimension = self:_getPositiveDimension(input)
    torch[method](self._output, self._indices, input, dimension)
    if input:dim() > 1 then return self.output:set(self._output:select(dimension, 1)) end
    return self.output:set(self._output)
  end

  function class:updateGradInput(input, gradOutput)
    self:_lazyInit()
    local dimension = self:_getPositiveDimension(input)
    if input:dim() > 1 then gradOutput = nn.utils.addSingletonDimension(gradOutput, dimension) end
    self.gradInput:resizeAs(input):zero()
    self.gradInput:scatter(dimension, self._indices, gradOutput)
    return self.gradInput
  end

  function class:type(type, tensorCache)
    if type then self._indices = nil end
    return Module.type(self, type, tensorCache)
  end

  function class:clearState()
    nn.utils.clear(self, '_indices', '_output')
    return Module.clearState(self)
  end
end
