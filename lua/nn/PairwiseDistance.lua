--- nn.PairwiseDistance([p = 2]): p-norm of the difference of the input table's two vectors, or of rows of two N x d matrices.
local PairwiseDistance, Module = torch.class('nn.PairwiseDistance', 'nn.Module')

function PairwiseDistance:__init(p)
  Module.__init(self)
  self.gradInput = {}
  self.diff = torch.Tensor()
  self.norm = p or 2
end

local function rows(tensor)
  if tensor:dim() == 1 then return tensor:contiguous():view(1, tensor:size(1)) end
  if tensor:dim() == 2 then return tensor end
  error('input must be vector or matrix', 3)
end

function PairwiseDistance:updateOutput(input)
  local a, b = rows(input[1]), rows(input[2])
  self.diff = (self.diff or a.new()):resizeAs(a):add(a, -1, b)
  self.output:norm(self.diff, self.norm, 2)
  return self.output:resize(a:size(1))
end

--- |d|^(p-1) sign(d) / |d|_p^(p-1); 0 where the vectors are equal.
function PairwiseDistance:updateGradInput(input, gradOutput)
  local a, b = rows(input[1]), rows(input[2])
  for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or a.new() end
  local first = self.gradInput[1]
  first:resizeAs(a):add(a, -1, b)
  if self.norm == 1 then
    first:sign()
  elseif self.norm > 2 then
    first:cmul(torch.abs(first):pow(self.norm - 2))
  elseif self.norm < 2 then
    -- the power is negative: the factor is taken only where there is a difference
    local size = torch.abs(first)
    local zero = size:eq(0)
    size:pow(self.norm - 2)
    size:maskedFill(zero, 0)
    first:cmul(size)
  end
  local outer = a.new(a:size(1), 1):copy(gradOutput)
  if self.norm ~= 1 then
    local length = a.new(a:size(1), 1):copy(self.output)
    outer:cdiv(length:add(1e-6):pow(self.norm - 1))
  end
  first:cmul(outer:expandAs(first))
  self.gradInput[2]:resizeAs(first):copy(first):mul(-1):resize(input[2]:size())
  first:resize(input[1]:size())
  return self.gradInput
end

function PairwiseDistance:clearState()
  nn.utils.clear(self, 'diff', 'outExpand', 'grad', 'ones')
  return Module.clearState(self)
end
