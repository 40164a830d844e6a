--- Spatial and volumetric max, average and adaptive pooling. Inputs are planes x [T x] H x W or batches of those.
-- Max pooling leaves in `indices` the 1-based place of each maximum in its input plane.
local bridge = require 'bridge'

local C, aten = bridge.C, bridge.aten
local new_window = require('ffi').typeof('fbl_window')
local kernels = {}

local add_scalar = aten['add.Scalar']

--- ATen's order (H, W or T, H, W) for numbers in Torch7's (W, H or T, W, H).
local function ordered(rank, ...)
  if rank == 2 then
    local w, h = ...
    return { h, w }
  end
  local t, w, h = ...
  return { t, h, w }
end

--- Splits `...` into `count` groups of `rank` numbers; the rest follows.
local function groups(rank, count, ...)
  local read = {}
  for i = 1, count do read[i] = ordered(rank, select((i - 1) * rank + 1, ...)) end
  return read, select(rank * count + 1, ...)
end

local function check_rank(input, rank)
  local dim = input:dim()
  if dim ~= rank + 1 and dim ~= rank + 2 then
    error(('%dD or %dD (batch mode) tensor expected for input, but got %dD tensor'):format(rank + 1, rank + 2, dim), 3)
  end
end

local function check_padding(kernel, padding)
  for i = 1, #kernel do
    if padding[i] > kernel[i] / 2 then
      error(('pad should be smaller than half of kernel size, but got pad %d and kernel size %d')
        :format(padding[i], kernel[i]), 3)
    end
  end
end

local ONE = { [2] = { 1, 1 }, [3] = { 1, 1, 1 } }

local function declare_max(name, rank, dilated, forward, backward)
  local count = dilated and 4 or 3

  kernels[name .. '_updateOutput'] = function(input, output, indices, ...)
    check_rank(input, rank)
    local geo, ceil_mode = groups(rank, count, ...)
    check_padding(geo[1], geo[3])
    local values, places = forward(input, geo[1], geo[2], geo[3], geo[4] or ONE[rank], ceil_mode)
    output:set(values)
    indices:set(places:add(1))
  end

  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, indices, ...)
    local geo, ceil_mode = groups(rank, count, ...)
    gradInput:resizeAs(input)
    backward(gradOutput, input, geo[1], geo[2], geo[3], geo[4] or ONE[rank], ceil_mode, add_scalar(indices, -1, 1),
      gradInput)
  end
end

local max2d, max2d_backward = aten.max_pool2d_with_indices, aten['max_pool2d_with_indices_backward.grad_input']
local max3d, max3d_backward = aten.max_pool3d_with_indices, aten['max_pool3d_with_indices_backward.grad_input']
declare_max('SpatialMaxPooling', 2, false, max2d, max2d_backward)
declare_max('SpatialDilatedMaxPooling', 2, true, max2d, max2d_backward)

--- On the CPU images have a kernel of their own; other devices take the one declared above.
local function prefer_own(name, dilated)
  local general, general_backward = kernels[name .. '_updateOutput'], kernels[name .. '_updateGradInput']

  kernels[name .. '_updateOutput'] = function(input, output, indices, kW, kH, dW, dH, padW, padH, ...)
    if C.fbl_device(input) >= 0 then return general(input, output, indices, kW, kH, dW, dH, padW, padH, ...) end
    check_rank(input, 2)
    check_padding({ kH, kW }, { padH, padW })
    local dilationW, dilationH, ceil_mode = 1, 1, ...
    if dilated then dilationW, dilationH, ceil_mode = ... end
    local window = new_window(kW, kH, dW, dH, padW, padH, dilationW, dilationH)
    if C.fbl_max_pool(output, indices, input, window, ceil_mode and 1 or 0) ~= 0 then bridge.fail() end
  end

  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, indices, ...)
    if C.fbl_device(input) >= 0 then return general_backward(input, gradOutput, gradInput, indices, ...) end
    if C.fbl_max_pool_input(gradInput, input, gradOutput, indices) ~= 0 then bridge.fail() end
  end
end

prefer_own('SpatialMaxPooling', false)
prefer_own('SpatialDilatedMaxPooling', true)
declare_max('VolumetricMaxPooling', 3, false, max3d, max3d_backward)
declare_max('VolumetricDilatedMaxPooling', 3, true, max3d, max3d_backward)

local function declare_average(name, rank, forward, backward)
  kernels[name .. '_updateOutput'] = function(input, output, ...)
    check_rank(input, rank)
    local geo, ceil_mode, count_include_pad = groups(rank, 3, ...)
    check_padding(geo[1], geo[3])
    output:set(forward(input, geo[1], geo[2], geo[3], ceil_mode, count_include_pad, nil))
  end
  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, ...)
    local geo, ceil_mode, count_include_pad = groups(rank, 3, ...)
    gradInput:resizeAs(input)
    backward(gradOutput, input, geo[1], geo[2], geo[3], ceil_mode, count_include_pad, nil, gradInput)
  end
end

declare_average('SpatialAveragePooling', 2, aten.avg_pool2d, aten['avg_pool2d_backward.grad_input'])
declare_average('VolumetricAveragePooling', 3, aten.avg_pool3d, aten['avg_pool3d_backward.grad_input'])

local adaptive_max, adaptive_max_backward = aten.adaptive_max_pool2d, aten['adaptive_max_pool2d_backward.grad_input']

function kernels.SpatialAdaptiveMaxPooling_updateOutput(input, output, indices, owidth, oheight)
  check_rank(input, 2)
  local values, places = adaptive_max(input, { oheight, owidth })
  output:set(values)
  indices:set(places:add(1))
end

function kernels.SpatialAdaptiveMaxPooling_updateGradInput(input, gradOutput, gradInput, indices)
  gradInput:resizeAs(input)
  adaptive_max_backward(gradOutput, input, add_scalar(indices, -1, 1), gradInput)
end

local adaptive_average, adaptive_average_backward = aten._adaptive_avg_pool2d, aten._adaptive_avg_pool2d_backward

function kernels.SpatialAdaptiveAveragePooling_updateOutput(input, output, owidth, oheight)
  check_rank(input, 2)
  output:set(adaptive_average(input, { oheight, owidth }))
end

function kernels.SpatialAdaptiveAveragePooling_updateGradInput(input, gradOutput, gradInput)
  gradInput:set(adaptive_average_backward(gradOutput, input))
end

return kernels
