--- Up-sampling of images and volumes (corners aligned where linear), and bilinear sampling at a grid.
local ffi = require 'ffi'
local aten = require('bridge').aten
local shapes = require 'nn.THNN.shapes'

local kernels = {}

--- The last `rank` sizes of a tensor, multiplied by `factor`.
local function scaled_size(tensor, rank, factor)
  local size, ndim = {}, tensor:dim()
  for d = 1, rank do size[d] = tensor:size(ndim - rank + d) * factor end
  return size
end

local function declare_nearest(name, rank, forward, backward)
  kernels[name .. '_updateOutput'] = function(input, output, factor)
    local result = forward(shapes.as_batch(input, rank + 2), scaled_size(input, rank, factor), nil, nil, nil)
    shapes.deliver(output, result, input:dim() == rank + 1)
  end
  kernels[name .. '_updateGradInput'] = function(input, gradOutput, gradInput, factor)
    local batch = shapes.as_batch(input, rank + 2)
    local gradient = backward(shapes.as_batch(gradOutput, rank + 2), scaled_size(input, rank, factor),
      batch:size():totable(), nil, nil, nil)
    shapes.deliver(gradInput, gradient, input:dim() == rank + 1)
  end
end

local nearest2d, nearest2d_backward = aten.upsample_nearest2d, aten.upsample_nearest2d_backward
local nearest3d, nearest3d_backward = aten.upsample_nearest3d, aten.upsample_nearest3d_backward
declare_nearest('SpatialUpSamplingNearest', 2, function(t, size) return nearest2d(t, size) end,
  function(g, size, from) return nearest2d_backward(g, size, from) end)
declare_nearest('VolumetricUpSamplingNearest', 3, function(t, size) return nearest3d(t, size) end,
  function(g, size, from) return nearest3d_backward(g, size, from) end)

--- Source positions of linear interpolation along one axis, corners aligned: for each place of the output the two input places
-- (1-based) and the weight of the second. Positions are worked out in single precision, as the original does.
local single = ffi.new('float[1]')
local function rounded(number)
  single[0] = number
  return tonumber(single[0])
end

local function positions(from, to, like)
  local ratio = to > 1 and rounded((from - 1) / (to - 1)) or 0
  local first, second, weight = torch.LongTensor(to), torch.LongTensor(to), like.new(to)
  for place = 1, to do
    local position = rounded(ratio * (place - 1))
    local whole = math.floor(position)
    first[place] = whole + 1
    second[place] = math.min(whole + 2, from)
    weight[place] = rounded(position - whole)
  end
  return first, second, weight
end

--- A vector in a shape that lies along dimension `dim` of `like`.
local function along(vector, dim, like)
  local size = torch.LongStorage(like:dim()):fill(1)
  size[dim] = vector:size(1)
  return vector:view(size):expandAs(like)
end

local function interpolate(tensor, dim, to)
  local first, second, weight = positions(tensor:size(dim), to, tensor)
  local result = tensor:index(dim, first)
  local step = tensor:index(dim, second):cmul(along(weight, dim, result))
  return result:cmul(along(torch.mul(weight, -1):add(1), dim, result)):add(step)
end

--- The transpose of interpolate: spreads a gradient back over `from` places.
local function spread(gradient, dim, from)
  local first, second, weight = positions(from, gradient:size(dim), gradient)
  local size = gradient:size()
  size[dim] = from
  local result = gradient.new(size):zero()
  result:indexAdd(dim, first, torch.cmul(gradient, along(torch.mul(weight, -1):add(1), dim, gradient)))
  result:indexAdd(dim, second, torch.cmul(gradient, along(weight, dim, gradient)))
  return result
end

--- Declares linear up-sampling of the last `rank` dimensions. In single precision ATen's operator gives the same to rounding.
local function declare_linear(name, rank, forward, backward)
  local function exact(tensor) return torch.typename(tensor) == 'torch.DoubleTensor' end

  kernels[name .. '_updateOutput'] = function(input, output, ...)
    local size = { ... }
    if not exact(input) then return output:set(forward(input, size, true)) end
    local result = input
    for d = rank, 1, -1 do result = interpolate(result, d + 2, size[d]) end
    output:set(result)
  end

  kernels[name .. '_updateGradInput'] = function(gradOutput, gradInput, ...)
    local from = { ... }
    local to = {}
    for d = rank, 1, -1 do to[d] = table.remove(from) end
    if not exact(gradOutput) then return gradInput:set(backward(gradOutput, to, from, true)) end
    local result = gradOutput
    for d = rank, 1, -1 do result = spread(result, d + 2, from[d + 2]) end
    gradInput:set(result)
  end
end

declare_linear('SpatialUpSamplingBilinear', 2, aten.upsample_bilinear2d, aten.upsample_bilinear2d_backward)
declare_linear('VolumetricUpSamplingTrilinear', 3, aten.upsample_trilinear3d, aten.upsample_trilinear3d_backward)

local BILINEAR, ZERO_PADDING = 0, 0
local grid_sampler, grid_sampler_backward = aten.grid_sampler_2d, aten.grid_sampler_2d_backward

function kernels.SpatialGridSamplerBilinear_updateOutput(input, grid, output)
  output:set(grid_sampler(input, grid, BILINEAR, ZERO_PADDING, true))
end

function kernels.SpatialGridSamplerBilinear_updateGradInput(input, gradInput, grid, gradGrid, gradOutput)
  local forInput, forGrid = grid_sampler_backward(gradOutput, input, grid, BILINEAR, ZERO_PADDING, true, { true, true })
  gradInput:set(forInput)
  gradGrid:set(forGrid)
end

return kernels
