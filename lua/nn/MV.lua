--- nn.MV([trans = false]): product of the input table's matrix and vector, or of a batch of each.
local MV, Module = torch.class('nn.MV', 'nn.Module')

function MV:__init(trans)
  Module.__init(self)
  self.trans = trans or false
  self.gradInput = { torch.Tensor(), torch.Tensor() }
end

local function check(input)
  if #input ~= 2 then error('input must be a pair of minibatch matrices', 3) end
  local M, v = input[1], input[2]
  if M:dim() ~= 2 and M:dim() ~= 3 then error('input matrix must be 2D or 3D', 3) end
  if v:dim() ~= M:dim() - 1 then error('input vector must have one dimension less than the matrix', 3) end
  if M:dim() == 3 and M:size(1) ~= v:size(1) then error('inputs must contain the same number of minibatches', 3) end
  return M, v
end

--- Batches: matrices and vectors (as one-column matrices), with a batch of one for single ones.
local function batches(M, v)
  if M:dim() == 2 then return M:contiguous():view(1, M:size(1), M:size(2)), v:contiguous():view(1, v:size(1), 1) end
  return M, v:contiguous():view(v:size(1), v:size(2), 1)
end

function MV:updateOutput(input)
  local M, v = check(input)
  local matrices, columns = batches(M, v)
  if self.trans then matrices = matrices:transpose(2, 3) end
  if matrices:size(3) ~= columns:size(2) then error('Matrix column count and vector length do not match', 2) end
  local rows = matrices:size(2)
  self.output:resize(matrices:size(1), rows, 1):bmm(matrices, columns)
  if M:dim() == 2 then return self.output:resize(rows) end
  return self.output:resize(M:size(1), rows)
end

function MV:updateGradInput(input, gradOutput)
  local M, v = check(input)
  local matrices, columns = batches(M, v)
  for i = 1, 2 do self.gradInput[i] = self.gradInput[i] or input[i].new() end
  local gradient = gradOutput:contiguous():view(matrices:size(1), gradOutput:nElement() / matrices:size(1), 1)
  local forM, forv = self.gradInput[1], self.gradInput[2]
  forM:resizeAs(matrices)
  forv:resizeAs(columns)
  if self.trans then
    forM:bmm(columns, gradient:transpose(2, 3))
    forv:bmm(matrices, gradient)
  else
    forM:bmm(gradient, columns:transpose(2, 3))
    forv:bmm(matrices:transpose(2, 3), gradient)
  end
  forM:resizeAs(M)
  forv:resizeAs(v)
  return self.gradInput
end
