--- nn.VolumetricFractionalMaxPooling(poolSizeT, poolSizeW, poolSizeH, outT, outW, outH), or (…, ratioT, ratioW, ratioH)
-- Max pooling over regions of random place and given number (Graham, 2014). Input: planes x H x W x T, or a batch of those.
local VolumetricFractionalMaxPooling, Module = torch.class('nn.VolumetricFractionalMaxPooling', 'nn.Module')

require('nn.support.fractional')(VolumetricFractionalMaxPooling, Module, 'VolumetricFractionalMaxPooling',
  { 'T', 'W', 'H' })
