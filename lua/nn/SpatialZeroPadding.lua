--- nn.SpatialZeroPadding(pad_l[, pad_r = pad_l[, pad_t = pad_l[, pad_b = pad_l]]]): surrounds images with zeros.
-- Negative amounts crop. Input: C x H x W, or a batch of those.
local SpatialZeroPadding, Module = torch.class('nn.SpatialZeroPadding', 'nn.Module')

function SpatialZeroPadding:__init(pad_l, pad_r, pad_t, pad_b)
  Module.__init(self)
  self.pad_l = pad_l
  self.pad_r = pad_r or pad_l
  self.pad_t = pad_t or pad_l
  self.pad_b = pad_b or pad_l
end

--- The parts of the small and the large image (whichever they are) that show the same pixels.
local function common(tensor, dim, before, after)
  local from, extent = 1, tensor:size(dim)
  if before < 0 then from, extent = 1 - before, extent + before end
  if after < 0 then extent = extent + after end
  return tensor:narrow(dim, from, extent)
end

local function both(self, tensor, sign)
  local ndim = tensor:dim()
  local rows = common(tensor, ndim - 1, sign * self.pad_t, sign * self.pad_b)
  return common(rows, ndim, sign * self.pad_l, sign * self.pad_r)
end

function SpatialZeroPadding:updateOutput(input)
  local ndim = input:dim()
  if ndim ~= 3 and ndim ~= 4 then error('input must be 3 or 4-dimensional', 2) end
  local size = input:size()
  size[ndim - 1] = size[ndim - 1] + self.pad_t + self.pad_b
  size[ndim] = size[ndim] + self.pad_l + self.pad_r
  if size[ndim - 1] < 1 or size[ndim] < 1 then error('input is too small', 2) end
  self.output:resize(size):zero()
  both(self, self.output, -1):copy(both(self, input, 1))
  return self.output
end

function SpatialZeroPadding:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input):zero()
  both(self, self.gradInput, 1):copy(both(self, gradOutput, -1))
  return self.gradInput
end

function SpatialZeroPadding:__tostring__()
  return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end
