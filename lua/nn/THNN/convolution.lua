--- Spatial and volumetric convolutions, dilated and transposed ("full") ones included, over ATen's convolution operators;
-- spatial ones on the CPU over the bridge's own products (sliding.lua).
-- Inputs are planes x [T x] H x W or batches of those. Weights are nOutputPlane x nInputPlane x [kT x] kH x kW (full
-- convolutions: nInputPlane first) or the same flattened to two dimensions. Column buffers in the argument lists are those
-- of the C library and stay untouched.
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'
local sliding = require 'nn.THNN.sliding'

local convolution, convolution_backward = aten.convolution, aten.convolution_backward
local kernels = {}

local ONES, ZEROS = { [2] = { 1, 1 }, [3] = { 1, 1, 1 } }, { [2] = { 0, 0 }, [3] = { 0, 0, 0 } }

--- Reads groups of `rank` numbers, each in Torch7's order (W, H or T, W, H), into ATen's order (H, W or T, H, W).
local function geometry(spec, ...)
  local read = { stride = ONES[spec.rank], padding = ZEROS[spec.rank], dilation = ONES[spec.rank],
                 adjustment = ZEROS[spec.rank] }
  for i, group in ipairs(spec.groups) do
    local at = (i - 1) * spec.rank
    if spec.rank == 2 then
      local w, h = select(at + 1, ...)
      read[group] = { h, w }
    else
      local t, w, h = select(at + 1, ...)
      read[group] = { t, h, w }
    end
  end
  return read, (select(#spec.groups * spec.rank + 1, ...))
end

--- The weight with one dimension for each kernel axis.
local function full_weight(weight, geo, rank)
  if weight:dim() == rank + 2 then return weight end
  local kernel = geo.kernel
  local area = kernel[1] * kernel[2] * (kernel[3] or 1)
  local planes = weight:size(2) / area
  if rank == 2 then return weight:view(weight:size(1), planes, kernel[1], kernel[2]) end
  return weight:view(weight:size(1), planes, kernel[1], kernel[2], kernel[3])
end

local function run_backward(gradOutput, input, weight, biases, geo, transposed, groups, mask)
  return convolution_backward(gradOutput, input, weight, biases, geo.stride, geo.padding, geo.dilation, transposed,
    geo.adjustment, groups, mask)
end

local FOR_INPUT, FOR_WEIGHT, FOR_BOTH = { true, false, false }, { false, true, false }, { false, true, true }

local function declare(spec)
  local batch_rank, transposed = spec.rank + 2, spec.transposed or false
  local shape_weight = spec.shape_weight or full_weight

  local function input_planes(weight)
    return transposed and weight:size(1) or weight:size(2)
  end

  local function forward(input, output, weight, bias, ...)
    local geo = geometry(spec, ...)
    local shaped, groups = shape_weight(weight, geo, spec.rank)
    shapes.check_planes(input, batch_rank, groups or input_planes(shaped), spec.name)
    local flat_bias = bias and groups and bias:t():contiguous():view(-1) or bias
    local result = convolution(shapes.as_batch(input, batch_rank), shaped, flat_bias, geo.stride, geo.padding,
      geo.dilation, transposed, geo.adjustment, groups or 1)
    shapes.deliver(output, result, input:dim() < batch_rank)
  end

  local function backward_input(input, gradOutput, gradInput, weight, ...)
    local geo = geometry(spec, ...)
    local shaped, groups = shape_weight(weight, geo, spec.rank)
    local result = run_backward(shapes.as_batch(gradOutput, batch_rank), shapes.as_batch(input, batch_rank), shaped, nil,
      geo, transposed, groups or 1, FOR_INPUT)
    shapes.deliver(gradInput, result, input:dim() < batch_rank)
  end

  local function accumulate(input, gradOutput, gradWeight, gradBias, ...)
    local geo, scale = geometry(spec, ...)
    local shaped, groups = shape_weight(gradWeight, geo, spec.rank)
    local _, forWeight, forBias = run_backward(shapes.as_batch(gradOutput, batch_rank), shapes.as_batch(input, batch_rank),
      shaped, gradBias and { gradBias:nElement() }, geo, transposed, groups or 1, gradBias and FOR_BOTH or FOR_WEIGHT)
    local target = shape_weight(gradWeight, geo, spec.rank, true)
    target:add(scale or 1, forWeight:viewAs(target))
    if gradBias then
      target = groups and gradBias:t() or gradBias
      target:add(scale or 1, forBias:viewAs(target))
    end
  end

  -- the C signatures carry one or two column buffers between the tensors and the numbers
  local function skipping(count, kernel)
    if count == 1 then
      return function(a, b, c, d, _, ...) return kernel(a, b, c, d, ...) end
    end
    return function(a, b, c, d, _, _, ...) return kernel(a, b, c, d, ...) end
  end
  kernels[spec.name .. '_updateOutput'] = skipping(spec.buffers[1], forward)
  kernels[spec.name .. '_updateGradInput'] = skipping(spec.buffers[2], backward_input)
  kernels[spec.name .. '_accGradParameters'] = skipping(spec.buffers[3], accumulate)
end

local PLAIN = { 'kernel', 'stride', 'padding' }
local DILATED = { 'kernel', 'stride', 'padding', 'dilation' }
local FULL = { 'kernel', 'stride', 'padding', 'adjustment' }

declare { name = 'SpatialConvolutionMM', rank = 2, buffers = { 2, 2, 2 }, groups = PLAIN }
declare { name = 'SpatialDilatedConvolution', rank = 2, buffers = { 2, 1, 2 }, groups = DILATED }
declare { name = 'SpatialFullConvolution', rank = 2, buffers = { 2, 1, 2 }, groups = FULL, transposed = true }
declare { name = 'SpatialFullDilatedConvolution', rank = 2, buffers = { 2, 1, 2 }, transposed = true,
          groups = { 'kernel', 'stride', 'padding', 'dilation', 'adjustment' } }
declare { name = 'VolumetricConvolution', rank = 3, buffers = { 2, 1, 2 }, groups = { 'stride', 'padding' } }
declare { name = 'VolumetricConvolutionMM', rank = 3, buffers = { 1, 2, 1 }, groups = PLAIN }
declare { name = 'VolumetricDilatedConvolution', rank = 3, buffers = { 2, 1, 2 }, groups = DILATED }
declare { name = 'VolumetricFullConvolution', rank = 3, buffers = { 2, 2, 2 }, transposed = true,
          groups = { 'stride', 'padding', 'adjustment' } }
declare { name = 'VolumetricFullDilatedConvolution', rank = 3, buffers = { 2, 2, 2 }, transposed = true,
          groups = { 'stride', 'padding', 'dilation', 'adjustment' } }

--- Depth-wise weights are multiplier x nInputPlane x kH x kW; every input plane is a group of `multiplier` outputs. The bias
-- is multiplier x nInputPlane. With `in_place` a view of the tensor itself with the axes swapped comes back.
local function grouped_weight(weight, geo, _, in_place)
  local kernel = geo.kernel
  local planes = weight:dim() == 4 and weight:size(2) or weight:size(2) / (kernel[1] * kernel[2])
  -- a gradient that was given as a matrix takes the four dimensions for good, as in the original
  if in_place then return weight:resize(weight:size(1), planes, kernel[1], kernel[2]):transpose(1, 2) end
  local by_plane = weight:view(weight:size(1), planes, kernel[1], kernel[2]):transpose(1, 2)
  return by_plane:contiguous():view(planes * weight:size(1), 1, kernel[1], kernel[2]), planes
end

declare { name = 'SpatialDepthWiseConvolution', rank = 2, buffers = { 2, 2, 2 }, groups = PLAIN,
          shape_weight = grouped_weight }

-- the same names again, for tensors on the CPU
local general = {}
for name, kernel in pairs(kernels) do general[name] = kernel end
sliding.declare(kernels, 'SpatialConvolutionMM', general, { buffers = { 2, 2, 2 }, window = 'plain' })
sliding.declare(kernels, 'SpatialDilatedConvolution', general, { buffers = { 2, 1, 2 }, window = 'dilated' })
sliding.declare(kernels, 'SpatialFullConvolution', general, { buffers = { 2, 1, 2 }, window = 'full' })
sliding.declare(kernels, 'SpatialFullDilatedConvolution', general, { buffers = { 2, 1, 2 }, window = 'full_dilated' })

return kernels
