--- Parts of the local normalisations: weighted means over a window and all planes, with a correction at image borders.
local neighbourhood = {}

--- Checks an averaging kernel: 1-D or 2-D, odd extents. `name` is the layer's, for messages.
function neighbourhood.check_kernel(kernel, name)
  local ndim = kernel:dim()
  if ndim ~= 1 and ndim ~= 2 then error(('<%s> averaging kernel must be 2D or 1D'):format(name), 3) end
  for d = 1, ndim do
    if kernel:size(d) % 2 == 0 then error(('<%s> averaging kernel must have ODD dimensions'):format(name), 3) end
  end
end

--- The layers that take the kernel-weighted sum over window and planes and repeat it for every plane.
-- A 1-D kernel is applied along rows of each plane, then along columns of all. `first`: layers to put in front.
function neighbourhood.estimator(planes, kernel, first)
  local height, width = kernel:size(1), kernel:size(kernel:dim())
  local padH, padW = math.floor(height / 2), math.floor(width / 2)
  local net = nn.Sequential()
  for _, layer in ipairs(first or {}) do net:add(layer) end
  net:add(nn.SpatialZeroPadding(padW, padW, padH, padH))
  if kernel:dim() == 2 then
    local whole = nn.SpatialConvolution(planes, 1, width, height)
    whole.weight:copy(kernel:view(1, 1, height, width):expandAs(whole.weight))
    whole.bias:zero()
    net:add(whole)
  else
    local rows = nn.SpatialConvolutionMap(nn.tables.oneToOne(planes), width, 1)
    local columns = nn.SpatialConvolution(planes, 1, 1, height)
    rows.weight:copy(kernel:view(1, 1, width):expandAs(rows.weight))
    columns.weight:copy(kernel:view(1, 1, height, 1):expandAs(columns.weight))
    rows.bias:zero()
    columns.bias:zero()
    net:add(rows):add(columns)
  end
  return net:add(nn.Replicate(planes, 1, 3))
end

--- What the estimator gives for an image of ones: 1 inside, less where the window hangs over the border.
-- Returns it in the size of `input` (a batch repeats it), over module._coef.
function neighbourhood.coefficients(module, input)
  local batched = input:dim() == 4
  module.ones = (module.ones or input.new()):resizeAs(batched and input[1] or input):fill(1)
  local coefficient = module.meanestimator:updateOutput(module.ones)
  module._coef = (module._coef or input.new()):resizeAs(coefficient):copy(coefficient)
  if not batched then return module._coef end
  local size = torch.LongStorage(coefficient:dim() + 1)
  size[1] = input:size(1)
  for d = 1, coefficient:dim() do size[d + 1] = coefficient:size(d) end
  return nn.utils.addSingletonDimension(module._coef, 1):expand(size)
end

return neighbourhood
