--- What pooling layers have in common.
local window = {}

--- Puts a LongTensor (on the GPU its CUDA kind) for indices into self.indices.
function window.prepare_indices(module, input)
  local indices = module.indices or torch.LongTensor()
  if torch.typename(input):find('torch%.Cuda') then
    indices = torch.CudaLongTensor and indices:cudaLong() or indices
  else
    indices = indices:long()
  end
  module.indices = indices
  return indices
end

--- Gives a class the switches between rounding output extents up and down; both return the module.
function window.rounding(class)
  function class:ceil()
    self.ceil_mode = true
    return self
  end

  function class:floor()
    self.ceil_mode = false
    return self
  end
end

--- Gives a max-pooling class its directions over one kernel; geometry(module) lists the kernel's numbers.
-- remember(module, input) keeps the input extents that unpooling asks for.
function window.max_pooling(class, kernel, remember, geometry)
  local forward, gradient = kernel .. '_updateOutput', kernel .. '_updateGradInput'

  function class:updateOutput(input)
    local indices = window.prepare_indices(self, input)
    remember(self, input)
    input.THNN[forward](input, self.output, indices, geometry(self))
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    input.THNN[gradient](input, gradOutput, self.gradInput, self.indices, geometry(self))
    return self.gradInput
  end
end

--- Gives a class `empty` (the old name of clearState), and a clearState that also empties the indices.
function window.clearing(class, Module)
  function class:empty()
    self:clearState()
  end

  function class:clearState()
    if self.indices then self.indices:set() end
    return Module.clearState(self)
  end
end

return window
