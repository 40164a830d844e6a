--- nn.MM([transA = false[, transB = false]]): product of the input table's two matrices, or of two batches of matrices.
local MM, Module = torch.class('nn.MM', 'nn.Module')

function MM:__init(transA, transB)
  Module.__init(self)
  self.transA = transA or false
  self.transB = transB or false
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

--- The matrix (or each matrix of a batch) transposed if asked for.
local function turned(tensor, transposed)
  if not transposed then return tensor end
  local ndim = tensor:dim()
  return tensor:transpose(ndim - 1, ndim)
end

local function multiply(result, a, b)
  if a:dim() == 2 then return result:resize(a:size(1), b:size(2)):mm(a, b) end
  return result:resize(a:size(1), a:size(2), b:size(3)):bmm(a, b)
end

local function check(input)
  if #input ~= 2 then error('input must be a pair of minibatch matrices', 3) end
  local a, b = input[1], input[2]
  if a:dim() ~= 2 and a:dim() ~= 3 then error('input tensors must be 2D or 3D', 3) end
  if a:dim() ~= b:dim() then
    error(('input tensors must have the same number of dimensions: %dD and %dD'):format(a:dim(), b:dim()), 3)
  end
  if a:dim() == 3 and a:size(1) ~= b:size(1) then
    error('inputs must contain the same number of minibatches', 3)
  end
  return a, b
end

function MM:updateOutput(input)
  local a, b = check(input)
  a, b = turned(a, self.transA), turned(b, self.transB)
  if a:size(a:dim()) ~= b:size(b:dim() - 1) then error('matrix sizes do not match', 2) end
  return multiply(self.output, a, b)
end

function MM:updateGradInput(input, gradOutput)
  local a, b = check(input)
  for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or input[i].new() end
  local forA, forB = self.gradInput[1], self.gradInput[2]
  if self.transA then
    multiply(forA, turned(b, self.transB), turned(gradOutput, true))
  else
    multiply(forA, gradOutput, turned(b, not self.transB))
  end
  if self.transB then
    multiply(forB, turned(gradOutput, true), turned(a, self.transA))
  else
    multiply(forB, turned(a, not self.transA), gradOutput)
  end
  return self.gradInput
end
