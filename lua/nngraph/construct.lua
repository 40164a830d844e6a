--- The graphs behind a network, and whether they make sense.
local expect = require 'nngraph.expect'
local place = require 'nngraph.place'

local construct = {}

local function declared_at(node) return node.data.annotations._debugLabel end

--- A node that takes the outputs in order; gradients start there.
local function make_outnode(outputs)
  local outnode = nngraph.Node { input = {} }
  for i = 1, expect.nodes(outputs, 'outputs') do outnode:add(outputs[i], true) end
  return outnode
end

--- A node that all inputs have as their source; values start there.
local function make_innode(inputs)
  local count = expect.nodes(inputs, 'inputs')
  if count == 0 then place.raise('no inputs are not supported') end
  local innode = nngraph.Node { input = {} }
  if count == 1 then
    inputs[1]:add(innode, true)
    return innode
  end
  for _, input in ipairs(inputs) do
    if #input.children > 0 then
      place.raise('an input should have no inputs (the node declared at %s has)', declared_at(input))
    end
  end
  for i, part in ipairs { innode:split(count) } do inputs[i]:add(part, true) end
  return innode
end

--- The node of the forward graph that stands for the input. Other nodes without a source must be parameters.
local function find_start(forward, innode)
  local start
  for _, root in ipairs(forward:roots()) do
    if root.data == innode.data then
      start = root
    elseif torch.typename(root.data.module) ~= 'nnop.Parameters' then
      place.raise('expecting only one start: the node declared at %s has no source and is not among the inputs (Expected '
        .. 'nnop.Parameters node, found : %s)', declared_at(root), torch.typename(root.data.module) or 'no module')
    end
  end
  if not start then place.raise('input node not found among roots: no output depends on the inputs') end
  return start
end

--- Raises unless every part of a split is used, and every node made from one of these leads to an output.
local function check_connections(nodes)
  local present = {}
  for _, node in ipairs(nodes) do present[node.data] = true end
  for _, node in ipairs(nodes) do
    local parts = node.data.nSplitOutputs
    if parts and parts ~= #node.children then
      place.raise('%s of split(%s) outputs from the node declared at %s are unused', parts - #node.children, parts, declared_at(node))
    end
    for successor in pairs(node.data.reverseMap) do
      if not present[successor.data] then
        place.raise('node declared on %s does not connect to gmodule output', declared_at(successor))
      end
    end
  end
end

--- Sets the graphs of a network: fg, bg, innode, outnode, forwardnodes, backwardnodes, nInputs.
function construct.graphs(network, inputs, outputs)
  local outnode = make_outnode(outputs)
  local innode = make_innode(inputs)
  local backward = outnode:graph()
  local forward = backward:reverse()
  network.bg, network.fg = backward, forward
  network.innode, network.outnode = find_start(forward, innode), outnode
  network.nInputs = #inputs
  network.forwardnodes, network.backwardnodes = forward:topsort(), backward:topsort()
  check_connections(network.forwardnodes)
  for _, node in ipairs(network.forwardnodes) do node.data.forwardNodeId = node.id end
end

return construct
