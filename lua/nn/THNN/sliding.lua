--- The bridge's own 2-D convolutions of CPU tensors: one product of the weight with the unfolded image for each sample.
-- sliding.declare(kernels, name, fallback, options) gives `kernels` the three directions of `name` with the argument lists
-- of the C library; tensors that are not on the CPU go to the functions of the same name in `fallback`.
-- options.buffers: work tensors in each list; options.dilated, options.full: which numbers follow the padding.
local ffi = require 'ffi'
local bridge = require 'bridge'

local C = bridge.C
local new_window = ffi.typeof('fbl_window')

local sliding = {}

--- Readers of the numbers behind the tensors, by kind; the number after them (the scale) comes second.
local windows = {}

function windows.plain(kW, kH, dW, dH, padW, padH, scale)
  return new_window(kW, kH, dW, dH, padW, padH, 1, 1, 0, 0, 0), scale
end

function windows.dilated(kW, kH, dW, dH, padW, padH, dilationW, dilationH, scale)
  return new_window(kW, kH, dW, dH, padW, padH, dilationW, dilationH, 0, 0, 0), scale
end

function windows.full(kW, kH, dW, dH, padW, padH, adjW, adjH, scale)
  return new_window(kW, kH, dW, dH, padW, padH, 1, 1, adjW, adjH, 1), scale
end

function windows.full_dilated(kW, kH, dW, dH, padW, padH, dilationW, dilationH, adjW, adjH, scale)
  return new_window(kW, kH, dW, dH, padW, padH, dilationW, dilationH, adjW, adjH, 1), scale
end

local function check(status)
  if status ~= 0 then bridge.fail() end
end

-- The argument lists hold one or two work tensors, which are not used here, between tensors and numbers.
local function without_buffers(count, kernel)
  if count == 1 then
    return function(a, b, c, d, _, ...) return kernel(a, b, c, d, ...) end
  end
  return function(a, b, c, d, _, _, ...) return kernel(a, b, c, d, ...) end
end

function sliding.declare(kernels, name, fallback, options)
  local window = windows[options.window]
  local buffers = options.buffers

  local function add(direction, count, kernel)
    local key = name .. '_' .. direction
    local own, elsewhere = without_buffers(count, kernel), fallback[key]
    kernels[key] = function(input, ...)
      if C.fbl_device(input) >= 0 then return elsewhere(input, ...) end
      return own(input, ...)
    end
  end

  add('updateOutput', buffers[1], function(input, output, weight, bias, ...)
    check(C.fbl_convolve(output, input, weight, bias, (window(...))))
  end)
  add('updateGradInput', buffers[2], function(input, gradOutput, gradInput, weight, ...)
    check(C.fbl_convolve_input(gradInput, input, gradOutput, weight, (window(...))))
  end)
  add('accGradParameters', buffers[3], function(input, gradOutput, gradWeight, gradBias, ...)
    local numbers, scale = window(...)
    check(C.fbl_convolve_weight(gradWeight, gradBias, input, gradOutput, scale or 1, numbers))
  end)
end

return sliding
