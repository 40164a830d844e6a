--- The function table of the neural-network kernels: `tensor.THNN.<Name>_<direction>(tensors and numbers…)`.
-- Names, argument order and in-place meaning are those of the C library THNN (its leading state argument is not passed);
-- `tensor:cdata()` is the tensor itself, so that modules that call the table directly work unchanged. A family of
-- functions is read from its file when the first of its names is asked for. Float and double tensors share the functions.

local families = {
  activation = 'Abs HardShrink HardTanh LeakyReLU PReLU RReLU Sigmoid SoftShrink Sqrt Square Tanh Threshold',
  exponential = 'ELU LogSigmoid SoftPlus',
  softmax = 'GatedLinear LogSoftMax SoftMax',
  regression_loss = 'AbsCriterion BCECriterion DistKLDivCriterion L1Cost MSECriterion MarginCriterion SmoothL1Criterion '
    .. 'SoftMarginCriterion',
  class_loss = 'ClassNLLCriterion MultiLabelMarginCriterion MultiMarginCriterion SpatialClassNLLCriterion',
  linear = 'Linear',
  lookup = 'LookupTable',
  sparse_linear = 'SparseLinear',
  index_linear = 'IndexLinear',
  recurrent = 'GRUFused LSTMFused',
  normalization = 'BatchNormalization',
  convolution = 'SpatialConvolutionMM SpatialDepthWiseConvolution SpatialDilatedConvolution SpatialFullConvolution '
    .. 'SpatialFullDilatedConvolution VolumetricConvolution VolumetricConvolutionMM VolumetricDilatedConvolution '
    .. 'VolumetricFullConvolution VolumetricFullDilatedConvolution',
  convolution_map = 'SpatialConvolutionMap SpatialFullConvolutionMap',
  convolution_local = 'SpatialConvolutionLocal unfolded',
  temporal = 'TemporalConvolution TemporalMaxPooling TemporalRowConvolution TemporalSubSampling',
  pooling = 'SpatialAdaptiveAveragePooling SpatialAdaptiveMaxPooling SpatialAveragePooling SpatialDilatedMaxPooling '
    .. 'SpatialMaxPooling VolumetricAveragePooling VolumetricDilatedMaxPooling VolumetricMaxPooling',
  fractional_pooling = 'SpatialFractionalMaxPooling VolumetricFractionalMaxPooling',
  unpooling = 'SpatialMaxUnpooling VolumetricMaxUnpooling',
  subsampling = 'SpatialSubSampling',
  feature_pooling = 'FeatureLPPooling',
  padding = 'SpatialReflectionPadding SpatialReplicationPadding VolumetricReplicationPadding',
  resampling = 'SpatialGridSamplerBilinear SpatialUpSamplingBilinear SpatialUpSamplingNearest VolumetricUpSamplingNearest '
    .. 'VolumetricUpSamplingTrilinear',
}

local family_of = {}
for family, prefixes in pairs(families) do
  for prefix in prefixes:gmatch('%S+') do family_of[prefix] = family end
end

local loaded = {}
local function load_family(functions, family)
  if loaded[family] then return end
  for name, kernel in pairs(require('nn.THNN.' .. family)) do rawset(functions, name, kernel) end
  loaded[family] = true
end

local functions = setmetatable({}, {
  __index = function(functions, name)
    local family = type(name) == 'string' and family_of[name:match('^([^_]+)_')]
    if not family then return nil end
    load_family(functions, family)
    return rawget(functions, name)
  end,
  __pairs = function(functions)
    for family in pairs(families) do load_family(functions, family) end
    return next, functions, nil
  end,
})

for _, typename in ipairs { 'torch.FloatTensor', 'torch.DoubleTensor' } do
  torch.getmetatable(typename).THNN = functions
end

--- nn.THNN: the same functions under the names that code written against the C interface uses.
local THNN = { kernels = {}, C = functions, NULL = nil }
THNN.kernels['torch.FloatTensor'] = functions
THNN.kernels['torch.DoubleTensor'] = functions

--- The library state that C kernels took first; there is none.
function THNN.getState() return nil end

--- What to pass for a tensor argument that may be absent.
function THNN.optionalTensor(tensor)
  return tensor and tensor:cdata() or nil
end

--- bind(library, names, typeIndicator, getState): a table of `library`'s kernels under their plain names.
-- `library` is any table of functions named as `names` lists them, with the type indicator in front.
function THNN.bind(library, names, indicator)
  local bound = {}
  for _, name in ipairs(names) do
    local kernel = library['THNN_' .. (indicator or '') .. name] or library[name]
    if kernel then bound[name] = kernel end
  end
  return bound
end

--- Calls kernel `name` of the table that belongs to `typename`.
function THNN.runKernel(name, typename, ...)
  local table_of_type = THNN.kernels[typename]
  if not table_of_type then error('no neural-network functions for ' .. tostring(typename), 2) end
  local kernel = table_of_type[name]
  if not kernel then error(("function '%s' not found for %s"):format(name, typename), 2) end
  return kernel(...)
end

return THNN
