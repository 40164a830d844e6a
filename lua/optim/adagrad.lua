--- optim.adagrad (Duchi et al., 2011). config: learningRate 1e-3, learningRateDecay 0, weightDecay 0.
-- state: evalCounter, paramVariance (the sum of squares), paramStd.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  if config == nil and state == nil then print('no state table, ADAGRAD initializing') end
  config, state = buffers.options(config, state)
  local evaluations = state.evalCounter or 0

  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  local squares = buffers.zeros(state, 'paramVariance', x, gradient):addcmul(1, gradient, gradient)
  local deviation = buffers.zeros(state, 'paramStd', x, gradient):copy(squares):sqrt():add(1e-10)
  local rate = (config.learningRate or 1e-3) / (1 + evaluations * (config.learningRateDecay or 0))
  x:addcdiv(-rate, gradient, deviation)

  state.evalCounter = evaluations + 1
  return x, { fx }
end
