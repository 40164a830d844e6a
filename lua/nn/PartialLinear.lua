--- nn.PartialLinear(inputsize, outputsize[, bias = true]): a Linear of which only some outputs may be computed.
-- :setPartition(indices) chooses outputs, :resetPartition() all. Input: N x inputsize; output: N x #indices.
local PartialLinear, Module = torch.class('nn.PartialLinear', 'nn.Module')

function PartialLinear:__init(inputsize, outputsize, bias)
  Module.__init(self)
  self.inputsize, self.outputsize = inputsize, outputsize
  -- the rows of the weight that take part are looked up, then multiplied
  local rows = nn.ParallelTable():add(nn.Identity()):add(nn.LookupTable(outputsize, inputsize))
  self.network = nn.Sequential():add(rows):add(nn.MM(false, true))
  if bias ~= false then
    self.bias, self.gradBias = torch.zeros(1, outputsize), torch.zeros(1, outputsize)
  end
  self.allcolumns = torch.range(1, outputsize)
  self:resetPartition()
end

local function table_of_rows(self)
  return self.network:get(1):get(2)
end

--- indices: a tensor of output numbers.
function PartialLinear:setPartition(indices)
  self.partition = indices:type(self.allcolumns:type())
end

function PartialLinear:resetPartition()
  self.partition = self.allcolumns
end

function PartialLinear:parameters()
  local rows = table_of_rows(self)
  return { rows.weight, self.bias }, { rows.gradWeight, self.gradBias }
end

function PartialLinear:updateOutput(input)
  self.output:set(self.network:forward { input, self.partition })
  if self.bias then self.output:add(self.bias:index(2, self.partition:long()):expandAs(self.output)) end
  return self.output
end

function PartialLinear:updateGradInput(input, gradOutput)
  if not self.gradInput then return end
  self.network:updateGradInput({ input, self.partition }, gradOutput)
  self.gradInput:set(self.network.gradInput[1])
  return self.gradInput
end

function PartialLinear:accGradParameters(input, gradOutput, scale)
  scale = scale or 1
  self.network:accGradParameters({ input, self.partition }, gradOutput, scale)
  if self.bias then self.gradBias:indexAdd(2, self.partition:long(), gradOutput:sum(1):mul(scale)) end
end

function PartialLinear:accUpdateGradParameters(input, gradOutput, learningRate)
  local rows = table_of_rows(self)
  local gradWeight, gradBias = rows.gradWeight, self.gradBias
  rows.gradWeight, self.gradBias = rows.weight, self.bias
  self:accGradParameters(input, gradOutput, -learningRate)
  rows.gradWeight, self.gradBias = gradWeight, gradBias
end

function PartialLinear:zeroGradParameters()
  self.network:zeroGradParameters()
  if self.gradBias then self.gradBias:zero() end
end

function PartialLinear:updateParameters(learningRate)
  self.network:updateParameters(learningRate)
  if self.bias then self.bias:add(-learningRate, self.gradBias) end
end

function PartialLinear:sharedAccUpdateGradParameters(input, gradOutput, learningRate)
  self:accUpdateGradParameters(input, gradOutput, learningRate)
end

function PartialLinear:__tostring__()
  return ('%s(%d -> %d)%s'):format(torch.type(self), self.inputsize, self.outputsize, self.bias and '' or ' without bias')
end
