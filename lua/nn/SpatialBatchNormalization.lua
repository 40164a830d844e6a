--- nn.SpatialBatchNormalization(nFeature[, eps = 1e-5[, momentum = 0.1[, affine = true]]])
-- BatchNormalization of the planes of N x nFeature x H x W images.
local SpatialBatchNormalization = torch.class('nn.SpatialBatchNormalization', 'nn.BatchNormalization')

SpatialBatchNormalization.__version = 2
SpatialBatchNormalization.nDim = 4
