--- optim.sgd: stochastic gradient descent.
-- config: learningRate 1e-3, learningRateDecay 0, weightDecay 0 (or a vector weightDecays), momentum 0, dampening = momentum,
-- nesterov false, learningRates (a vector that scales the step). state: evalCounter, dfdx, decayParameters, deltaParameters.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local momentum = config.momentum or 0
  local dampening = config.dampening or momentum
  if config.nesterov and (momentum <= 0 or dampening ~= 0) then
    error('Nesterov momentum requires a momentum and zero dampening', 2)
  end
  local evaluations = state.evalCounter or 0

  local fx, gradient = opfunc(x)

  if (config.weightDecay or 0) ~= 0 then
    buffers.decay(gradient, x, config.weightDecay)
  elseif config.weightDecays then
    local decay = buffers.zeros(state, 'decayParameters', x, gradient)
    gradient:add(decay:copy(config.weightDecays):cmul(x))
  end

  local direction = gradient
  if momentum ~= 0 then
    if state.dfdx then
      state.dfdx:mul(momentum):add(1 - dampening, gradient)
    else
      state.dfdx = gradient:clone()
    end
    direction = config.nesterov and gradient:add(momentum, state.dfdx) or state.dfdx
  end

  local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
  if config.learningRates then
    local scaled = buffers.zeros(state, 'deltaParameters', x, gradient)
    direction = scaled:copy(config.learningRates):cmul(direction)
  end
  x:add(-rate, direction)

  state.evalCounter = evaluations + 1
  return x, { fx }
end
