--- nn.SpatialReflectionPadding(pad_l[, pad_r = pad_l[, pad_t = pad_l[, pad_b = pad_l]]]): surrounds images with
-- their mirror image (the edge itself is not repeated). Input: C x H x W, or a batch of those.
local SpatialReflectionPadding, Module = torch.class('nn.SpatialReflectionPadding', 'nn.Module')

function SpatialReflectionPadding:__init(pad_l, pad_r, pad_t, pad_b)
  Module.__init(self)
  self.pad_l = pad_l
  self.pad_r = pad_r or pad_l
  self.pad_t = pad_t or pad_l
  self.pad_b = pad_b or pad_l
end

local function check(input)
  if input:dim() ~= 3 and input:dim() ~= 4 then error('input must be 3 or 4-dimensional', 3) end
end

function SpatialReflectionPadding:updateOutput(input)
  check(input)
  input.THNN.SpatialReflectionPadding_updateOutput(input, self.output, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
  return self.output
end

function SpatialReflectionPadding:updateGradInput(input, gradOutput)
  check(input)
  input.THNN.SpatialReflectionPadding_updateGradInput(input, gradOutput, self.gradInput, self.pad_l, self.pad_r,
    self.pad_t, self.pad_b)
  return self.gradInput
end

function SpatialReflectionPadding:__tostring__()
  return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end
