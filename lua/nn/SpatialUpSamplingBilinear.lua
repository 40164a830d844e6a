--- nn.SpatialUpSamplingBilinear(scale | {oheight = , owidth = }): bilinear interpolation, corners aligned.
-- Input: N x C x H x W, or C x H x W.
local shapes = require 'nn.THNN.shapes'

local SpatialUpSamplingBilinear, Module = torch.class('nn.SpatialUpSamplingBilinear', 'nn.Module')

function SpatialUpSamplingBilinear:__init(params)
  Module.__init(self)
  if torch.type(params) == 'table' then
    self.owidth, self.oheight = params.owidth, params.oheight
    if not (self.owidth and self.oheight) then error('owidth and oheight expected', 2) end
  else
    if not params or params < 1 then error('scale_factor must be greater than 1', 2) end
    if params % 1 ~= 0 then error('scale_factor must be integer', 2) end
    self.scale_factor = params
  end
  self.inputSize = torch.LongStorage(4)
  self.outputSize = torch.LongStorage(4)
end

--- Works out outputSize for a batch.
function SpatialUpSamplingBilinear:setSize(input)
  for d = 1, 4 do
    self.inputSize[d] = input:size(d)
    self.outputSize[d] = input:size(d)
  end
  self.outputSize[3] = self.oheight or self.outputSize[3] * self.scale_factor
  self.outputSize[4] = self.owidth or self.outputSize[4] * self.scale_factor
end

local function as_batch(input)
  if input:dim() ~= 4 and input:dim() ~= 3 then
    error('SpatialUpSamplingBilinear only supports 3D or 4D tensors', 3)
  end
  return shapes.as_batch(input, 4)
end

function SpatialUpSamplingBilinear:updateOutput(input)
  local batch = as_batch(input)
  self:setSize(batch)
  input.THNN.SpatialUpSamplingBilinear_updateOutput(batch, self.output, self.outputSize[3], self.outputSize[4])
  if input:dim() == 3 then self.output:set(self.output:select(1, 1)) end
  return self.output
end

function SpatialUpSamplingBilinear:updateGradInput(input, gradOutput)
  local batch = as_batch(input)
  input.THNN.SpatialUpSamplingBilinear_updateGradInput(shapes.as_batch(gradOutput, 4), self.gradInput, batch:size(1),
    batch:size(2), batch:size(3), batch:size(4), self.outputSize[3], self.outputSize[4])
  if input:dim() == 3 then self.gradInput:set(self.gradInput:select(1, 1)) end
  return self.gradInput
end

function SpatialUpSamplingBilinear:__tostring__()
  if self.scale_factor then return ('%s(%d)'):format(torch.type(self), self.scale_factor) end
  return ('%s(%d, %d)'):format(torch.type(self), self.oheight, self.owidth)
end
