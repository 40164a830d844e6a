--- FeatureLPPooling: (sum over a window of features of |x|^p)^(1/p), over the feature dimension of up to 3 more dimensions.
local kernels = {}

--- The dimension that holds features: the first, or the second of a batch.
local function feature_dimension(input, batchMode)
  local dim = batchMode and 2 or 1
  if input:dim() < dim or input:dim() > dim + 2 then
    error(('input must be %d to %d dimensional, got %dD tensor'):format(dim, dim + 2, input:dim()), 3)
  end
  return dim
end

local function check(power, width, stride)
  if width < 2 or width > 16 then error('width must be from 2 to 16, got ' .. width, 3) end
  if stride < 1 or stride > 4 then error('stride must be from 1 to 4, got ' .. stride, 3) end
  if power < 1 then error('power must be at least 1, got ' .. power, 3) end
end

function kernels.FeatureLPPooling_updateOutput(input, output, power, width, stride, batchMode)
  check(power, width, stride)
  local dim = feature_dimension(input, batchMode)
  local sums = torch.pow(input, power):unfold(dim, width, stride):contiguous()
  sums = sums:sum(sums:dim())
  local size, kept = sums:size(), torch.LongStorage(sums:dim() - 1)
  for d = 1, #kept do kept[d] = size[d] end
  output:resize(kept):copy(sums):pow(1 / power)
end

--- d out / d in = (in / out)^(p - 1), 0 where out is 0.
function kernels.FeatureLPPooling_updateGradInput(gradOutput, input, output, gradInput, power, width, stride, batchMode)
  check(power, width, stride)
  local dim = feature_dimension(input, batchMode)
  gradInput:resizeAs(input):zero()
  local zero = output:eq(0)
  local scale = torch.pow(output, 1 - power)
  scale:maskedFill(zero, 0)
  scale:cmul(gradOutput)
  local raised = torch.pow(input, power - 1)
  local count = output:size(dim)
  for k = 1, width do
    local function strided(tensor)
      local size, stride_of = tensor:size(), tensor:stride()
      size[dim] = count
      local offset = tensor:storageOffset() + (k - 1) * stride_of[dim]
      stride_of[dim] = stride_of[dim] * stride
      return tensor.new():set(tensor:storage(), offset, size, stride_of)
    end
    strided(gradInput):addcmul(1, strided(raised), scale)
  end
end

return kernels
