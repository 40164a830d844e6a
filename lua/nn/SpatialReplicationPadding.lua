--- nn.SpatialReplicationPadding(pad_l[, pad_r = pad_l[, pad_t = pad_l[, pad_b = pad_l]]]): surrounds images with
-- copies of their edges. Input: C x H x W, or a batch of those.
local SpatialReplicationPadding, Module = torch.class('nn.SpatialReplicationPadding', 'nn.Module')

function SpatialReplicationPadding:__init(pad_l, pad_r, pad_t, pad_b)
  Module.__init(self)
  self.pad_l = pad_l
  self.pad_r = pad_r or pad_l
  self.pad_t = pad_t or pad_l
  self.pad_b = pad_b or pad_l
end

local function check(input)
  if input:dim() ~= 3 and input:dim() ~= 4 then error('input must be 3 or 4-dimensional', 3) end
end

function SpatialReplicationPadding:updateOutput(input)
  check(input)
  input.THNN.SpatialReplicationPadding_updateOutput(input, self.output, self.pad_l, self.pad_r, self.pad_t, self.pad_b)
  return self.output
end

function SpatialReplicationPadding:updateGradInput(input, gradOutput)
  check(input)
  input.THNN.SpatialReplicationPadding_updateGradInput(input, gradOutput, self.gradInput, self.pad_l, self.pad_r,
    self.pad_t, self.pad_b)
  return self.gradInput
end

function SpatialReplicationPadding:__tostring__()
  return ('%s(l=%d, r=%d, t=%d, b=%d)'):format(torch.type(self), self.pad_l, self.pad_r, self.pad_t, self.pad_b)
end
