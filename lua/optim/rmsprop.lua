--- optim.rmsprop (Tieleman and Hinton, 2012). config: learningRate 1e-2, alpha 0.99, epsilon 1e-8, weightDecay 0, initialMean 0.
-- state: m (the running mean of squares), tmp.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local alpha = config.alpha or 0.99

  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  if not state.m then buffers.zeros(state, 'm', x, gradient):fill(config.initialMean or 0) end
  local square = state.m:mul(alpha):addcmul(1 - alpha, gradient, gradient)
  local root = buffers.zeros(state, 'tmp', x, gradient):sqrt(square):add(config.epsilon or 1e-8)
  x:addcdiv(-(config.learningRate or 1e-2), gradient, root)
  return x, { fx }
end
