--- BatchNormalization over every dimension but the second (Ioffe and Szegedy, 2015).
local aten = require('bridge').aten

local kernels = {}
local batch_norm, batch_norm_backward = aten['native_batch_norm.out'], aten.native_batch_norm_backward

--- save_std receives the inverse standard deviation of the batch, as the backward pass wants it.
function kernels.BatchNormalization_updateOutput(input, output, weight, bias, running_mean, running_var, save_mean,
                                                 save_std, train, momentum, eps)
  output:resizeAs(input)
  batch_norm(input, weight, bias, running_mean, running_var, train, momentum, eps, output, save_mean, save_std)
end

function kernels.BatchNormalization_backward(input, gradOutput, gradInput, gradWeight, gradBias, weight, running_mean,
                                             running_var, save_mean, save_std, train, scale, eps)
  local forInput, forWeight, forBias = batch_norm_backward(gradOutput, input, weight, running_mean, running_var,
    save_mean, save_std, train, eps, { gradInput ~= nil, gradWeight ~= nil, gradBias ~= nil })
  if gradInput then gradInput:set(forInput) end
  if gradWeight then gradWeight:add(scale, forWeight) end
  if gradBias then gradBias:add(scale, forBias) end
end

return kernels
