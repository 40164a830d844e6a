--- nn.Replicate(nf[, dim = 1[, ndim]]): repeats the input nf times along a new dimension at `dim`, without copying.
-- ndim: how many dimensions a sample has; an input with more is a batch, and `dim` counts within a sample.
local Replicate, Module = torch.class('nn.Replicate', 'nn.Module')

function Replicate:__init(nf, dim, ndim)
  Module.__init(self)
  self.nfeatures = nf
  self.dim = dim or 1
  self.ndim = ndim
  if self.dim <= 0 then error('Can only replicate across positive integer dimensions.', 2) end
end

local function place(self, input)
  local dim = self.dim or 1
  if dim > input:dim() + 1 then
    error(('Not enough input dimensions to replicate along dimension %d.'):format(dim), 3)
  end
  return dim + (self.ndim and input:dim() > self.ndim and 1 or 0)
end

function Replicate:updateOutput(input)
  local dim = place(self, input)
  local view = nn.utils.addSingletonDimension(input, dim)
  local size, stride = view:size(), view:stride()
  size[dim], stride[dim] = self.nfeatures, 0
  return self.output:set(input:storage(), input:storageOffset(), size, stride)
end

function Replicate:updateGradInput(input, gradOutput)
  self.gradInput:resizeAs(input)
  return self.gradInput:copy(gradOutput:sum(place(self, input)))
end
