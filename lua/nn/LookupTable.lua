--- nn.LookupTable(nIndex, nOutput[, paddingValue = 0[, maxNorm[, normType = 2]]]): rows of `weight` by their numbers.
-- Input: n or N x n row numbers (from 1); output: n x nOutput or N x n x nOutput. Rows named paddingValue get no gradient.
-- With maxNorm the rows that are used are first scaled down, in place, to that normType-norm.
local LookupTable, Module = torch.class('nn.LookupTable', 'nn.Module')

LookupTable.__version = 4

function LookupTable:__init(nIndex, nOutput, paddingValue, maxNorm, normType)
  Module.__init(self)
  self.weight = torch.Tensor(nIndex, nOutput)
  self.gradWeight = torch.Tensor(nIndex, nOutput):zero()
  self.paddingValue = paddingValue or 0
  self.maxNorm = maxNorm
  self.normType = normType
  self:reset()
end

--- Gives files of older versions the fields they lack.
function LookupTable:backCompatibility()
  self._count = self._count or torch.IntTensor()
  self._input = self._input or torch.LongTensor()
  self.shouldScaleGradByFreq = self.shouldScaleGradByFreq or false
end

--- Drops gradWeight: only accUpdateGradParameters works from then on.
function LookupTable:accUpdateOnly()
  self.gradWeight = nil
  return self
end

for method, field in pairs { setPadding = 'paddingValue', setMaxNorm = 'maxNorm', setNormType = 'normType' } do
  LookupTable[method] = function(self, value)
    self[field] = value
    return self
  end
end

--- Divides each row's gradient by the number of times the row occurs in the input.
function LookupTable:scaleGradByFreq()
  self.shouldScaleGradByFreq = true
  return self
end

function LookupTable:reset(stdv)
  self.weight:normal(0, stdv or 1)
end

--- The row numbers as a contiguous LongTensor.
function LookupTable:makeInputContiguous(input)
  self.copiedInput = not input:isContiguous() or torch.type(input) ~= torch.type(self._input)
  if not self.copiedInput then return input end
  return self._input:resize(input:size()):copy(input)
end

local function check_rank(input)
  local ndim = input:dim()
  if ndim ~= 1 and ndim ~= 2 then error('input must be a vector or matrix', 3) end
  return ndim
end

function LookupTable:updateOutput(input)
  self:backCompatibility()
  self:renorm(input)
  local rows = self:makeInputContiguous(input)
  if check_rank(rows) == 1 then
    self.output:index(self.weight, 1, rows)
  else
    self.output:index(self.weight, 1, rows:view(-1))
    self.output = self.output:view(rows:size(1), rows:size(2), self.weight:size(2))
  end
  return self.output
end

--- Zeros of the input's type and size: row numbers have no gradient.
function LookupTable:updateGradInput(input)
  if torch.type(self.gradInput) ~= torch.type(input) then self.gradInput = input.new() end
  if not self.gradInput:isSameSizeAs(input) then self.gradInput:resizeAs(input):zero() end
  return self.gradInput
end

function LookupTable:accGradParameters(input, gradOutput, scale)
  self:backCompatibility()
  local rows = input
  -- The copy of the last forward pass stands for the input even where that was another one, which scripts that look up two
  -- sentences before they go back depend on; but there must be a gradient for each of its rows.
  if self.copiedInput and self._input:nElement() * self.gradWeight:size(2) <= gradOutput:nElement() then
    rows = self._input
  end
  check_rank(rows)
  self.gradWeight.THNN.LookupTable_accGradParameters(rows, gradOutput, self.gradWeight, self._count, self._sorted,
    self._indices, self.shouldScaleGradByFreq, self.paddingValue or 0, scale or 1)
end

function LookupTable:renorm(input)
  if not self.maxNorm then return end
  check_rank(input)
  self._input:resize(input:size()):copy(input)
  self.weight.THNN.LookupTable_renorm(self._input:view(-1), self.weight, self.maxNorm, self.normType or 2)
end

--- Converts the weights; row numbers and counts keep integer types (on the GPU its kinds of them).
function LookupTable:type(type, tensorCache)
  if not type then return self._type end
  Module.type(self, type, tensorCache)
  if type:find('torch%.Cuda') then
    local Long = torch.CudaLongTensor or torch.CudaTensor
    self._sorted, self._indices, self._count, self._input = Long.new(), Long.new(), Long.new(), Long.new()
  else
    self._count, self._input = torch.IntTensor(), torch.LongTensor()
  end
  return self
end

function LookupTable:clearState()
  nn.utils.clear(self, '_count', '_input')
  return Module.clearState(self)
end

-- only the rows in use change, so there is nothing to gain from accumulating first
function LookupTable:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self:defaultAccUpdateGradParameters(input, gradOutput, learningRate)
end
