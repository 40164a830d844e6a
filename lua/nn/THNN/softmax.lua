--- Normalised exponentials along the class dimension, and the gated linear unit.
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten

local kernels = {}

--- ATen's number of an element type, as its ScalarType arguments want it.
local element_type = { ['torch.HalfTensor'] = 5, ['torch.FloatTensor'] = 6, ['torch.DoubleTensor'] = 7,
                       ['torch.CudaHalfTensor'] = 5, ['torch.CudaTensor'] = 6, ['torch.CudaDoubleTensor'] = 7 }

--- 0-based class dimension: classes, N x classes, classes x H x W, or N x classes x H x W.
local function class_dimension(input)
  local ndim = input:dim()
  if ndim == 1 or ndim == 3 then return 0 end
  if ndim == 2 or ndim == 4 then return 1 end
  error(('1D, 2D, 3D or 4D tensor expected, got %dD tensor'):format(ndim), 3)
end

local function declare(name, logarithm, forward, backward)
  kernels[name .. '_updateOutput'] = function(input, output)
    if C.fbl_device(input) < 0 then
      if C.fbl_softmax(output, input, logarithm) ~= 0 then bridge.fail() end
      return
    end
    output:resizeAs(input)
    forward(input, class_dimension(input), false, output)
  end
  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, output)
    if gradOutput:nElement() ~= output:nElement() then
      error(('size mismatch: gradOutput has %d elements, output %d'):format(gradOutput:nElement(), output:nElement()), 2)
    end
    if C.fbl_device(input) < 0 then
      if C.fbl_softmax_input(gradInput, gradOutput, output, logarithm) ~= 0 then bridge.fail() end
      return
    end
    gradInput:resizeAs(output)
    if not gradOutput:isSameSizeAs(output) then gradOutput = gradOutput:contiguous():viewAs(output) end
    backward(gradOutput, output, class_dimension(input), element_type[torch.typename(output)], gradInput)
  end
end

declare('LogSoftMax', 1, aten['_log_softmax.out'], aten['_log_softmax_backward_data.out'])
declare('SoftMax', 0, aten['_softmax.out'], aten['_softmax_backward_data.out'])

--- dim is 1-based and has to have an even size.
local function check_halves(input, dim)
  if input:size(dim) % 2 ~= 0 then
    error(('Halving dimension must be even. Dim %d is size %d'):format(dim, input:size(dim)), 3)
  end
end

function kernels.GatedLinear_updateOutput(input, output, dim)
  check_halves(input, dim)
  local size = input:size()
  size[dim] = size[dim] / 2
  output:resize(size)
  local half = size[dim]
  output:copy(torch.sigmoid(input:narrow(dim, half + 1, half))):cmul(input:narrow(dim, 1, half))
end

function kernels.GatedLinear_updateGradInput(input, gradOutput, gradInput, dim)
  check_halves(input, dim)
  gradInput:resizeAs(input)
  local half = input:size(dim) / 2
  local first, second = input:narrow(dim, 1, half), input:narrow(dim, half + 1, half)
  local gate = torch.sigmoid(second)
  local exact = gate:double()
  gradInput:narrow(dim, half + 1, half):copy((exact * -1):add(1):cmul(exact)):cmul(gradOutput):cmul(first)
  gradInput:narrow(dim, 1, half):cmul(gate, gradOutput)
end

return kernels
