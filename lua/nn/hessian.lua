--- nn.hessian: estimates of the diagonal of the Hessian, after LeCun et al. (1998). nn.hessian.enable() adds to modules
-- initDiagHessianParameters(), updateDiagHessianInput(input, diagHessianOutput) and accDiagHessianParameters(…), and makes
-- parameters() and getParameters() return the accumulated diagonals third.
local hessian = {}

--- Runs fn with fields of a module exchanged for others: names is a list of {field, stand-in field} pairs.
local function with_exchanged(module, names, fn)
  local function exchange()
    for _, pair in ipairs(names) do
      module[pair[1]], module[pair[2]] = module[pair[2]], module[pair[1]]
    end
  end
  exchange()
  fn()
  exchange()
end

local function pairs_of(names, stand_ins)
  local list = {}
  for i, name in ipairs(names) do list[i] = { name, stand_ins[i] } end
  return list
end

--- Accumulates the parameters' diagonals: the gradient of squared input and output Hessian.
function hessian.accDiagHessianParameters(module, input, diagHessianOutput, gw, hw)
  if #gw ~= #hw then error('Number of gradients is not equal to number of hessians', 2) end
  module.inputSq = (module.inputSq or input.new()):resizeAs(input):cmul(input, input)
  for i, name in ipairs(gw) do
    local gradient = module[name]
    if gradient and not module[hw[i]] then module[hw[i]] = gradient.new():resizeAs(gradient):zero() end
  end
  local output = module.output
  module.output = output.new():resizeAs(output)
  with_exchanged(module, pairs_of(gw, hw), function()
    module:forward(module.inputSq)
    module:accGradParameters(module.inputSq, diagHessianOutput, 1)
  end)
  module.output = output
end

