--- nn.SpatialFractionalMaxPooling(poolSizeW, poolSizeH, outW, outH), or (…, ratioW, ratioH) with ratios in (0, 1)
-- Max pooling over regions of random place and given number (Graham, 2014). Input: planes x H x W, or a batch of those.
local SpatialFractionalMaxPooling, Module = torch.class('nn.SpatialFractionalMaxPooling', 'nn.Module')

require('nn.support.fractional')(SpatialFractionalMaxPooling, Module, 'SpatialFractionalMaxPooling', { 'W', 'H' })
