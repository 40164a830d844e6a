--- nn.MixtureTable([dim]): the sum of experts weighted by a gater. Input: {gater, experts}.
-- gater: nExpert or N x nExpert. experts: a table of tensors, or one tensor whose dimension `dim` numbers the experts
-- (1 for a single sample, 2 for a batch unless told).
local MixtureTable, Module = torch.class('nn.MixtureTable', 'nn.Module')

function MixtureTable:__init(dim)
  Module.__init(self)
  self.dim = dim
  self.size, self.size2 = torch.LongStorage(), torch.LongStorage()
  self.batchSize = 0
  self.backwardSetup = false
  self.gradInput = {}
end

--- The dimension of the gater that numbers experts, and that of the experts.
local function expert_dimensions(self, gater)
  local batched = gater:dim() > 1
  self.dim = self.dim or (batched and 2 or 1)
  self.batchSize = batched and gater:size(1) or 1
  return batched and 2 or 1, self.dim
end

--- Expert i of a table, or of one tensor.
local function expert(experts, dim, i)
  if torch.type(experts) == 'table' then return experts[i] end
  return experts:select(dim, i)
end

--- The weights of expert i, repeated over everything but the batch.
local function weights(gater, dim, i, like)
  local weight = gater:select(dim, i)
  if type(weight) == 'number' then return like.new(1):fill(weight):view(torch.LongStorage(like:dim()):fill(1)):expandAs(like) end
  local size = torch.LongStorage(like:dim()):fill(1)
  size[1] = weight:size(1)
  return weight:contiguous():view(size):expandAs(like)
end

function MixtureTable:updateOutput(input)
  local gater, experts = input[1], input[2]
  local gaterDim, dim = expert_dimensions(self, gater)
  local count = gater:size(gaterDim)
  self.table = torch.type(experts) == 'table'
  if count ~= (self.table and #experts or experts:size(dim)) then
    error('Should be one gater output per expert', 2)
  end
  self.output:resizeAs(expert(experts, dim, 1)):zero()
  for i = 1, count do
    local value = expert(experts, dim, i)
    self.output:addcmul(1, value, weights(gater, gaterDim, i, value))
  end
  return self.output
end

function MixtureTable:updateGradInput(input, gradOutput)
  local gater, experts = input[1], input[2]
  local gaterDim, dim = expert_dimensions(self, gater)
  nn.utils.recursiveResizeAs(self.gradInput, input)
  local forGater, forExperts = self.gradInput[1], self.gradInput[2]
  for i = 1, gater:size(gaterDim) do
    local value = expert(experts, dim, i)
    local product = torch.cmul(gradOutput, value)
    if gaterDim == 1 then
      forGater[i] = product:sum()
    else
      forGater:select(2, i):copy(product:view(product:size(1), product:nElement() / product:size(1)):sum(2))
    end
    expert(forExperts, dim, i):cmul(weights(gater, gaterDim, i, value), gradOutput)
  end
  return self.gradInput
end

function MixtureTable:type(type, tensorCache)
  if type then nn.utils.clear(self, '_gaterView', '_expert', '_expertView', '_sum', '_expertView2', '_expert2') end
  return Module.type(self, type, tensorCache)
end

function MixtureTable:clearState()
  nn.utils.clear(self, '_gaterView', '_expert', '_expertView', '_sum', '_expertView2', '_expert2')
  return Module.clearState(self)
end
