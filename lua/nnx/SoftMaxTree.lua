--- nn.SoftMaxTree(inputSize, hierarchy, rootId = -1 [, accUpdate]): log-likelihood of target classes, the leaves of a tree
-- of softmaxes. `hierarchy`: for each parent the ids of its children. Input: {N x inputSize, N targets}; output: N.
-- Source: Mnih and Hinton 2008, a scalable hierarchical distributed language model.
local SoftMaxTree, Module = torch.class('nn.SoftMaxTree', 'nn.Module')

function SoftMaxTree:__init(inputSize, hierarchy, rootId, accUpdate)
  Module.__init(self)
  if type(hierarchy) ~= 'table' then error('nn.SoftMaxTree: a table of parents and their children is expected', 2) end
  self.inputSize, self.rootId, self.accUpdate = inputSize, rootId or -1, accUpdate
  if not hierarchy[self.rootId] then
    error(('nn.SoftMaxTree: the hierarchy has no root %s'):format(tostring(self.rootId)), 2)
  end
  self.parentIds, self.nChildNode = {}, 0
  for parent in pairs(hierarchy) do table.insert(self.parentIds, parent) end
  table.sort(self.parentIds)
  self.nParentNode = #self.parentIds
  self.parentChildren = {} -- of a parent: its first row in weight, and its number of children
  self.childParent = {} -- of a child: its parent, and its place among the children
  self.childIds = {}
  for _, parent in ipairs(self.parentIds) do
    local children = hierarchy[parent]
    self.parentChildren[parent] = { self.nChildNode + 1, children:size(1) }
    for i = 1, children:size(1) do
      self.childParent[children[i]] = { parent, i }
      table.insert(self.childIds, children[i])
    end
    self.nChildNode = self.nChildNode + children:size(1)
  end
  self.weight = torch.Tensor(self.nChildNode, inputSize)
  self.bias = torch.Tensor(self.nChildNode)
  if not accUpdate then
    self.gradWeight = torch.Tensor(self.nChildNode, inputSize):zero()
    self.gradBias = torch.Tensor(self.nChildNode):zero()
  end
  self.updates = {} -- how many samples went through a parent since the last zeroGradParameters
  self.gradInput, self._gradInput, self._gradTarget = {}, torch.Tensor(), torch.IntTensor()
  self:reset()
end

function SoftMaxTree:reset(stdv)
  stdv = stdv and stdv * math.sqrt(3) or 1 / math.sqrt(self.nChildNode * self.inputSize)
  self.weight:uniform(-stdv, stdv)
  self.bias:uniform(-stdv, stdv)
end

local function node_of(self, tensor, parent)
  local place = self.parentChildren[parent]
  return tensor and tensor:narrow(1, place[1], place[2])
end

--- {weight, bias}, {gradWeight, gradBias} of one softmax; the first alone with accUpdate.
function SoftMaxTree:getNodeParameters(parent)
  local parameters = { node_of(self, self.weight, parent), node_of(self, self.bias, parent) }
  if not self.gradWeight then return parameters end
  return parameters, { node_of(self, self.gradWeight, parent), node_of(self, self.gradBias, parent) }
end

-- Calls visit(parent, place among its children, samples) for the softmaxes that lead to the targets, from the leaves on.
local function each_softmax(self, targets, visit)
  local groups = {}
  for sample = 1, targets:size(1) do
    local node = targets[sample]
    repeat
      local step = self.childParent[node]
      if not step then error(('nn.SoftMaxTree: node %s is not in the hierarchy'):format(tostring(node)), 3) end
      local parent = step[1]
      groups[parent] = groups[parent] or { samples = {}, places = {} }
      table.insert(groups[parent].samples, sample)
      table.insert(groups[parent].places, step[2])
      node = parent
    until node == self.rootId
  end
  for _, parent in ipairs(self.parentIds) do
    local group = groups[parent]
    if group then visit(parent, torch.LongTensor(group.places), torch.LongTensor(group.samples)) end
  end
end

local function log_softmax(self, input, parent, samples)
  local weight, bias = unpack((self:getNodeParameters(parent)))
  local rows = input:index(1, samples)
  local scores = torch.mm(rows, weight:t())
  scores:add(bias:view(1, -1):expandAs(scores))
  local result = scores.new()
  scores.THNN.LogSoftMax_updateOutput(scores:cdata(), result:cdata())
  return result, rows
end

function SoftMaxTree:updateOutput(inputTable)
  local input, targets = unpack(inputTable)
  self.output:resize(input:size(1)):zero()
  each_softmax(self, targets, function(parent, places, samples)
    local logs = log_softmax(self, input, parent, samples)
    self.output:indexAdd(1, samples, logs:gather(2, places:view(-1, 1)):view(-1))
  end)
  return self.output
end

-- The gradient of the scores of one softmax, and what went into it.
local function grad_scores(self, input, gradOutput, parent, places, samples)
  local logs, rows = log_softmax(self, input, parent, samples)
  local outer = gradOutput:index(1, samples):view(-1, 1)
  local gradient = logs:exp():cmul(outer:expandAs(logs)):mul(-1)
  local chosen = places:view(-1, 1)
  return gradient:scatter(2, chosen, torch.add(gradient:gather(2, chosen), outer)), rows
end

function SoftMaxTree:updateGradInput(inputTable, gradOutput)
  local input, targets = unpack(inputTable)
  self._gradInput:resizeAs(input):zero()
  each_softmax(self, targets, function(parent, places, samples)
    local gradient = grad_scores(self, input, gradOutput, parent, places, samples)
    self._gradInput:indexAdd(1, samples, torch.mm(gradient, (node_of(self, self.weight, parent))))
  end)
  if torch.type(self._gradTarget) ~= torch.type(targets) then self._gradTarget = targets.new() end
  self._gradTarget:resizeAs(targets):zero()
  self.gradInput = { self._gradInput, self._gradTarget }
  return self.gradInput
end

function SoftMaxTree:accGradParameters(inputTable, gradOutput, scale)
  local input, targets = unpack(inputTable)
  if not self.gradWeight then error('nn.SoftMaxTree: made with accUpdate; use backwardUpdate', 2) end
  each_softmax(self, targets, function(parent, places, samples)
    local gradient, rows = grad_scores(self, input, gradOutput, parent, places, samples)
    node_of(self, self.gradWeight, parent):addmm(scale or 1, gradient:t(), rows)
    node_of(self, self.gradBias, parent):add(scale or 1, gradient:sum(1):view(-1))
    self.updates[parent] = (self.updates[parent] or 0) + samples:size(1)
  end)
end

function SoftMaxTree:zeroGradParameters()
  if self.gradWeight then
    self.gradWeight:zero()
    self.gradBias:zero()
  end
  self.updates = {}
end

function SoftMaxTree:type(type, tensorCache)
  if not type then return self._type end
  local targets = self._gradTarget
  self._gradTarget, self.gradInput = nil, {}
  Module.type(self, type, tensorCache)
  self._gradTarget = targets
  return self
end
