--- The nn package: modules, containers and criterions over the function table `tensor.THNN`.
-- A class is read from its file the first time something asks for it, so that `require 'nn'` costs only the base
-- classes; `pairs(nn)` reads them all first and therefore still lists the whole package.
require 'torch'

local class_names = [[
Abs AbsCriterion Add AddConstant BCECriterion BatchNormalization Bilinear Bottle CAdd CAddTable CAddTensorTable CDivTable
CMaxTable CMinTable CMul CMulTable CReLU CSubTable Clamp ClassNLLCriterion ClassSimplexCriterion Collapse Concat
ConcatTable Constant Container Contiguous Convert Copy Cosine CosineDistance CosineEmbeddingCriterion Criterion
CriterionTable CrossEntropyCriterion Decorator DepthConcat DistKLDivCriterion DistanceRatioCriterion DontCast DotProduct
Dropout ELU Euclidean Exp FeatureLPPooling FlattenTable GPU GatedLinearUnit GradientReversal HardShrink HardTanh
HingeEmbeddingCriterion Identity Index IndexLinear JoinTable Kmeans L1Cost L1HingeEmbeddingCriterion L1Penalty
LayerNormalization LeakyReLU Linear LinearWeightNorm Log LogSigmoid LogSoftMax LookupTable MM MSECriterion MV MapTable
MarginCriterion MarginRankingCriterion MaskedSelect Max Maxout Mean Min MixtureTable Module ModuleCriterion Mul
MulConstant MultiCriterion MultiLabelMarginCriterion MultiLabelSoftMarginCriterion MultiMarginCriterion NaN Narrow
NarrowTable Normalize OneHot PReLU Padding PairwiseDistance Parallel ParallelCriterion ParallelTable PartialLinear
PixelShuffle Power PrintSize Profile RReLU ReLU ReLU6 Replicate Reshape Select SelectTable Sequential Sigmoid
SmoothL1Criterion SoftMarginCriterion SoftMax SoftMin SoftPlus SoftShrink SoftSign SparseLinear
SpatialAdaptiveAveragePooling SpatialAdaptiveMaxPooling SpatialAutoCropMSECriterion SpatialAveragePooling
SpatialBatchNormalization SpatialClassNLLCriterion SpatialContrastiveNormalization SpatialConvolution
SpatialConvolutionLocal SpatialConvolutionMM SpatialConvolutionMap SpatialCrossMapLRN SpatialDepthWiseConvolution
SpatialDilatedConvolution SpatialDilatedMaxPooling SpatialDivisiveNormalization SpatialDropout
SpatialFractionalMaxPooling SpatialFullConvolution SpatialFullConvolutionMap SpatialLPPooling SpatialLogSoftMax
SpatialMaxPooling SpatialMaxUnpooling SpatialReflectionPadding SpatialReplicationPadding SpatialSoftMax
SpatialSubSampling SpatialSubtractiveNormalization SpatialUpSamplingBilinear SpatialUpSamplingNearest SpatialZeroPadding
SplitTable Sqrt Square Squeeze StochasticGradient Sum Tanh TanhShrink TemporalConvolution TemporalDynamicKMaxPooling
TemporalMaxPooling TemporalRowConvolution TemporalSubSampling Threshold Transpose Unsqueeze UpSampling View
VolumetricAveragePooling VolumetricBatchNormalization VolumetricConvolution VolumetricDilatedConvolution
VolumetricDilatedMaxPooling VolumetricDropout VolumetricFractionalMaxPooling VolumetricFullConvolution
VolumetricMaxPooling VolumetricMaxUnpooling VolumetricReplicationPadding WeightNorm WeightedEuclidean
WeightedMSECriterion WhiteNoise ZeroGrad ZipTable ZipTableOneToMany
]]

--- Helpers that are tables or functions of `nn` rather than classes, and the file each lives in.
local helpers = { utils = 'nn.utils', tables = 'nn.tables', Jacobian = 'nn.Jacobian',
                  SparseJacobian = 'nn.SparseJacobian', hessian = 'nn.hessian' }

local files = {}
for name in class_names:gmatch('%S+') do files[name] = 'nn.' .. name end
for name, file in pairs(helpers) do files[name] = file end

local nn = _G.nn or {}
_G.nn = nn

local function load_on_demand(package, name)
  local file = files[name]
  if not file then return nil end
  files[name] = nil
  local value = require(file)
  if helpers[name] then rawset(package, name, value) end
  return rawget(package, name)
end

setmetatable(nn, {
  __index = load_on_demand,
  __pairs = function(package)
    for name in pairs(files) do load_on_demand(package, name) end
    return next, package, nil
  end,
})

-- torch.load, torch.factory and torch.class('…', 'nn.Parent') find classes that have not been read yet
torch._autoload('nn', function(name) return nn[name] end)

table.unpack = table.unpack or unpack -- luacheck: ignore 142

nn.THNN = require 'nn.THNN'
-- the base classes are read now: scripts add methods to them
local _, _, _ = nn.Module, nn.Criterion, nn.Container

-- The original loaded its test file with the package, which built an nn.Linear(1, 2) at once: four numbers of the default
-- generator. What a script that seeds before `require 'nn'` draws afterwards depends on them.
for _ = 1, 4 do torch.random() end

return nn
