--- nn.DotProduct(): scalar product of the input table's two vectors, or of the rows of two N x d matrices.
local DotProduct, Module = torch.class('nn.DotProduct', 'nn.Module')

function DotProduct:__init()
  Module.__init(self)
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

local function rows(tensor)
  return tensor:dim() == 1 and tensor:contiguous():view(1, tensor:size(1)) or tensor
end

function DotProduct:updateOutput(input)
  local a, b = rows(input[1]), rows(input[2])
  self.buffer = (self.buffer or a.new()):resizeAs(a):cmul(a, b)
  self.output:sum(self.buffer, 2)
  return self.output:resize(a:size(1))
end

function DotProduct:updateGradInput(input, gradOutput)
  local a, b = rows(input[1]), rows(input[2])
  local outer = gradOutput:contiguous():view(a:size(1), 1):expandAs(a)
  for i, other in ipairs { b, a } do
    self.gradInput[i] = self.gradInput[i] or a.new()
    self.gradInput[i]:resizeAs(a):cmul(other, outer):resize(input[i]:size())
  end
  return self.gradInput
end

function DotProduct:clearState()
  if self.buffer then self.buffer:set() end
  return Module.clearState(self)
end
