--- nn.Jacobian: compares a module's gradients, and its estimates of the diagonal of the Hessian, with other ways to get them.
local function elements(tensor)
  return tensor.new(tensor):resize(tensor:nElement())
end

local Jacobian = require('nn.support.jacobians')(elements, function(gradInput) return gradInput end)

--- The diagonal of the Hessian that the module estimates for an output Hessian of ones.
function Jacobian.backwardDiagHessian(module, input, diagHessianParamName)
  module:forward(input)
  local diagHessianOutput = module.output.new():resizeAs(module.output):fill(1)
  module.diagHessianWeight:zero()
  module.diagHessianBias:zero()
  module:updateDiagHessianInput(input, diagHessianOutput)
  module:accDiagHessianParameters(input, diagHessianOutput)
  return module[diagHessianParamName]
end

--- The same for a linear module: the sum over outputs of squared gradients.
function Jacobian.linearModuleDiagHessian(module, input, gradParamName)
  module:forward(input)
  local gradOutput = module.output.new():resizeAs(module.output)
  local single = gradOutput:view(gradOutput:nElement())
  local sum
  for i = 1, single:nElement() do
    gradOutput:zero()
    single[i] = 1
    module.gradWeight:zero()
    if module.bias then module.gradBias:zero() end
    module:updateGradInput(input, gradOutput)
    module:accGradParameters(input, gradOutput)
    local gradient = module[gradParamName]
    sum = sum or gradient.new(gradient:nElement()):zero()
    sum:addcmul(1, gradient, gradient)
  end
  return sum
end

--- Largest difference between the two at a random input.
function Jacobian.testDiagHessian(module, input, gradParamName, diagHessianParamName, minval, maxval)
  minval, maxval = minval or -2, maxval or 2
  input:copy(torch.rand(input:nElement()):mul(maxval - minval):add(minval))
  module:initDiagHessianParameters()
  local estimate = Jacobian.backwardDiagHessian(module, input, diagHessianParamName)
  return torch.add(estimate, -1, Jacobian.linearModuleDiagHessian(module, input, gradParamName)):abs():max()
end

for name, fields in pairs { Input = { 'gradInput', 'diagHessianInput' }, Weight = { 'gradWeight', 'diagHessianWeight' },
                            Bias = { 'gradBias', 'diagHessianBias' } } do
  Jacobian['testDiagHessian' .. name] = function(module, input, minval, maxval)
    return Jacobian.testDiagHessian(module, input, fields[1], fields[2], minval, maxval)
  end
end

return Jacobian
