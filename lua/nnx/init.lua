--- The experimental layers of nnx that old scripts and Element-Research's packages use; they go into `nn`.
-- Asking for one that is not here raises an error that names it.
require 'torch'
require 'nn'
require 'xlua'

local nnx = {}
rawset(_G, 'nnx', nnx)

for _, name in ipairs {
  'FunctionWrapper', 'Minus', 'MultiSoftMax', 'PullTable', 'PushTable', 'SoftMaxTree', 'SpatialClassifier', 'SpatialPadding',
  'SpatialReSampling', 'SpatialUpSampling', 'SuperCriterion', 'Tic', 'Toc', 'TreeNLLCriterion',
} do
  require('nnx.' .. name)
end

-- What serves in the place of the others.
local ABSENT = {
  CTCCriterion = 'torch.nn.CTCLoss, in Python', SpatialDownSampling = 'nn.SpatialAveragePooling',
  SpatialMaxSampling = 'nn.SpatialAdaptiveMaxPooling', SpatialReSamplingEx = 'nn.SpatialReSampling',
  SpatialLinear = 'nn.SpatialConvolution with kernels of size 1', SpatialColorTransform = 'image.rgb2yuv and the like',
  SpatialNormalization = 'nn.SpatialContrastiveNormalization', SaturatedLU = 'nn.HardTanh', DataSet = 'a table',
  PixelSort = 'nn.PixelShuffle', Balance = 'nn.SoftMax',
}
for name in ([[DataList DataSetLabelMe DataSetSamplingPascal DistMarginCriterion DistNLLCriterion Probe SoftMaxForest
  SparseCriterion SpatialFovea SpatialGraph SpatialMatching SpatialPyramid SpatialRadialMatching SpatialRecursiveFovea
  SpatialSparseCriterion]]):gmatch '%S+' do
  ABSENT[name] = 'the classes of nn'
end
for name, instead in pairs(ABSENT) do
  if nn[name] == nil then
    nn[name] = function() error(('nn.%s of nnx is not supported; use %s'):format(name, instead), 2) end
  end
end
nnx.QDRiemaNNLinear = function() error('nnx.QDRiemaNNLinear is not supported; use nn.Linear', 2) end

return nnx
