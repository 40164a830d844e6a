--- nn.SpatialDropout([p = 0.5[, stochasticInference = false]]): drops whole planes of C x H x W images (or batches).
local SpatialDropout, Module = torch.class('nn.SpatialDropout', 'nn.Module')

require('nn.support.plane_dropout')(SpatialDropout, Module, 3)
