--- optim.nag: Nesterov's accelerated gradient (Sutskever et al., 2013): the gradient is taken after the momentum step.
-- config: learningRate 1e-3, learningRateDecay 0, weightDecay 0, momentum 0.9, learningRates. state: evalCounter, dfdx, deltaParameters.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local momentum = config.momentum or 0.9
  if momentum <= 0 then error('Momentum must be positive for Nesterov Accelerated Gradient', 2) end
  local evaluations = state.evalCounter or 0

  if state.dfdx then x:add(momentum, state.dfdx) end
  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
  local velocity = buffers.zeros(state, 'dfdx', gradient, gradient):mul(momentum)
  local step = gradient
  if config.learningRates then
    step = buffers.zeros(state, 'deltaParameters', x, gradient):copy(config.learningRates):cmul(gradient)
  end
  x:add(-rate, step)
  velocity:add(-rate, step)

  state.evalCounter = evaluations + 1
  return x, { fx }
end
