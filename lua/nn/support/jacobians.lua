--- Comparison of a module's gradients with finite differences: nn.Jacobian for dense input, nn.SparseJacobian for sparse.
-- variables(input): the 1-D tensor of input elements to vary; gradients(gradInput): their gradients, in the same order.

local function flat(tensor)
  return tensor.new(tensor):resize(tensor:nElement())
end

--- Calls visit(i, gradOutput) for each element of the output, gradOutput being 1 there and 0 elsewhere.
local function each_output(module, input, visit)
  module:forward(input)
  local gradOutput = module.output.new():resizeAs(module.output)
  local elements = gradOutput.new(gradOutput:storage(), 1, gradOutput:nElement())
  for i = 1, elements:nElement() do
    gradOutput:zero()
    elements[i] = 1
    visit(i, gradOutput)
  end
  return elements:nElement()
end

--- Columns gathered one by one into a matrix.
local function gather(columns)
  local matrix = torch.Tensor(columns[1]:nElement(), #columns)
  for i, column in ipairs(columns) do matrix:select(2, i):copy(column) end
  return matrix
end

return function(variables, gradients)
  local Jacobian = {}

  --- d output / d input, or d output / d param (whose gradient is dparam), by backward passes: variables x outputs.
  function Jacobian.backward(module, input, param, dparam)
    local columns = {}
    each_output(module, input, function(i, gradOutput)
      module:zeroGradParameters()
      local gradient = module:updateGradInput(input, gradOutput)
      module:accGradParameters(input, gradOutput)
      columns[i] = (param and dparam or gradients(gradient)):clone()
    end)
    return gather(columns)
  end

  --- What accUpdateGradParameters makes of `param` for each output element, from the same starting point.
  function Jacobian.backwardUpdate(module, input, param)
    local parameters, originals, columns = module:parameters(), {}, {}
    for j, tensor in ipairs(parameters) do originals[j] = tensor:clone() end
    local function restore()
      for j, tensor in ipairs(parameters) do tensor:copy(originals[j]) end
    end
    each_output(module, input, function(i, gradOutput)
      restore()
      module:zeroGradParameters()
      module:updateGradInput(input, gradOutput)
      module:accUpdateGradParameters(input, gradOutput, 1)
      columns[i] = param:clone()
    end)
    restore()
    return gather(columns)
  end

  --- Central differences of the output for each of the elements: variables x outputs.
  local function differences(module, input, elements, perturbation, finish)
    local matrix = torch.Tensor(elements:nElement(), module:forward(input):nElement())
    local below, above = torch.Tensor(matrix:size(2)), torch.Tensor(matrix:size(2))
    for i = 1, elements:nElement() do
      local kept = elements[i]
      elements[i] = kept - perturbation
      below:copy(module:forward(input))
      elements[i] = kept + perturbation
      above:copy(module:forward(input))
      elements[i] = kept
      matrix:select(1, i):copy(above:add(-1, below):div(2 * perturbation))
      if finish then finish(matrix:select(1, i), kept) end
    end
    return matrix
  end

  function Jacobian.forward(module, input, param, perturbation)
    local elements = param and param ~= input and flat(param) or variables(input)
    return differences(module, input, elements, perturbation or 1e-6)
  end

  --- What a step of 1 against the gradient makes of `param`, by differences.
  function Jacobian.forwardUpdate(module, input, param, perturbation)
    return differences(module, input, flat(param), perturbation or 1e-6, function(row, value)
      row:mul(-1):add(value)
    end)
  end

  local function fill(tensor, minval, maxval)
    minval, maxval = minval or -2, maxval or 2
    tensor:copy(torch.rand(tensor:nElement()):mul(maxval - minval):add(minval))
  end

  local function largest(a, b)
    return (a - b):abs():max()
  end

  --- Largest difference between the two ways, at a random input.
  function Jacobian.testJacobian(module, input, minval, maxval, perturbation)
    fill(variables(input), minval, maxval)
    local numeric = Jacobian.forward(module, input, nil, perturbation)
    return largest(numeric, Jacobian.backward(module, input))
  end

  function Jacobian.testJacobianParameters(module, input, param, dparam, minval, maxval, perturbation)
    fill(variables(input), minval, maxval)
    fill(param, minval, maxval)
    local exact = Jacobian.backward(module, input, param, dparam)
    return largest(Jacobian.forward(module, input, param, perturbation), exact)
  end

  function Jacobian.testJacobianUpdateParameters(module, input, param, minval, maxval, perturbation)
    fill(variables(input), minval, maxval)
    fill(param, minval, maxval)
    local exact = Jacobian.backwardUpdate(module, input, param)
    return largest(Jacobian.forwardUpdate(module, input, param, perturbation), exact)
  end

  --- One training pass: copies of output and input gradient.
  local function pass(module, input, gradOutput)
    module:forward(input)
    module:zeroGradParameters()
    module:updateGradInput(input, gradOutput)
    module:accGradParameters(input, gradOutput)
    return module.output:clone(), module.gradInput:clone()
  end

  --- Largest differences of output and input gradient after writing the module to a file and reading it back.
  function Jacobian.testIO(module, input, minval, maxval)
    local kept = input:clone()
    module:forward(input)
    local gradOutput = module.output:clone()
    fill(gradOutput, minval, maxval)
    local gradKept = gradOutput:clone()
    local output, gradient = pass(module, input, gradOutput)
    local name = os.tmpname()
    local file = torch.DiskFile(name, 'w'):binary()
    if module ~= module:clearState() then error('clearState did not return self', 2) end
    file:writeObject(module)
    file:close()
    file = torch.DiskFile(name):binary()
    local reread = file:readObject()
    file:close()
    os.remove(name)
    local output2, gradient2 = pass(reread, kept, gradKept)
    return largest(output, output2), gradient:nElement() == 0 and 0 or largest(gradient, gradient2)
  end

  --- How far the four ways to step parameters are apart: a table by method name.
  function Jacobian.testAllUpdate(module, input, weight, gradWeight)
    local rate = torch.uniform(0.1, 1)
    local errors = {}
    module:clone():forward(input) -- some modules change on their first call
    local reference = module:clone()
    local start = reference[weight]:clone()
    reference:forward(input)
    local gradOutput = torch.rand(reference.output:size())

    local function accumulate(modules)
      for _, each in ipairs(modules) do each:forward(input) end
      for _, each in ipairs(modules) do each:zeroGradParameters() end
      for _, each in ipairs(modules) do each:updateGradInput(input, gradOutput) end
      for _, each in ipairs(modules) do each:accGradParameters(input, gradOutput) end
      for _, each in ipairs(modules) do each:updateParameters(rate) end
    end
    local function update(modules)
      for _, each in ipairs(modules) do each:forward(input) end
      for _, each in ipairs(modules) do each:updateGradInput(input, gradOutput) end
      for _, each in ipairs(modules) do each:accUpdateGradParameters(input, gradOutput, rate) end
    end
    local function sharing_pair()
      local first, second = module:clone(), module:clone()
      second:share(first, weight)
      return { first, second }
    end

    accumulate { reference }
    local step = reference[gradWeight] * rate
    errors['accGradParameters'] = (start - step - reference[weight]):norm()
    local single = module:clone()
    update { single }
    errors['accUpdateGradParameters'] = (single[weight] - reference[weight]):norm()
    for name, method in pairs { ['accGradParameters [shared]'] = accumulate, ['accUpdateGradParameters [shared]'] = update } do
      local pair = sharing_pair()
      method(pair)
      errors[name] = (start - step * 2 - pair[1][weight]):norm() + (start - step * 2 - pair[2][weight]):norm()
    end
    return errors
  end

  return Jacobian
end
