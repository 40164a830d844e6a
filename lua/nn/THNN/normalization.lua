--- BatchNormalization over every dimension but the second (Ioffe and Szegedy, 2015).
local ffi = require 'ffi'
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten
local kernels = {}
local batch_norm, batch_norm_backward = aten['native_batch_norm.out'], aten.native_batch_norm_backward
local new_statistics = ffi.typeof('fbl_batch_statistics')
local untyped = ffi.typeof('const void *')

local function pointer(tensor)
  return tensor and ffi.cast(untyped, tensor) or nil
end

local function check(status)
  if status ~= 0 then bridge.fail() end
end

--- save_std receives the inverse standard deviation of the batch, as the backward pass wants it.
function kernels.BatchNormalization_updateOutput(input, output, weight, bias, running_mean, running_var, save_mean,
                                                 save_std, train, momentum, eps)
  if C.fbl_device(input) < 0 then
    local statistics = new_statistics(pointer(weight), pointer(bias), pointer(running_mean), pointer(running_var),
      pointer(save_mean), pointer(save_std))
    return check(C.fbl_batch_norm(output, input, statistics, train and 1 or 0, momentum, eps))
  end
  output:resizeAs(input)
  batch_norm(input, weight, bias, running_mean, running_var, train, momentum, eps, output, save_mean, save_std)
end

function kernels.BatchNormalization_backward(input, gradOutput, gradInput, gradWeight, gradBias, weight, running_mean,
                                             running_var, save_mean, save_std, train, scale, eps)
  if C.fbl_device(input) < 0 then
    local statistics = new_statistics(pointer(weight), nil, pointer(running_mean), pointer(running_var),
      pointer(save_mean), pointer(save_std))
    return check(C.fbl_batch_norm_backward(gradInput, gradWeight, gradBias, input, gradOutput, statistics,
      train and 1 or 0, scale or 1, eps))
  end
  local forInput, forWeight, forBias = batch_norm_backward(gradOutput, input, weight, running_mean, running_var,
    save_mean, save_std, train, eps, { gradInput ~= nil, gradWeight ~= nil, gradBias ~= nil })
  if gradInput then gradInput:set(forInput) end
  if gradWeight then gradWeight:add(scale, forWeight) end
  if gradBias then gradBias:add(scale, forBias) end
end

return kernels
