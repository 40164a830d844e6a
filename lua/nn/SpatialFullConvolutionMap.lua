--- nn.SpatialFullConvolutionMap(connTable, kW, kH[, dW = 1[, dH = 1]]): the transposed convolution over a connection table.
-- Input: nInputPlane x H x W, or a batch of those.
local SpatialFullConvolutionMap, Module = torch.class('nn.SpatialFullConvolutionMap', 'nn.Module')

require('nn.support.connecting')(SpatialFullConvolutionMap, Module, 'SpatialFullConvolutionMap')
