--- SpatialSubSampling: each plane's window sums, scaled and shifted by one weight and one bias a plane.
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}
local avg_pool, avg_pool_backward = aten.avg_pool2d, aten.avg_pool2d_backward

--- Window sums: an average with divisor 1.
local function window_sums(batch, kW, kH, dW, dH)
  return avg_pool(batch, { kH, kW }, { dH, dW }, { 0, 0 }, false, true, 1)
end

local function over_planes(vector, like)
  return vector:view(1, vector:size(1), 1, 1):expandAs(like)
end

local function plane_totals(batch)
  return batch:sum(1):sum(3):sum(4)
end

function kernels.SpatialSubSampling_updateOutput(input, output, weight, bias, kW, kH, dW, dH)
  shapes.check_planes(input, 4, weight:size(1), 'SpatialSubSampling')
  local sums = window_sums(shapes.as_batch(input, 4), kW, kH, dW, dH)
  sums:cmul(over_planes(weight, sums)):add(over_planes(bias, sums))
  shapes.deliver(output, sums, input:dim() == 3)
end

function kernels.SpatialSubSampling_updateGradInput(input, gradOutput, gradInput, weight, kW, kH, dW, dH)
  local gradient = shapes.as_batch(gradOutput, 4)
  local weighted = torch.cmul(gradient, over_planes(weight, gradient))
  local result = avg_pool_backward(weighted, shapes.as_batch(input, 4), { kH, kW }, { dH, dW }, { 0, 0 }, false, true, 1)
  shapes.deliver(gradInput, result, input:dim() == 3)
end

function kernels.SpatialSubSampling_accGradParameters(input, gradOutput, gradWeight, gradBias, kW, kH, dW, dH, scale)
  local sums, gradient = window_sums(shapes.as_batch(input, 4), kW, kH, dW, dH), shapes.as_batch(gradOutput, 4)
  gradBias:add(scale, plane_totals(gradient))
  gradWeight:add(scale, plane_totals(sums:cmul(gradient)))
end

return kernels
