--- optim.adamax: adam with the infinity norm (Kingma and Ba, 2014).
-- config: learningRate 0.002, beta1 0.9, beta2 0.999, epsilon 1e-38, weightDecay 0. state: t, m, u, max.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local beta1 = config.beta1 or 0.9

  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  local mean = buffers.zeros(state, 'm', x, gradient):mul(beta1):add(1 - beta1, gradient)
  local norm = buffers.zeros(state, 'u', x, gradient)
  state.max = state.max or x.new(2, unpack(gradient:size():totable())):zero()
  state.max[1]:copy(norm):mul(config.beta2 or 0.999)
  state.max[2]:copy(gradient):abs():add(config.epsilon or 1e-38)
  norm:cmax(state.max[1], state.max[2])

  state.t = (state.t or 0) + 1
  x:addcdiv(-(config.learningRate or 0.002) / (1 - beta1 ^ state.t), mean, norm)
  return x, { fx }
end
