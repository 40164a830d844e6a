--- Fractional max pooling (Graham, 2014): pooling regions placed by random samples, one an axis and plane.
-- Images are planes x H x W, volumes planes x H x W x T; numbers and samples name the last dimension first.
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}
local add_scalar = aten['add.Scalar']

--- Numbers in the order of the dimensions.
local function ordered(rank, first, second, third)
  if rank == 2 then return { second, first } end
  return { third, second, first }
end

--- Samples in the order in which ATen reads them: as they come for images, by dimension for volumes.
local function reordered(samples, rank)
  if rank == 2 then return samples end
  return samples:index(3, torch.LongTensor { 3, 2, 1 })
end

local function declare(name, rank, forward, backward)
  local function sizes(...)
    return ordered(rank, ...), ordered(rank, select(rank + 1, ...))
  end

  kernels[name .. '_updateOutput'] = function(input, output, ...)
    local out_size, pool_size = sizes(...)
    local indices, samples = select(2 * rank + 1, ...)
    local values, places = forward(shapes.as_batch(input, rank + 2), pool_size, out_size, reordered(samples, rank))
    local single = input:dim() == rank + 1
    shapes.deliver(output, values, single)
    shapes.deliver(indices, places:add(1), single)
  end

  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, ...)
    local out_size, pool_size = sizes(...)
    local indices = select(2 * rank + 1, ...)
    gradInput:resizeAs(input)
    backward(gradOutput, input, pool_size, out_size, add_scalar(indices, -1, 1), gradInput)
  end
end

declare('SpatialFractionalMaxPooling', 2, aten.fractional_max_pool2d, aten['fractional_max_pool2d_backward.grad_input'])
declare('VolumetricFractionalMaxPooling', 3, aten.fractional_max_pool3d,
  aten['fractional_max_pool3d_backward.grad_input'])

return kernels
