--- nn.CReLU(nInputDims[, inplace = false]): ReLU(x) joined with ReLU(-x): twice the planes (Shang et al., 2016).
-- nInputDims: how many dimensions a sample has; an input with one more is a batch.
local CReLU, Sequential = torch.class('nn.CReLU', 'nn.Sequential')

function CReLU:__init(nInputDims, inplace)
  Sequential.__init(self)
  self.nInputDims = nInputDims
  self.inplace = inplace or false
  self:add(nn.ConcatTable():add(nn.Identity()):add(nn.MulConstant(-1)))
  self:add(nn.JoinTable(2))
  self:add(nn.ReLU(self.inplace))
end

--- Samples as rows.
local function flat(self, tensor)
  local batched = tensor:dim() == self.nInputDims + 1
  local samples = batched and tensor:size(1) or 1
  return tensor:contiguous():view(samples, tensor:nElement() / samples), batched
end

function CReLU:updateOutput(input)
  local rows, batched = flat(self, input)
  Sequential.updateOutput(self, rows)
  local size = input:size()
  local plane = batched and 2 or 1
  size[plane] = size[plane] * 2
  self.output:resize(size)
  return self.output
end

local function through(method)
  return function(self, input, gradOutput, scale)
    Sequential[method](self, (flat(self, input)), (flat(self, gradOutput)), scale)
    return self.gradInput:resizeAs(input)
  end
end

CReLU.backward = through('backward')
CReLU.updateGradInput = through('updateGradInput')

function CReLU:__tostring__()
  return 'CReLU()'
end
