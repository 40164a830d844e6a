--- nn.Transpose({dim1, dim2}[, …]): exchanges pairs of dimensions, one after the other; the output is contiguous.
-- :setNumInputDims(n): the pairs count within samples of n dimensions.
local Transpose, Module = torch.class('nn.Transpose', 'nn.Module')

function Transpose:__init(...)
  Module.__init(self)
  self.permutations = { ... }
  self.numInputDims = nil
end

function Transpose:setNumInputDims(numInputDims)
  self.numInputDims = numInputDims
  return self
end

local function exchange(self, tensor, ndim, first, last, step)
  local offset = self.numInputDims and ndim - self.numInputDims or 0
  for i = first, last, step do
    local pair = self.permutations[i]
    tensor = tensor:transpose(pair[1] + offset, pair[2] + offset)
  end
  return tensor
end

function Transpose:updateOutput(input)
  local exchanged = exchange(self, input, input:dim(), 1, #self.permutations, 1)
  return self.output:resizeAs(exchanged):copy(exchanged)
end

function Transpose:updateGradInput(input, gradOutput)
  local exchanged = exchange(self, gradOutput, input:dim(), #self.permutations, 1, -1)
  return self.gradInput:resizeAs(exchanged):copy(exchanged)
end
