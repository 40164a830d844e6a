--- nn.PixelShuffle(upscaleFactor): from C r^2 x H x W to C x H r x W r, r being the factor (Shi et al., 2016). Batches too.
local PixelShuffle, Module = torch.class('nn.PixelShuffle', 'nn.Module')

function PixelShuffle:__init(upscaleFactor)
  Module.__init(self)
  self.upscaleFactor = upscaleFactor
  self.upscaleFactorSquared = upscaleFactor * upscaleFactor
end

--- batch x C x r x r x H x W, and whether the input was a single image.
local function taken_apart(self, input)
  local ndim = input:dim()
  if ndim ~= 3 and ndim ~= 4 then error('input must be 3D or 4D, got ' .. ndim .. 'D', 3) end
  local r, first = self.upscaleFactor, ndim == 4 and 1 or 0
  local planes, height, width = input:size(first + 1), input:size(first + 2), input:size(first + 3)
  return input:contiguous():view(first == 1 and input:size(1) or 1, planes / self.upscaleFactorSquared, r, r, height,
    width), first == 0
end

function PixelShuffle:updateOutput(input)
  local parts, single = taken_apart(self, input)
  local r = self.upscaleFactor
  local planes, height, width = parts:size(2), parts:size(5) * r, parts:size(6) * r
  -- rows of the block beside rows, columns beside columns
  self.output:resize(parts:size(1), planes, parts:size(5), r, parts:size(6), r):copy(parts:permute(1, 2, 5, 3, 6, 4))
  if single then return self.output:resize(planes, height, width) end
  return self.output:resize(parts:size(1), planes, height, width)
end

function PixelShuffle:updateGradInput(input, gradOutput)
  local parts = taken_apart(self, input)
  local r = self.upscaleFactor
  local blocks = gradOutput:contiguous():view(parts:size(1), parts:size(2), parts:size(5), r, parts:size(6), r)
  self.gradInput:resizeAs(parts):copy(blocks:permute(1, 2, 4, 6, 3, 5))
  return self.gradInput:resize(input:size())
end

function PixelShuffle:clearState()
  nn.utils.clear(self, '_intermediateShape', '_outShape', '_shuffleIn', '_shuffleOut')
  return Module.clearState(self)
end
