--- nn.VolumetricBatchNormalization(nFeature[, eps = 1e-5[, momentum = 0.1[, affine = true]]])
-- BatchNormalization of the planes of N x nFeature x T x H x W volumes.
local VolumetricBatchNormalization = torch.class('nn.VolumetricBatchNormalization', 'nn.BatchNormalization')

VolumetricBatchNormalization.nDim = 5
