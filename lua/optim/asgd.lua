--- optim.asgd: averaged stochastic gradient descent (Bottou, 2010; Xu, 2011). Returns x, {f(x)} and the average.
-- config: eta0 1e-4, lambda 1e-4 (weight decay), alpha 0.75, t0 1e6 (where averaging begins); defaults are written into it.
-- state: eta_t, mu_t, t, ax, tmp.
local buffers = require 'optim.buffers'

local defaults = { eta0 = 1e-4, lambda = 1e-4, alpha = 0.75, t0 = 1e6 }

return function(opfunc, x, config, state)
  config, state = buffers.options(config, state)
  for name, value in pairs(defaults) do config[name] = config[name] or value end
  state.eta_t = state.eta_t or config.eta0
  state.mu_t = state.mu_t or 1

  local fx, gradient = opfunc(x)
  x:mul(1 - config.lambda * state.eta_t):add(-state.eta_t, gradient)

  local average = buffers.zeros(state, 'ax', x, x)
  local difference = buffers.zeros(state, 'tmp', x, x)
  if state.mu_t == 1 then
    average:copy(x)
  else
    average:add(difference:copy(x):add(-1, average):mul(state.mu_t))
  end

  state.t = (state.t or 0) + 1
  state.eta_t = config.eta0 / (1 + config.lambda * config.eta0 * state.t) ^ config.alpha
  state.mu_t = 1 / math.max(1, state.t - config.t0)
  return x, { fx }, average
end
