--- Work vectors that optimisers keep in their state.
local buffers = {}

--- state[name], made as zeros of the type of `x` and the size of `like` when it is missing.
function buffers.zeros(state, name, x, like)
  if not state[name] then state[name] = x.new():resizeAs(like):zero() end
  return state[name]
end

--- Adds decay * x to the gradient itself: what opfunc returned changes, as training code may rely on.
function buffers.decay(gradient, x, decay)
  if decay and decay ~= 0 then gradient:add(decay, x) end
  return gradient
end

--- config and state of a call: state falls back to config, and config to an empty table.
function buffers.options(config, state)
  config = config or {}
  return config, state or config
end

return buffers
