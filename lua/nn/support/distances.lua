--- Differences between the rows of a batch (N x inputSize) and the columns of a weight (inputSize x outputSize).
local distances = {}

--- A view of one sample as a batch of one.
function distances.batch(tensor)
  if tensor:dim() == 1 then return tensor:contiguous():view(1, tensor:size(1)) end
  if tensor:dim() == 2 then return tensor:contiguous() end
  error('1D or 2D input expected', 3)
end

--- N x inputSize x outputSize: input - weight.
function distances.differences(batch, weight)
  local n, size, count = batch:size(1), weight:size(1), weight:size(2)
  local difference = batch.new(n, size, count):copy(batch:view(n, size, 1):expand(n, size, count))
  return difference:add(-1, distances.over_batch(weight, n))
end

function distances.over_batch(weight, n)
  return weight:view(1, weight:size(1), weight:size(2)):expand(n, weight:size(1), weight:size(2))
end

--- gradOutput / output, over the input dimension: N x inputSize x outputSize.
function distances.ratio(gradOutput, output, size)
  local gradient, length = distances.batch(gradOutput), distances.batch(output)
  local n, count = gradient:size(1), gradient:size(2)
  -- the small number keeps the gradient finite where input and weight coincide
  return torch.cdiv(gradient, torch.add(length, 0.0000001)):view(n, 1, count):expand(n, size, count)
end

return distances
