--- nn.SpatialAutoCropMSECriterion([sizeAverage = true]): MSE with the centre of a target image that may be larger.
-- Input and target: C x H x W, or batches of those. backward wants a target of the input's size.
local SpatialAutoCropMSECriterion, MSECriterion = torch.class('nn.SpatialAutoCropMSECriterion', 'nn.MSECriterion')

function SpatialAutoCropMSECriterion:__init(sizeAverage)
  MSECriterion.__init(self, sizeAverage)
end

local function check_rank(input, other, what)
  local ndim = input:dim()
  if ndim ~= other:dim() then error('input and ' .. what .. ' should have the same number of dimensions', 3) end
  if ndim ~= 3 and ndim ~= 4 then error('input and ' .. what .. ' must have 3 or 4 dimensions', 3) end
  return ndim
end

function SpatialAutoCropMSECriterion:updateOutput(input, target)
  local ndim = check_rank(input, target, 'target')
  for dim = ndim - 1, ndim do
    local extent, whole = input:size(dim), target:size(dim)
    if extent > whole then
      error('Spatial resolution of input should be less than or equal to the spatial resolution of the target', 2)
    end
    target = target:narrow(dim, math.floor((whole - extent) / 2) + 1, extent)
  end
  return MSECriterion.updateOutput(self, input, target)
end

function SpatialAutoCropMSECriterion:updateGradInput(input, target)
  check_rank(input, target, 'gradOutput')
  if not input:isSameSizeAs(target) then error('gradOutput and input must have the same size', 2) end
  return MSECriterion.updateGradInput(self, input, target)
end
