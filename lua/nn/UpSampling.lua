--- nn.UpSampling(scale | {odepth = , oheight = , owidth = }[, mode = 'nearest']): enlarges images (4-D) or volumes (5-D input).
-- mode: 'nearest' (a scale is needed) or 'linear' ('bilinear' and 'trilinear' mean the same), corners aligned.
local UpSampling, Module = torch.class('nn.UpSampling', 'nn.Module')

local linear_names = { linear = true, bilinear = true, trilinear = true }

function UpSampling:__init(params, mode)
  Module.__init(self)
  self.mode = linear_names[mode] and 'linear' or 'nearest'
  if torch.type(params) == 'table' then
    if self.mode == 'nearest' then error('Nearest neighbour upsampling requires a scale_factor', 2) end
    self.odepth, self.owidth, self.oheight = params.odepth, params.owidth, params.oheight
    if not (self.owidth and self.oheight) then error('Output height and width parameters are required', 2) end
  else
    if not params or params < 1 then error('scale_factor must be greater than 1', 2) end
    if params % 1 ~= 0 then error('scale_factor must be integer', 2) end
    self.scale_factor = params
  end
  self.inputSize = torch.LongStorage(5):fill(0)
  self.outputSize = torch.LongStorage(5):fill(0)
end

--- Works out outputSize; its last two or three places are height, width and before them depth.
function UpSampling:setSize(input)
  local ndim = input:dim()
  for d = 1, ndim do
    self.inputSize[d] = input:size(d)
    self.outputSize[d] = input:size(d)
  end
  local wanted = { self.owidth or false, self.oheight or false, self.odepth or false }
  for i = 1, ndim - 2 do
    local d = ndim - i + 1
    if self.scale_factor then
      self.outputSize[d] = self.outputSize[d] * self.scale_factor
    elseif wanted[i] then
      self.outputSize[d] = wanted[i]
    else
      error('No output depth dimension was supplied for volumetric upsampling', 3)
    end
  end
end

local function check(input)
  local ndim = input:dim()
  if ndim ~= 4 and ndim ~= 5 then error('UpSampling only supports 4D or 5D tensors', 3) end
  return ndim
end

--- The last `count` of a storage's first `ndim` numbers.
local function last_sizes(size, ndim, count)
  if count == 2 then return size[ndim - 1], size[ndim] end
  return size[ndim - 2], size[ndim - 1], size[ndim]
end

function UpSampling:updateOutput(input)
  local ndim = check(input)
  self:setSize(input)
  local rank = ndim - 2
  if self.mode == 'nearest' then
    local kernel = rank == 2 and 'SpatialUpSamplingNearest' or 'VolumetricUpSamplingNearest'
    input.THNN[kernel .. '_updateOutput'](input, self.output, self.scale_factor)
  else
    local kernel = rank == 2 and 'SpatialUpSamplingBilinear' or 'VolumetricUpSamplingTrilinear'
    input.THNN[kernel .. '_updateOutput'](input, self.output, last_sizes(self.outputSize, ndim, rank))
  end
  return self.output
end

function UpSampling:updateGradInput(input, gradOutput)
  local ndim = check(input)
  if gradOutput:dim() ~= ndim then error('Input and gradOutput should be of same dimension', 2) end
  if self.mode == 'nearest' then
    local kernel = ndim == 4 and 'SpatialUpSamplingNearest' or 'VolumetricUpSamplingNearest'
    input.THNN[kernel .. '_updateGradInput'](input, gradOutput, self.gradInput, self.scale_factor)
  elseif ndim == 4 then
    input.THNN.SpatialUpSamplingBilinear_updateGradInput(gradOutput, self.gradInput, input:size(1), input:size(2),
      input:size(3), input:size(4), last_sizes(self.outputSize, 4, 2))
  else
    input.THNN.VolumetricUpSamplingTrilinear_updateGradInput(gradOutput, self.gradInput, input:size(1), input:size(2),
      input:size(3), input:size(4), input:size(5), last_sizes(self.outputSize, 5, 3))
  end
  return self.gradInput
end

function UpSampling:__tostring__()
  local size
  if self.scale_factor then
    size = ('%dx'):format(self.scale_factor)
  else
    size = ('%dx%d'):format(self.oheight, self.owidth)
    if self.odepth then size = ('%dx%s'):format(self.odepth, size) end
  end
  return ('%s(%s, %s)'):format(torch.type(self), size, self.mode)
end
