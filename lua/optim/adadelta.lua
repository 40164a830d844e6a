--- optim.adadelta (Zeiler, 2012). config: rho 0.9, eps 1e-6, weightDecay 0.
-- state: evalCounter, paramVariance, paramStd, delta, accDelta.
local buffers = require 'optim.buffers'

return function(opfunc, x, config, state)
  if config == nil and state == nil then print('no state table, ADADELTA initializing') end
  config, state = buffers.options(config, state)
  local rho, eps = config.rho or 0.9, config.eps or 1e-6

  local fx, gradient = opfunc(x)
  buffers.decay(gradient, x, config.weightDecay)

  local square = buffers.zeros(state, 'paramVariance', x, gradient):mul(rho):addcmul(1 - rho, gradient, gradient)
  local deviation = buffers.zeros(state, 'paramStd', x, gradient):copy(square):add(eps):sqrt()
  local moved = buffers.zeros(state, 'accDelta', x, gradient)
  local delta = buffers.zeros(state, 'delta', x, gradient):copy(moved):add(eps):sqrt():cdiv(deviation):cmul(gradient)
  x:add(-1, delta)
  moved:mul(rho):addcmul(1 - rho, delta, delta)

  state.evalCounter = (state.evalCounter or 0) + 1
  return x, { fx }
end
