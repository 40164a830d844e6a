--- Activations made of exponentials. As in Torch7 they are computed in double precision, and results are rounded where the
-- original kept them in the tensor's own type; logs of long runs hang on it.
local aten = require('bridge').aten
local pointwise = require 'nn.THNN.pointwise'

local as = pointwise.as
local kernels = {}
local declare = pointwise.declarer(kernels)

-- A new tensor of doubles.
local function doubles(tensor)
  local converted = tensor:double()
  return converted == tensor and tensor:clone() or converted
end

-- A number as elements of `tensor` hold it.
local function rounded(tensor, number) return tensor.new(1):fill(number)[1] end

-- Where `values` (of the type of `tensor`) are beyond the limit, gives `result` the elements of `tensor`.
local function keep_beyond(result, values, limit, tensor)
  local beyond = values:gt(limit)
  if beyond:sum() > 0 then result:maskedCopy(beyond, tensor:double():maskedSelect(beyond)) end
end

local elu_backward = aten['elu_backward.grad_input']
declare('ELU',
  function(input, output, alpha)
    local exact = doubles(input)
    -- One of the two parts is always 0.
    local below = exact:clone():cmin(0):exp():add(-1):mul(rounded(input, alpha))
    output:copy(below:add(exact:cmax(0)))
  end,
  function(_, gradOutput, gradInput, output, alpha)
    elu_backward(gradOutput, alpha, 1, 1, true, as(output, gradOutput), gradInput)
  end, { forward = 2, backward = 3 })

declare('LogSigmoid',
  function(input, output, buffer)
    local exact = doubles(input)
    local most = exact:clone():mul(-1):cmax(0)
    local sum = torch.exp(-most):add(torch.exp((exact + most):mul(-1)))
    buffer:resizeAs(input):copy(sum)
    -- The sum was kept in the tensor's type.
    output:copy(doubles(buffer):log():add(most):mul(-1))
  end,
  function(input, gradOutput, gradInput, buffer)
    local sum = doubles(as(buffer, gradOutput))
    local share = (sum - 1):cdiv(sum)
    local negative = doubles(as(input, gradOutput):lt(0))
    -- share for inputs from 0, 1 - share for negative ones
    gradInput:copy(share:cmul(negative:clone():mul(-2):add(1)):add(negative))
    gradInput:cmul(gradOutput)
  end)

declare('SoftPlus',
  function(input, output, beta, threshold)
    beta, threshold = rounded(input, beta), rounded(input, threshold)
    local scaled = input * beta
    local result = doubles(scaled):exp():log1p():div(beta)
    keep_beyond(result, scaled, threshold, input)
    output:copy(result)
  end,
  function(_, gradOutput, gradInput, output, beta, threshold)
    output = as(output, gradOutput)
    beta, threshold = rounded(output, beta), rounded(output, threshold)
    local scaled = output * beta
    local power = gradInput.new():resizeAs(output):copy(doubles(scaled):exp())
    local exact = doubles(power)
    local result = doubles(gradOutput):cmul(exact - 1):cdiv(exact)
    keep_beyond(result, scaled, threshold, gradOutput)
    gradInput:copy(result)
  end)

return kernels
