--- Checks of nn modules: gradients against finite differences, minibatches against single samples, types.
require 'nn'
local tablex = require 'pl.tablex'

local checks = {}

local PERTURBATION, PRECISION = 1e-6, 1e-5

-- Applies a function to a tensor, or to every tensor in nested tables; other values stay.
local function each(value, fn)
  if torch.isTensor(value) then return fn(value) end
  if type(value) ~= 'table' then return value end
  local result = {}
  for key, item in pairs(value) do result[key] = each(item, fn) end
  return result
end

-- All tensors in nested tables, in the order of the keys.
local function tensors(value, list)
  list = list or {}
  if torch.isTensor(value) then
    list[#list + 1] = value
  elseif type(value) == 'table' then
    for _, item in tablex.sort(value, function(a, b) return tostring(a) < tostring(b) end) do tensors(item, list) end
  end
  return list
end

local function copy(value) return each(value, function(t) return t:clone() end) end

local function inner(a, b)
  local sum, others = 0, tensors(b)
  for i, tensor in ipairs(tensors(a)) do sum = sum + torch.cmul(tensor, others[i]):sum() end
  return sum
end

-- Largest difference between a gradient and the slope of `loss` along each element of a tensor.
local function worst(tensor, gradient, loss)
  local values, slopes = tensor:view(-1), gradient:contiguous():view(-1)
  local difference = 0
  for i = 1, values:size(1) do
    local before = values[i]
    values[i] = before + PERTURBATION
    local above = loss()
    values[i] = before - PERTURBATION
    local below = loss()
    values[i] = before
    difference = math.max(difference, math.abs((above - below) / (2 * PERTURBATION) - slopes[i]))
  end
  return difference
end

--- Compares the gradients of a module, for its input and its parameters, with finite differences in double precision.
function checks.checkGradients(tester, module, input, precision)
  precision = precision or PRECISION
  module = module:clone():double()
  input = each(input, function(t) return t:double():contiguous():clone() end)
  local weights = each(module:forward(input), function(t) return torch.randn(t:size()) end)
  module:zeroGradParameters()
  local gradient = copy(module:backward(input, weights))
  local parameters, slopes = module:parameters()
  slopes = slopes and copy(slopes)
  local function loss() return inner(module:forward(input), weights) end

  local gradients = tensors(gradient)
  for i, tensor in ipairs(tensors(input)) do
    tester:assertlt(worst(tensor, gradients[i], loss), precision, 'error on the gradient for input ' .. i)
  end
  for i, parameter in ipairs(parameters or {}) do
    tester:assertlt(worst(parameter, slopes[i], loss), precision, 'error on the gradient for parameter ' .. i)
  end
end

--- Checks that a minibatch gives what its samples give one by one, forward and backward.
function checks.checkMinibatch(tester, module, input, precision)
  precision = precision or PRECISION
  module = module:clone():double()
  input = each(input, function(t) return t:double() end)
  local output = copy(module:forward(input))
  local weights = each(output, function(t) return torch.randn(t:size()) end)
  local gradient = copy(module:backward(input, weights))
  for sample = 1, tensors(input)[1]:size(1) do
    local function pick(t) return t[sample]:clone() end
    local one = each(input, pick)
    local wanted = tensors(each(output, pick))
    for i, tensor in ipairs(tensors(module:forward(one))) do
      tester:assertTensorEq(tensor, wanted[i], precision, 'output of sample ' .. sample)
    end
    wanted = tensors(each(gradient, pick))
    for i, tensor in ipairs(tensors(module:backward(one, each(weights, pick)))) do
      tester:assertTensorEq(tensor, wanted[i], precision, 'gradient of sample ' .. sample)
    end
  end
end

--- Checks that parameters that share a storage still do after a conversion of the module's type.
function checks.checkTypePreservesSharing(tester, module)
  local parameters = module:parameters() or {}
  local shared = {}
  for i, parameter in ipairs(parameters) do shared[i] = torch.pointer(parameter:storage()) end
  module:float():double()
  for i, parameter in ipairs(module:parameters() or {}) do
    for j = 1, i - 1 do
      tester:asserteq(torch.pointer(parameter:storage()) == torch.pointer(module:parameters()[j]:storage()),
        shared[i] == shared[j], ('parameters %d and %d share their storage after a conversion'):format(j, i))
    end
  end
end

-- Output and gradient of the input, for gradients of the output that are all ones.
local function results(module, input)
  local output = copy(module:forward(input))
  return output, copy(module:backward(input, each(output, function(t) return t:clone():fill(1) end)))
end

local function compare(tester, found, wanted, precision, what)
  local others = tensors(wanted)
  for i, tensor in ipairs(tensors(found)) do
    tester:assertTensorEq(tensor, others[i], precision, ('%s %d'):format(what, i))
  end
end

--- Checks that a module that was written and read again computes the same.
function checks.checkSerializable(tester, module, input, precision)
  precision = precision or PRECISION
  local read = torch.deserialize(torch.serialize(module))
  tester:asserteq(torch.type(read), torch.type(module), 'class of the module that was read')
  for _, copied in ipairs { module, read } do copied:evaluate() end -- random layers would differ
  local output, gradient = results(module, input)
  local output_read, gradient_read = results(read, input)
  module:training()
  compare(tester, output_read, output, precision, 'output of the module that was read,')
  compare(tester, gradient_read, gradient, precision, 'gradient of the module that was read,')
end

--- Checks that a module computes the same after a conversion to another type (float by default) and back.
function checks.checkTypeCastable(tester, module, input, type_name, precision)
  type_name, precision = type_name or 'torch.FloatTensor', precision or 1e-3
  local original = tensors(input)[1]:type()
  local function convert(value, to) return each(value, function(t) return t:type(to) end) end
  local plain, converted = module:clone(), module:clone()
  plain:evaluate()
  converted:evaluate()
  local output, gradient = results(plain, input)
  converted:type(type_name)
  local output_there, gradient_there = results(converted, convert(input, type_name))
  for _, tensor in ipairs(tensors(output_there)) do tester:asserteq(tensor:type(), type_name, 'type of the output') end
  compare(tester, convert(output_there, original), output, precision, 'output after the conversion,')
  compare(tester, convert(gradient_there, original), gradient, precision, 'gradient after the conversion,')
  converted:type(original)
  compare(tester, (results(converted, input)), output, precision, 'output after the conversion back,')
end

return checks