--- The input's diagonal, through the squared weights, into module.diagHessianInput.
function hessian.updateDiagHessianInput(module, input, diagHessianOutput, w, wsq)
  if #w ~= #wsq then error('Number of weights is not equal to number of weights squares', 2) end
  module.diagHessianInput = (module.diagHessianInput or input.new()):resizeAs(input):zero()
  for i, name in ipairs(w) do
    local weight = module[name]
    if weight then module[wsq[i]] = (module[wsq[i]] or weight.new()):resizeAs(weight):cmul(weight, weight) end
  end
  local names = pairs_of(w, wsq)
  names[#names + 1] = { 'gradInput', 'diagHessianInput' }
  with_exchanged(module, names, function() module:updateGradInput(input, diagHessianOutput) end)
end

--- The input's diagonal of an element-wise layer: the squared derivative.
function hessian.updateDiagHessianInputPointWise(module, input, diagHessianOutput)
  local ones = diagHessianOutput.new():resizeAs(diagHessianOutput):fill(1)
  hessian.updateDiagHessianInput(module, input, ones, {}, {})
  module.diagHessianInput:cmul(module.diagHessianInput):cmul(diagHessianOutput)
end

function hessian.initDiagHessianParameters(module, gw, hw)
  module.diagHessianInput = module.diagHessianInput or module.gradInput.new()
  for i, name in ipairs(gw) do
    local gradient = module[name]
    if gradient and not module[hw[i]] then module[hw[i]] = gradient.new():resizeAs(gradient):zero() end
  end
end

local GRADIENTS, DIAGONALS = { 'gradWeight', 'gradBias' }, { 'diagHessianWeight', 'diagHessianBias' }

--- Classes whose output is linear in each weight, and the weights that the input's diagonal goes through.
local linear = {
  Linear = { 'weight' }, SpatialConvolution = { 'weight' }, SpatialConvolutionLocal = { 'weight' },
  SpatialFullConvolution = { 'weight' }, SpatialConvolutionMap = { 'weight', 'bias' },
  SpatialFullConvolutionMap = { 'weight' },
}

local function enable_linear(class, weights)
  local squares = {}
  for i, name in ipairs(weights) do squares[i] = name .. 'Sq' end
  function class:updateDiagHessianInput(input, diagHessianOutput)
    hessian.updateDiagHessianInput(self, input, diagHessianOutput, weights, squares)
    return self.diagHessianInput
  end
  function class:accDiagHessianParameters(input, diagHessianOutput)
    hessian.accDiagHessianParameters(self, input, diagHessianOutput, GRADIENTS, DIAGONALS)
  end
  function class:initDiagHessianParameters()
    hessian.initDiagHessianParameters(self, GRADIENTS, DIAGONALS)
  end
end

local function enable_layers()
  local Module, Criterion = nn.Module, nn.Criterion
  for _, class in ipairs { Module, Criterion } do
    function class:updateDiagHessianInput()
      error(torch.typename(self) .. ':updateDiagHessianInput() is undefined', 2)
    end
  end
  function Module.accDiagHessianParameters() end
  function Module.initDiagHessianParameters() end

  for name, weights in pairs(linear) do enable_linear(nn[name], weights) end
  for _, name in ipairs { 'Tanh', 'Square', 'Sqrt', 'Sigmoid', 'Threshold' } do
    nn[name].updateDiagHessianInput = function(self, input, diagHessianOutput)
      hessian.updateDiagHessianInputPointWise(self, input, diagHessianOutput)
      return self.diagHessianInput
    end
  end
  function nn.TanhShrink:updateDiagHessianInput(input, diagHessianOutput)
    hessian.updateDiagHessianInputPointWise(self.tanh, input, diagHessianOutput)
    self.diagHessianInput = (self.diagHessianInput or input.new()):resizeAs(input)
    return self.diagHessianInput:add(self.tanh.diagHessianInput, diagHessianOutput)
  end
  function nn.Reshape:updateDiagHessianInput(input, diagHessianOutput)
    self.diagHessianInput = (self.diagHessianInput or input.new()):set(diagHessianOutput:contiguous()):resizeAs(input)
    return self.diagHessianInput
  end

  -- the second derivative of the squared error is constant
  function nn.MSECriterion:updateDiagHessianInput(input)
    self.diagHessianInput = (self.diagHessianInput or input.new()):resizeAs(input)
    return self.diagHessianInput:fill(self.sizeAverage and 2 / input:nElement() or 2)
  end
  function nn.L1Cost:updateDiagHessianInput(input)
    self.diagHessianInput = (self.diagHessianInput or input.new()):resizeAs(input):fill(1)
    self.diagHessianInput:maskedFill(input:eq(0), 0)
    return self.diagHessianInput
  end
end

local function enable_containers()
  local Sequential = nn.Sequential
  function Sequential:initDiagHessianParameters()
    for _, module in ipairs(self.modules) do module:initDiagHessianParameters() end
  end
  function Sequential:updateDiagHessianInput(input, diagHessianOutput)
    for i = #self.modules, 1, -1 do
      local fed = i > 1 and self.modules[i - 1].output or input
      diagHessianOutput = self.modules[i]:updateDiagHessianInput(fed, diagHessianOutput)
    end
    self.diagHessianInput = diagHessianOutput
    return diagHessianOutput
  end
  function Sequential:accDiagHessianParameters(input, diagHessianOutput)
    for i = #self.modules, 1, -1 do
      local module = self.modules[i]
      module:accDiagHessianParameters(i > 1 and self.modules[i - 1].output or input, diagHessianOutput)
      diagHessianOutput = module.diagHessianInput
    end
  end
  function Sequential:parameters()
    local lists = { {}, {}, {} }
    for _, module in ipairs(self.modules) do
      for k, list in ipairs { module:parameters() } do
        for _, tensor in ipairs(list) do table.insert(lists[k], tensor) end
      end
    end
    return unpack(lists)
  end
end

local function enable_parameters()
  local Module = nn.Module
  function Module:parameters()
    local values, gradients, diagonals = {}, {}, {}
    for _, names in ipairs { { 'weight', 'gradWeight', 'diagHessianWeight' }, { 'bias', 'gradBias', 'diagHessianBias' } } do
      if self[names[1]] then
        table.insert(values, self[names[1]])
        table.insert(gradients, self[names[2]])
        table.insert(diagonals, self[names[3]])
      end
    end
    if #values > 0 then return values, gradients, diagonals end
  end
  function Module:getParameters()
    local values, gradients, diagonals = self:parameters()
    local flat = diagonals and diagonals[1] and Module.flatten(diagonals) or nil
    return Module.flatten(values), Module.flatten(gradients), flat
  end
end

--- Adds the methods; calling it again does nothing.
function hessian.enable()
  enable_layers()
  enable_containers()
  enable_parameters()
  function hessian.enable() end
end

return hessian
