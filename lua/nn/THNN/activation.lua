--- Element-wise functions of the table, over ATen's pointwise operators. Any shape; result tensors take the input's size.
local bridge = require 'bridge'
local pointwise = require 'nn.THNN.pointwise'

local C, aten = bridge.C, bridge.aten

local as = pointwise.as
local kernels = {}
local declare = pointwise.declarer(kernels)

local function both(position) return { forward = position, backward = position } end

local abs, copysign = aten['abs.out'], aten['copysign.out']
declare('Abs', function(input, output) abs(input, output) end,
  function(input, gradOutput, gradInput)
    gradInput:fill(1)
    copysign(gradInput, as(input, gradInput), gradInput)
    gradInput:cmul(gradOutput)
  end)

local hardshrink, hardshrink_backward = aten['hardshrink.out'], aten['hardshrink_backward.grad_input']
declare('HardShrink', function(input, output, lambda) hardshrink(input, lambda, output) end,
  function(input, gradOutput, gradInput, lambda)
    hardshrink_backward(gradOutput, as(input, gradOutput), lambda, gradInput)
  end)

local softshrink, softshrink_backward = aten['softshrink.out'], aten['softshrink_backward.grad_input']
declare('SoftShrink', function(input, output, lambda) softshrink(input, lambda, output) end,
  function(input, gradOutput, gradInput, lambda)
    softshrink_backward(gradOutput, as(input, gradOutput), lambda, gradInput)
  end)

local hardtanh, hardtanh_backward = aten['hardtanh.out'], aten['hardtanh_backward.grad_input']
declare('HardTanh', function(input, output, low, high) hardtanh(input, low, high, output) end,
  function(input, gradOutput, gradInput, low, high)
    hardtanh_backward(gradOutput, as(input, gradOutput), low, high, gradInput)
  end, both(3))

local leaky_relu, leaky_relu_backward = aten['leaky_relu.out'], aten['leaky_relu_backward.grad_input']
declare('LeakyReLU', function(input, output, slope) leaky_relu(input, slope, output) end,
  function(input, gradOutput, gradInput, slope)
    leaky_relu_backward(gradOutput, as(input, gradOutput), slope, false, gradInput)
  end, both(2))

--- A function of the bridge whose gradient it knows from the result.
local function declare_direct(name, number, backward)
  declare(name,
    function(input, output)
      if C.fbl_unary(number, output, input) ~= 0 then bridge.fail() end
    end,
    function(_, gradOutput, gradInput, output)
      if C.fbl_device(gradOutput) >= 0 then
        backward(gradOutput, as(output, gradOutput), gradInput)
      elseif C.fbl_unary_input(number, gradInput, gradOutput, output) ~= 0 then
        bridge.fail()
      end
    end)
end

declare_direct('Sigmoid', C.FBL_SIGMOID, aten['sigmoid_backward.grad_input'])
declare_direct('Tanh', C.FBL_TANH, aten['tanh_backward.grad_input'])

local threshold, threshold_backward = aten['threshold.out'], aten['threshold_backward.grad_input']
declare('Threshold', function(input, output, limit, value) threshold(input, limit, value, output) end,
  function(input, gradOutput, gradInput, limit)
    threshold_backward(gradOutput, as(input, gradOutput), limit, gradInput)
  end, both(3))

local square = aten['square.out']
declare('Square', function(input, output) square(input, output) end,
  function(input, gradOutput, gradInput) gradInput:cmul(as(input, gradOutput), gradOutput):mul(2) end)

-- the derivative at 0 is taken as 0, and eps is accepted and unused, as in the original
declare('Sqrt', function(input, output) output:sqrt(input) end,
  function(_, gradOutput, gradInput, output)
    output = as(output, gradOutput)
    gradInput:cdiv(gradOutput, output):mul(0.5)
    gradInput:maskedFill(output:eq(0), 0)
  end)

--- The PReLU slope in a shape that lies along the plane dimension (2, or 1 of a single sample) of `input`.
local function slopes(weight, input, nOutputPlane)
  if nOutputPlane == 0 then return weight end
  local ndim = input:dim()
  local size = torch.LongStorage(ndim):fill(1)
  local plane = ndim % 2 == 0 and 2 or 1 -- 2-D and 4-D inputs are batches
  if input:size(plane) ~= nOutputPlane then
    error(('wrong number of input planes: %d expected, got %d'):format(nOutputPlane, input:size(plane)), 3)
  end
  size[plane] = nOutputPlane
  return weight:view(size)
end

local prelu, prelu_backward = aten._prelu_kernel, aten._prelu_kernel_backward
function kernels.PReLU_updateOutput(input, output, weight, nOutputPlane)
  output:set(prelu(input, slopes(weight, input, nOutputPlane)))
end

function kernels.PReLU_updateGradInput(input, gradOutput, gradInput, weight, nOutputPlane)
  local gradient = prelu_backward(as(gradOutput, input), input, slopes(weight, input, nOutputPlane))
  gradInput:set(gradient)
end

function kernels.PReLU_accGradParameters(input, gradOutput, _, weight, gradWeight, _, _, nOutputPlane, scale)
  local shaped = slopes(weight, input, nOutputPlane)
  local _, gradient = prelu_backward(as(gradOutput, input), input, shaped)
  if nOutputPlane == 0 then
    gradWeight:add(scale * gradient:sum())
    return
  end
  for d = 1, input:dim() do
    if shaped:size(d) == 1 then gradient = gradient:sum(d) end
  end
  gradWeight:add(scale, gradient:view(gradWeight:size()))
end

-- One uniform draw from Torch's generator for each element that is not positive, in row-major order.
local function randomise_slopes(input, noise, lower, upper, generator)
  noise:resizeAs(input):fill(1)
  local negative = input:le(0)
  local count = negative:sum()
  if count == 0 then return end
  local drawn = noise.new(count)
  if generator then drawn:uniform(generator, lower, upper) else drawn:uniform(lower, upper) end
  noise:maskedCopy(negative, drawn)
end

function kernels.RReLU_updateOutput(input, output, noise, lower, upper, train, inplace, generator)
  local target = inplace and input or output:resizeAs(input)
  if train then
    randomise_slopes(input, noise, lower, upper, generator)
    target:cmul(input, noise)
  else
    leaky_relu(input, (lower + upper) / 2, target)
  end
  if inplace then output:set(input) end
end

function kernels.RReLU_updateGradInput(input, gradOutput, gradInput, noise, lower, upper, train, inplace)
  local target = inplace and gradOutput or gradInput:resizeAs(gradOutput)
  -- with equal bounds the slope is constant and the noise tells nothing
  if train and upper - lower > 1e-6 then
    target:cmul(gradOutput, noise)
  else
    leaky_relu_backward(gradOutput, as(input, gradOutput), (lower + upper) / 2, false, target)
  end
  if inplace then gradInput:set(gradOutput) end
end

return kernels
