--- nn.FlattenTable(): the tensors of a nested table as one flat table, in order.
local FlattenTable, Module = torch.class('nn.FlattenTable', 'nn.Module')

function FlattenTable:__init()
  Module.__init(self)
  self.output, self.gradInput, self.input_map = {}, {}, {}
end

--- Appends the leaves of `value` to `leaves`; returns the place of a leaf or the nested map of places.
local function flatten(value, leaves)
  if torch.type(value) ~= 'table' then
    leaves[#leaves + 1] = value
    return #leaves
  end
  local map = {}
  for i, part in ipairs(value) do map[i] = flatten(part, leaves) end
  return map
end

local function nest(leaves, map)
  if type(map) == 'number' then return leaves[map] end
  local parts = {}
  for i, place in ipairs(map) do parts[i] = nest(leaves, place) end
  return parts
end

--- Whether the tables hold the same objects at the same places.
local function same(a, b)
  if #a ~= #b then return false end
  for i = 1, #a do
    if not rawequal(a[i], b[i]) then return false end
  end
  return true
end

local function same_map(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  if #a ~= #b then return false end
  for i = 1, #a do
    if not same_map(a[i], b[i]) then return false end
  end
  return true
end

function FlattenTable:updateOutput(input)
  if torch.type(input) ~= 'table' then error('input must be a table', 2) end
  local leaves = {}
  local map = flatten(input, leaves)
  -- an unchanged input keeps the output table, which later modules may hold on to
  if not (same(self.output, leaves) and same_map(self.input_map, map)) then
    self.output, self.input_map = leaves, map
  end
  return self.output
end

function FlattenTable:updateGradInput(input, gradOutput)
  if torch.type(input) ~= 'table' then error('input must be a table', 2) end
  if torch.type(gradOutput) ~= 'table' then error('gradOutput must be a table', 2) end
  if #self.output ~= #gradOutput then
    error('output size mismatch: call updateOutput before updateGradInput', 2)
  end
  if not (self._gradients and same(self._gradients, gradOutput) and self._gradMap == self.input_map) then
    self.gradInput = nest(gradOutput, self.input_map)
    self._gradients, self._gradMap = { unpack(gradOutput) }, self.input_map
  end
  return self.gradInput
end

function FlattenTable:type(type, tensorCache)
  if not type then return self._type end
  self:clearState()
  return Module.type(self, type, tensorCache)
end

function FlattenTable:clearState()
  self.output, self.gradInput, self.input_map = {}, {}, {}
  self._gradients, self._gradMap = nil, nil
  return self
end
