--- Filters: image.convolve, image.gaussianpyramid, image.lcn.
local forms = require 'image.forms'

-- The kernel for an image: one for each plane where the image has several.
local function kernel_for(source, kernel)
  if kernel:dim() == 2 and source:dim() == 3 then
    return source.new(source:size(1), kernel:size(1), kernel:size(2)):copy(
      kernel:view(1, kernel:size(1), kernel:size(2)):expand(source:size(1), kernel:size(1), kernel:size(2)))
  end
  return kernel
end

--- image.convolve([dst,] src, kernel[, mode]): mode 'valid' (the default), 'full', or 'same', which answers the middle of
-- the full result. A kernel of two dimensions is applied to each plane.
function image.convolve(...)
  local destination, source, kernel, mode = forms.destination_first('convolve', 2, ...)
  mode = forms.choose('convolve', 'mode', mode or 'valid', { 'valid', 'full', 'same' })
  kernel = kernel_for(source, kernel)
  local extent = mode == 'valid' and 'V' or 'F'
  local result
  if destination then
    torch.conv2(destination, source, kernel, extent)
    result = destination
  else
    result = torch.conv2(source, kernel, extent)
  end
  if mode ~= 'same' then return result end
  for axis = result:dim() - 1, result:dim() do
    result = result:narrow(axis, math.ceil(kernel:size(axis) / 2), source:size(axis))
  end
  return result
end

--- image.gaussianpyramid([list,] src, scales): for each scale the image, smoothed at the scale before, at that scale.
function image.gaussianpyramid(...)
  local list, source, scales = ...
  if select('#', ...) == 2 then list, source, scales = {}, ... end
  if not torch.isTensor(source) or type(scales) ~= 'table' then
    forms.raise('gaussianpyramid', 'incorrect arguments: an image and a list of scales expected')
  end
  local dimensions = source:dim()
  if dimensions ~= 2 and dimensions ~= 3 then forms.raise('gaussianpyramid', 'src image must be 2D or 3D') end
  local kernel = image.gaussian { width = 3, normalize = true }:typeAs(source)
  local smooth = source
  for i, factor in ipairs(scales) do
    local sizes = source:size()
    for axis = dimensions - 1, dimensions do sizes[axis] = math.floor(source:size(axis) * factor) end
    local level = (list[i] or source.new()):resize(sizes)
    list[i] = level
    if factor == 1 then level:copy(smooth) else image.scale(level, smooth, 'simple') end
    smooth = image.convolve(level, kernel, 'same')
  end
  return list
end

--- image.lcn(image[, kernel]): local contrast normalisation of a grey image: the mean under the kernel subtracted, divided
-- by the deviation under it where that is above 1. The result is smaller by the kernel.
function image.lcn(source, kernel)
  kernel = kernel or image.gaussian { size = 9, sigma = 1.591 / 9, normalize = true }
  kernel = kernel:double()
  if source:dim() == 3 and source:size(1) == 1 then source = source[1] end
  if source:dim() ~= 2 then forms.raise('lcn', 'grayscale image expected, got %s', torch.describe(source)) end
  local values = source:double():clone()
  values:add(-values:mean()):div(values:std())
  local mean = torch.conv2(values, kernel)
  local variance = torch.conv2(torch.cmul(values, values), kernel):add(-1, torch.cmul(mean, mean))
  local deviation = variance:cmax(0):sqrt():cmax(1)
  local middle = values:narrow(1, math.floor(kernel:size(1) / 2) + 1, mean:size(1))
    :narrow(2, math.floor(kernel:size(2) / 2) + 1, mean:size(2))
  return (middle - mean):cdiv(deviation)
end
