--- Kernels of filters: image.gaussian, image.gaussian1D, image.laplacian. Arguments go by position or by name.
-- Sigmas are fractions of the size, means of its place: 0.5 is the middle.
local forms = require 'image.forms'
local planes = require 'image.planes'

local function same_as(name)
  return function(values) return values[name] end
end

local function flat_kernel(sigma)
  return {
    { 'size', 3 }, { 'sigma', sigma }, { 'amplitude', 1 }, { 'normalize', false }, { 'width', same_as('size') },
    { 'height', same_as('size') }, { 'sigma_horz', same_as('sigma') }, { 'sigma_vert', same_as('sigma') },
    { 'mean_horz', 0.5 }, { 'mean_vert', 0.5 }, { 'tensor' },
  }
end

local gaussian_arguments = flat_kernel(0.25)
local laplacian_arguments = flat_kernel(0.1)
local line_arguments = {
  { 'size', 3 }, { 'sigma', 0.25 }, { 'amplitude', 1 }, { 'normalize', false }, { 'mean', 0.5 }, { 'tensor' },
}

local function check_result(name, tensor, dimensions)
  if tensor and (tensor:dim() ~= dimensions or tensor:nElement() == 0) then
    forms.raise(name, 'expecting non-empty %dD tensor, got %s', dimensions, torch.describe(tensor))
  end
end

-- Squared distance of element i (from 1) of `size` from the mean, in sigmas, halved.
local function distance(i, size, mean, sigma) return ((i - (mean * size + 0.5)) / (sigma * size)) ^ 2 / 2 end

local function normalized(kernel, wanted)
  if wanted then kernel:div(kernel:sum()) end
  return kernel
end

local function fill(result, arguments, value)
  local height, width = result:size(1), result:size(2)
  local values, data = planes.new(1, height, width)
  for y = 1, height do
    local vertical = distance(y, height, arguments.mean_vert, arguments.sigma_vert)
    for x = 1, width do
      local horizontal = distance(x, width, arguments.mean_horz, arguments.sigma_horz)
      data[(y - 1) * width + x - 1] = arguments.amplitude * value(vertical + horizontal)
    end
  end
  planes.write(result, values)
  return normalized(result, arguments.normalize)
end

--- image.gaussian{size = 3, sigma = 0.25, amplitude = 1, normalize = false, width, height, sigma_horz, sigma_vert,
-- mean_horz = 0.5, mean_vert = 0.5, tensor}: a bell, height x width; `tensor` is filled where given.
function image.gaussian(...)
  local arguments = forms.named('gaussian', gaussian_arguments, ...)
  check_result('gaussian', arguments.tensor, 2)
  local result = arguments.tensor or torch.Tensor(arguments.height, arguments.width)
  return fill(result, arguments, function(d) return math.exp(-d) end)
end

--- tensor.image.gaussian(dst, amplitude, normalize, sigma_horz, sigma_vert, mean_horz, mean_vert)
function image._methods.gaussian(result, amplitude, normalize, sigma_horz, sigma_vert, mean_horz, mean_vert)
  return image.gaussian {
    tensor = result, amplitude = amplitude, normalize = normalize, sigma_horz = sigma_horz, sigma_vert = sigma_vert,
    mean_horz = mean_horz, mean_vert = mean_vert,
  }
end

--- image.gaussian1D{size = 3, sigma = 0.25, amplitude = 1, normalize = false, mean = 0.5, tensor}
function image.gaussian1D(...)
  local arguments = forms.named('gaussian1D', line_arguments, ...)
  check_result('gaussian1D', arguments.tensor, 1)
  local result = arguments.tensor or torch.Tensor(arguments.size)
  local size = result:size(1)
  for i = 1, size do result[i] = arguments.amplitude * math.exp(-distance(i, size, arguments.mean, arguments.sigma)) end
  return normalized(result, arguments.normalize)
end

--- image.laplacian{size = 3, sigma = 0.1, …}: of a bell, height x width; arguments as image.gaussian's.
function image.laplacian(...)
  local arguments = forms.named('laplacian', laplacian_arguments, ...)
  local size = { arguments.height, arguments.width }
  -- The original measures rows by the horizontal arguments and columns by the vertical ones.
  local result = torch.Tensor(size[1], size[2])
  for y = 1, size[1] do
    local first = ((y - (arguments.mean_horz * size[2] + 0.5)) / (arguments.sigma_horz * size[2])) ^ 2 / 2
    for x = 1, size[2] do
      local d = first + ((x - (arguments.mean_vert * size[1] + 0.5)) / (arguments.sigma_vert * size[1])) ^ 2 / 2
      result[y][x] = arguments.amplitude * (1 - d) * math.exp(-d)
    end
  end
  return normalized(result, arguments.normalize)
end
