--- nn.SpatialConvolutionMap(connTable, kW, kH[, dW = 1[, dH = 1]]): a convolution that joins only the planes of connTable.
-- Input: nInputPlane x H x W, or a batch of those. See nn.tables for ready-made tables.
local SpatialConvolutionMap, Module = torch.class('nn.SpatialConvolutionMap', 'nn.Module')

require('nn.support.connecting')(SpatialConvolutionMap, Module, 'SpatialConvolutionMap')

--- Shrinks weight and bias by the factor 1 - decay.
function SpatialConvolutionMap:decayParameters(decay)
  self.weight:add(-decay, self.weight)
  self.bias:add(-decay, self.bias)
end
