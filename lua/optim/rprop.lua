--- optim.rprop: resilient propagation (Riedmiller and Braun, 1993); a step size for each parameter, full batches.
-- config: stepsize 0.1, etaplus 1.2, etaminus 0.5, stepsizemax 50, stepsizemin 1e-6, niter 1.
-- state: delta (the last gradient), stepsize, sign, and the masks psign, nsign, zsign, dminmax.
local buffers = require 'optim.buffers'

local function prepare(state, gradient, stepsize)
  if state.delta then return end
  state.delta = gradient.new():resizeAs(gradient):zero()
  state.stepsize = gradient.new():resizeAs(gradient):fill(stepsize)
  state.sign = gradient.new():resizeAs(gradient)
  local Mask = torch.type(gradient):find('Cuda') and (torch.CudaByteTensor or torch.CudaTensor) or torch.ByteTensor
  for _, name in ipairs { 'psign', 'nsign', 'zsign', 'dminmax' } do state[name] = Mask(gradient:size()) end
end

return function(opfunc, x, config, state)
  if config == nil and state == nil then print('no state table RPROP initializing') end
  config, state = buffers.options(config, state)
  local history = {}
  for iteration = 1, config.niter or 1 do
    local fx, gradient = opfunc(x)
    prepare(state, gradient, config.stepsize or 0.1)
    local sign = state.sign

    -- the step grows where the gradient kept its sign, shrinks where it changed, and stays where it was zero
    sign:cmul(gradient, state.delta)
    state.psign:copy(sign:gt(0))
    state.nsign:copy(sign:lt(0))
    state.zsign:copy(sign:eq(0))
    sign:maskedFill(state.psign, config.etaplus or 1.2)
    sign:maskedFill(state.nsign, config.etaminus or 0.5)
    sign:maskedFill(state.zsign, 1)
    state.stepsize:cmul(sign):clamp(config.stepsizemin or 1e-6, config.stepsizemax or 50)

    -- after a change of sign the parameter rests for one step
    gradient:maskedFill(state.nsign, 0)
    sign:sign(gradient)
    x:addcmul(-1, sign, state.stepsize)
    state.delta:copy(gradient)
    history[iteration] = fx
  end
  return x, history
end
