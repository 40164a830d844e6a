--- nn.SpatialReSampling{owidth, oheight} or {rwidth, rheight}: bilinear interpolation to a size, or by ratios; corners
-- stay where they are. Input: C x H x W, or N x C x H x W.
local SpatialReSampling, Module = torch.class('nn.SpatialReSampling', 'nn.Module')

function SpatialReSampling:__init(...)
  Module.__init(self)
  xlua.unpack_class(self, { ... }, 'nn.SpatialReSampling', 'bilinear interpolation of maps',
    { arg = 'rwidth', type = 'number', help = 'ratio: owidth/iwidth' },
    { arg = 'rheight', type = 'number', help = 'ratio: oheight/iheight' },
    { arg = 'owidth', type = 'number', help = 'output width' },
    { arg = 'oheight', type = 'number', help = 'output height' })
end

local function batch_of(tensor)
  if tensor:dim() == 4 then return tensor:contiguous() end
  return tensor:contiguous():view(1, tensor:size(1), tensor:size(2), tensor:size(3))
end

function SpatialReSampling:updateOutput(input)
  if input:dim() ~= 3 and input:dim() ~= 4 then
    error(('nn.SpatialReSampling: 3D or 4D input expected, got %dD'):format(input:dim()), 2)
  end
  local batch = batch_of(input)
  self.oheight = self.rheight and math.floor(self.rheight * batch:size(3)) or self.oheight or batch:size(3)
  self.owidth = self.rwidth and math.floor(self.rwidth * batch:size(4)) or self.owidth or batch:size(4)
  input.THNN.SpatialUpSamplingBilinear_updateOutput(batch, self.output, self.oheight, self.owidth)
  if input:dim() == 3 then self.output:set(self.output:select(1, 1)) end
  return self.output
end

function SpatialReSampling:updateGradInput(input, gradOutput)
  local batch = batch_of(input)
  input.THNN.SpatialUpSamplingBilinear_updateGradInput(batch_of(gradOutput), self.gradInput, batch:size(1), batch:size(2),
    batch:size(3), batch:size(4), self.oheight, self.owidth)
  if input:dim() == 3 then self.gradInput:set(self.gradInput:select(1, 1)) end
  return self.gradInput
end
