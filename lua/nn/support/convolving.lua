--- convolving(class, kernel, options): gives a convolution class its three directions over one kernel family.
-- options.geometry(module): the numbers of the kernel's argument list; options.buffers: how many work tensors stand before
-- them in each direction ({forward, gradient, accumulate}, 2 unless told).
local utils = require 'nn.utils'

-- names only: layers written for the C library expect these fields, and files written by it hold them
local work_fields = { 'finput', 'fgradInput', '_input', '_gradOutput' }

local convolving = {}

function convolving.define(class, kernel, options)
  local forward, gradient, accumulate =
    kernel .. '_updateOutput', kernel .. '_updateGradInput', kernel .. '_accGradParameters'
  local geometry = options.geometry
  local buffers = options.buffers or { 2, 2, 2 }
  local prepare = options.prepare or function() end

  function class:updateOutput(input)
    prepare(self, input)
    local run = input.THNN[forward]
    if buffers[1] == 1 then
      run(input, self.output, self.weight, self.bias, nil, geometry(self))
    else
      run(input, self.output, self.weight, self.bias, nil, nil, geometry(self))
    end
    return self.output
  end

  function class:updateGradInput(input, gradOutput)
    if not self.gradInput then return end
    prepare(self, input)
    local run = input.THNN[gradient]
    if buffers[2] == 1 then
      run(input, gradOutput, self.gradInput, self.weight, nil, geometry(self))
    else
      run(input, gradOutput, self.gradInput, self.weight, nil, nil, geometry(self))
    end
    return self.gradInput
  end

  function class:accGradParameters(input, gradOutput, scale)
    prepare(self, input)
    local run = input.THNN[accumulate]
    local arguments = { geometry(self) }
    arguments[#arguments + 1] = scale or 1
    if buffers[3] == 1 then
      run(input, gradOutput, self.gradWeight, self.gradBias, nil, unpack(arguments))
    else
      run(input, gradOutput, self.gradWeight, self.gradBias, nil, nil, unpack(arguments))
    end
  end
end

--- Removes the bias and returns the module.
function convolving.no_bias(module)
  module.bias, module.gradBias = nil, nil
  return module
end

--- Drops the work tensors, which belong to the old type.
function convolving.drop_work(module)
  for _, name in ipairs(work_fields) do
    if torch.isTensor(module[name]) then module[name] = torch.Tensor() end
  end
end

function convolving.clear_work(module)
  utils.clear(module, work_fields)
end

--- Gives files of 2014 and before the fields they lack: one `padding` for both axes, no strides.
function convolving.complete(module)
  if not module.padW then
    module.padW = module.padding or 0
    module.padH = module.padding or 0
    module.padding = nil
  end
  module.padH = module.padH or module.padW
  module.dW, module.dH = module.dW or 1, module.dH or 1
end

return convolving
