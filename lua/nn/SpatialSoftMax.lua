--- nn.SpatialSoftMax(): SoftMax over the feature planes at each place (C x H x W or N x C x H x W).
local SpatialSoftMax = torch.class('nn.SpatialSoftMax', 'nn.Module')

require('nn.support.elementwise')(SpatialSoftMax, 'SoftMax', { output = true })
