--- nn.gModule(inputs, outputs): the network of all nodes between a list of input nodes and a list of output nodes.
-- One input or output is passed bare, several as a table. Nodes are evaluated in the topological order of the graph.
local construct = require 'nngraph.construct'
local expect = require 'nngraph.expect'
local gradients = require 'nngraph.gradients'
local inspect = require 'nngraph.inspect'
local utils = require 'nn.utils'

local gModule, Container = torch.class('nn.gModule', 'nn.Container')

function gModule:__init(inputs, outputs)
  Container.__init(self)
  construct.graphs(self, inputs, outputs)
  self.verbose = false
  for _, node in ipairs(self.forwardnodes) do
    if node.data.module then self:add(node.data.module) end
  end
  self.gradInput = nil
  self.output = #self.outnode.children > 1 and self.outnode.data.input or nil
end

local function walk(self, nodes, step, context)
  if inspect.enabled then
    inspect.walk(self, nodes, step, context)
  else
    for i = 1, #nodes do step(nodes[i], context) end
  end
  if self.verbose then
    for _, node in ipairs(nodes) do print(' V : ' .. node:label()) end
  end
end

local function empty(list)
  if not list then return end
  -- next alone: pairs() looks for __pairs first, which such a list never has
  for key in next, list do list[key] = nil end
end

-- What a node's module takes: its only input, or the table of them. Parameter nodes have none.
local function argument_of(data)
  local inputs = data.input
  if inputs == nil then return {} end
  if #inputs == 1 then return inputs[1] end
  return inputs
end

local function check_split(data, whole)
  local parts = data.nSplitOutputs
  if not expect.is_list(whole) then
    error(('the input for a split should be a table, got %s (node declared at %s)'):format(
      torch.type(whole), data.annotations._debugLabel), 0)
  elseif #whole ~= parts then
    error(('split(%s) cannot split %s outputs'):format(parts, #whole), 0)
  end
end

local function evaluate(node, run)
  local data = node.data
  local output
  if data.selectindex then
    output = data.input[1][data.selectindex]
  else
    output = argument_of(data)
    if data.module then output = run(data.module, output) end
    if data.nSplitOutputs then check_split(data, output) end
  end
  local children = node.children
  for i = 1, #children do
    local target = children[i].data
    local slot = target.mapindex[data]
    if not target.input then target.input = {} end
    if target.input[slot] ~= nil then error('each input should have one source', 0) end
    target.input[slot] = output
  end
end

function gModule:updateOutput(input)
  return self:runForwardFunction('updateOutput', input)
end

--- Runs the network with func(module, input), or the method of that name, in the place of updateOutput.
function gModule:runForwardFunction(func, input)
  local run = func
  if type(func) == 'string' then
    run = function(module, argument) return module[func](module, argument) end
  end
  local count = self.nInputs or #self.innode.children -- old files lack nInputs
  if count <= 1 then
    input = { input }
  elseif not expect.is_list(input) then
    error(('expecting table of %s inputs'):format(count), 2)
  end
  if #input ~= count then error(('Got %s inputs instead of %s'):format(#input, count), 2) end

  local nodes = self.forwardnodes
  for i = 1, #nodes do empty(nodes[i].data.input) end
  local start = self.innode.data
  start.input = start.input or {}
  for i = 1, count do start.input[i] = input[i] end
  walk(self, self.forwardnodes, evaluate, run)

  local outputs = self.outnode.data.input
  if #self.outnode.children == 1 then self.output = outputs[1] else self.output = outputs end
  return self.output
end

local function check_gradients(self, gradOutput)
  local count = #self.outnode.children
  if count > 1 and #gradOutput ~= count then
    error(('Got %s gradOutputs instead of %s'):format(#gradOutput, count), 3)
  end
end

-- Gradients of the parts of a split collect in one table, the gradient of the whole.
local function collect_part(node, gradient)
  local whole, part = node.children[1].data, node.data.selectindex
  whole.gradOutput = whole.gradOutput or {}
  local parts = whole.gradOutput[1] or {}
  whole.gradOutput[1] = parts
  if parts[part] ~= nil then error('no gradOutput should be assigned yet', 0) end
  parts[part] = gradient
end

local function backpropagate(node)
  local data = node.data
  local gradient = gradients.total(data)
  if data.selectindex then return collect_part(node, gradient) end
  if data.module then gradient = data.module:updateGradInput(argument_of(data), gradient) end
  local children = node.children
  local single = #children == 1
  for i = 1, #children do
    local target = children[i].data
    local received = target.gradOutput or {}
    target.gradOutput = received
    local part = gradient
    if not single then part = gradient[data.mapindex[target]] end
    received[#received + 1] = part
  end
end

function gModule:updateGradInput(_, gradOutput)
  check_gradients(self, gradOutput)
  local nodes = self.backwardnodes
  for i = 1, #nodes do empty(nodes[i].data.gradOutput) end
  local start = self.outnode.data
  start.gradOutput = start.gradOutput or {}
  start.gradOutput[1] = gradOutput
  walk(self, self.backwardnodes, backpropagate)
  self.gradInput = self.innode.data.gradOutput[1]
  return self.gradInput
end

local function accumulate(node, scale)
  local data = node.data
  if data.module then data.module:accGradParameters(argument_of(data), gradients.last_total(data), scale) end
end

function gModule:accGradParameters(_, gradOutput, scale)
  check_gradients(self, gradOutput)
  walk(self, self.backwardnodes, accumulate, scale)
end

--- Converts modules and the values kept in the nodes; tensors shared between them stay shared.
function gModule:type(type, tensorCache)
  if not type then return self._type end
  tensorCache = tensorCache or {}
  for _, module in ipairs(self.modules) do module:type(type, tensorCache) end
  for _, nodes in ipairs { self.forwardnodes, self.backwardnodes } do
    for _, node in ipairs(nodes) do
      for _, name in ipairs { 'input', 'gradOutput', 'gradOutputBuffer' } do
        node.data[name] = utils.recursiveType(node.data[name], type, tensorCache)
      end
    end
  end
  for name, value in pairs(self) do
    if torch.isTensor(value) or name == 'output' or name == 'gradInput' then
      self[name] = utils.recursiveType(value, type, tensorCache)
    end
  end
  self._type = type
  return self
end

function gModule:clearState()
  Container.clearState(self)
  for _, node in ipairs(self.backwardnodes) do node.data.gradOutput, node.data.gradOutputBuffer = nil, nil end
  for _, node in ipairs(self.forwardnodes) do node.data.input = nil end
  return self
end

function gModule:replace(callback)
  local replacement = callback(self)
  local replaced = {}
  self.modules = {}
  for _, node in ipairs(self.forwardnodes) do
    local module = node.data.module
    if module then
      -- A module may stand in several nodes.
      replaced[module] = replaced[module] or module:replace(callback)
      node.data.module = replaced[module]
      self:add(node.data.module)
    end
  end
  return replacement
end

--- Calls func(module, other) for each module and its counterpart in a network of the same structure.
function gModule:map(other, func)
  for i, node in ipairs(self.forwardnodes) do
    local twin = other.forwardnodes[i]
    if not twin or (node.data.module and not twin.data.module) then
      error('trying to map another gModule with a different structure', 2)
    end
    if node.data.module then func(node.data.module, twin.data.module) end
  end
end

function gModule:read(file)
  Container.read(self, file)
  if self.modules then return end
  -- Files of early versions have no list of modules.
  self.modules = {}
  for _, node in ipairs(self.forwardnodes) do
    if node.data.module then self:add(node.data.module) end
  end
end

function gModule:__tostring__()
  return self.name or torch.type(self)
end
