--- nn.SpatialLogSoftMax(): LogSoftMax over the feature planes at each place (C x H x W or N x C x H x W).
local SpatialLogSoftMax = torch.class('nn.SpatialLogSoftMax', 'nn.Module')

require('nn.support.elementwise')(SpatialLogSoftMax, 'LogSoftMax', { output = true })
