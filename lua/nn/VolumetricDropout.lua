--- nn.VolumetricDropout([p = 0.5[, stochasticInference = false]]): drops whole planes of C x T x H x W volumes (or batches).
local VolumetricDropout, Module = torch.class('nn.VolumetricDropout', 'nn.Module')

require('nn.support.plane_dropout')(VolumetricDropout, Module, 4)
