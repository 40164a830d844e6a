--- nn.SpatialUpSamplingNearest(scale): repeats each pixel scale x scale times. Input: … x H x W with 3 or 4 dimensions.
local SpatialUpSamplingNearest, Module = torch.class('nn.SpatialUpSamplingNearest', 'nn.Module')

function SpatialUpSamplingNearest:__init(scale)
  Module.__init(self)
  if scale < 1 then error('scale_factor must be greater than 1', 2) end
  if scale % 1 ~= 0 then error('scale_factor must be integer', 2) end
  self.scale_factor = scale
  self.inputSize = torch.LongStorage(4)
  self.outputSize = torch.LongStorage(4)
end

function SpatialUpSamplingNearest:updateOutput(input)
  if input:dim() ~= 3 and input:dim() ~= 4 then error('SpatialUpSamplingNearest only supports 3D or 4D tensors', 2) end
  input.THNN.SpatialUpSamplingNearest_updateOutput(input, self.output, self.scale_factor)
  return self.output
end

function SpatialUpSamplingNearest:updateGradInput(input, gradOutput)
  input.THNN.SpatialUpSamplingNearest_updateGradInput(input, gradOutput, self.gradInput, self.scale_factor)
  return self.gradInput
end
