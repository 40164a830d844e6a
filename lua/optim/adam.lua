--- optim.adam (Kingma and Ba, 2014).
-- config: learningRate 1e-3, learningRateDecay 0, beta1 0.9, beta2 0.999, epsilon 1e-8 (outside the root), weightDecay 0.
-- state: t, m, v, denom.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  local beta1, beta2 = config.beta1 or 0.9, config.beta2 or 0.999

  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  local mean = buffers.zeros(state, 'm', x, gradient):mul(beta1):add(1 - beta1, gradient)
  local square = buffers.zeros(state, 'v', x, gradient):mul(beta2):addcmul(1 - beta2, gradient, gradient)
  local denominator = buffers.zeros(state, 'denom', x, gradient)
  denominator:copy(square):sqrt():add(config.epsilon or 1e-8)

  local done = state.t or 0
  local rate = (config.learningRate or 0.001) / (1 + done * (config.learningRateDecay or 0))
  state.t = done + 1
  local step = rate * math.sqrt(1 - beta2 ^ state.t) / (1 - beta1 ^ state.t)
  x:addcdiv(-step, mean, denominator)
  return x, { fx }
end
