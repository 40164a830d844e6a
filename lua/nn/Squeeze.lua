--- nn.Squeeze([dim[, numInputDims]]): drops dimension `dim` if its size is 1, or all such dimensions.
-- numInputDims: samples have that many dimensions, so that the batch dimension is never dropped.
local Squeeze, Module = torch.class('nn.Squeeze', 'nn.Module')

function Squeeze:__init(dim, numInputDims)
  Module.__init(self)
  self.dim = dim
  self:setNumInputDims(numInputDims)
end

function Squeeze:setNumInputDims(numInputDims)
  self.numInputDims = numInputDims
  return self
end

local function check(tensor)
  if not torch.isTensor(tensor) then error('Squeeze only works on tensors', 3) end
end

function Squeeze:updateOutput(input)
  check(input)
  local batched = self.numInputDims and input:dim() == self.numInputDims + 1
  local kept = {}
  for d = 1, input:dim() do
    local within = batched and d - 1 or d
    local dropped = input:size(d) == 1 and within > 0 and (not self.dim or self.dim == within)
    if not dropped then kept[#kept + 1] = d end
  end
  local size, stride = torch.LongStorage(math.max(#kept, 1)), torch.LongStorage(math.max(#kept, 1))
  size[1], stride[1] = 1, 1
  for i, d in ipairs(kept) do size[i], stride[i] = input:size(d), input:stride(d) end
  return self.output:set(input:storage(), input:storageOffset(), size, stride)
end

function Squeeze:updateGradInput(input, gradOutput)
  check(input)
  check(gradOutput)
  if input:nElement() ~= gradOutput:nElement() then error('gradOutput and input differ in their number of elements', 2) end
  return self.gradInput:set(gradOutput:contiguous():view(input:size()))
end
