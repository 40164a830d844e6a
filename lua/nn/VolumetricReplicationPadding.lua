--- nn.VolumetricReplicationPadding(pleft[, pright, ptop, pbottom, pfront, pback]): surrounds volumes with copies of their faces.
-- Amounts that are missing are pleft. Input: C x T x H x W, or a batch of those.
local VolumetricReplicationPadding, Module = torch.class('nn.VolumetricReplicationPadding', 'nn.Module')

local SIDES = { 'pleft', 'pright', 'ptop', 'pbottom', 'pfront', 'pback' }

function VolumetricReplicationPadding:__init(...)
  Module.__init(self)
  local amounts = { ... }
  for i, side in ipairs(SIDES) do self[side] = amounts[i] or amounts[1] end
end

local function amounts(self)
  return self.pleft, self.pright, self.ptop, self.pbottom, self.pfront, self.pback
end

local function check(input)
  if input:dim() ~= 4 and input:dim() ~= 5 then error('input must be 4 or 5-dimensional', 3) end
end

function VolumetricReplicationPadding:updateOutput(input)
  check(input)
  input.THNN.VolumetricReplicationPadding_updateOutput(input, self.output, amounts(self))
  return self.output
end

function VolumetricReplicationPadding:updateGradInput(input, gradOutput)
  check(input)
  input.THNN.VolumetricReplicationPadding_updateGradInput(input, gradOutput, self.gradInput, amounts(self))
  return self.gradInput
end

function VolumetricReplicationPadding:__tostring__()
  return ('%s(left=%d, right=%d, top=%d, bottom=%d, front=%d, back=%d)'):format(torch.type(self), amounts(self))
end
