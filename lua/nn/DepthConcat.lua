--- nn.DepthConcat(dim): Concat of outputs whose other extents differ: smaller ones are centred in zeros.
local DepthConcat, Concat = torch.class('nn.DepthConcat', 'nn.Concat')

function DepthConcat:windowNarrow(tensor, childOutput, offset)
  local window = Concat.windowNarrow(self, tensor, childOutput, offset)
  for dim = 1, #self.outputSize do
    local extent = childOutput:size(dim)
    if dim ~= self.dimension and extent ~= self.outputSize[dim] then
      window = window:narrow(dim, math.floor((self.outputSize[dim] - extent) / 2) + 1, extent)
    end
  end
  return window
end

function DepthConcat:joinedSize(outputs)
  local size = Concat.joinedSize(self, outputs)
  for _, output in ipairs(outputs) do
    for dim = 1, #size do
      if dim ~= self.dimension then size[dim] = math.max(size[dim], output:size(dim)) end
    end
  end
  -- what no output covers has to read as zero
  self.output:resize(size):zero()
  return size
end
